package io.pgbg.wire;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.sql.SQLException;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.ResultHandler;

/**
 * Has pgjdbc fetch rows of a cursor. Before 42.3 its method has no parameter that lets it choose how many. Stateless.
 */
final class CursorFetch {

    private static final MethodHandle FETCH = find();

    private CursorFetch() {
    }

    private static MethodHandle find() {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        try {
            MethodType older = MethodType.methodType(void.class, ResultCursor.class, ResultHandler.class, int.class);
            try {
                return MethodHandles.insertArguments(lookup.findVirtual(QueryExecutor.class, "fetch",
                        older.appendParameterTypes(boolean.class)), 4, false);
            } catch (NoSuchMethodException e) {
                return lookup.findVirtual(QueryExecutor.class, "fetch", older);
            }
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    static void fetch(QueryExecutor executor, ResultCursor cursor, ResultHandler handler, int size)
            throws SQLException {
        try {
            FETCH.invokeExact(executor, cursor, handler, size);
        } catch (SQLException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("rows cannot be fetched", e);
        }
    }
}
