package io.pgbg.wire;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.postgresql.core.Field;

/**
 * Makes and reads pgjdbc's descriptions of columns. Their length is a short in newer releases of pgjdbc and an int in
 * older ones, so that a call compiled for one fails with the other. Stateless.
 */
final class Fields {

    private static final MethodHandle CONSTRUCTOR;
    private static final MethodHandle LENGTH;

    static {
        try {
            Class<?> lengthType = Field.class.getMethod("getLength").getReturnType();
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            LENGTH = lookup.findVirtual(Field.class, "getLength", MethodType.methodType(lengthType))
                    .asType(MethodType.methodType(int.class, Field.class));
            CONSTRUCTOR = MethodHandles.explicitCastArguments(
                    lookup.findConstructor(Field.class, MethodType.methodType(void.class, String.class, int.class,
                            lengthType, int.class, int.class, int.class)),
                    MethodType.methodType(Field.class, String.class, int.class, int.class, int.class, int.class,
                            int.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Fields() {
    }

    /** A column that belongs to no table. */
    static Field of(String label, int type, int length, int modifier) {
        return of(label, type, length, modifier, 0, 0);
    }

    /** A column; the table's oid and the column's position in it are both 0 when it belongs to no table. */
    static Field of(String label, int type, int length, int modifier, int table, int position) {
        try {
            return (Field) CONSTRUCTOR.invokeExact(label, type, length, modifier, table, position);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int length(Field field) {
        try {
            return (int) LENGTH.invokeExact(field);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static RuntimeException unexpected(Throwable error) {
        if (error instanceof Error serious) {
            throw serious;
        }
        return error instanceof RuntimeException plain ? plain : new IllegalStateException(error);
    }
}
