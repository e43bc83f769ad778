package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.sql.ColumnDefinition;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Turns column definition lists into types. The server does it, because only the server knows its types; lists of
 * built-in types are asked for once.
 *
 * <p>Thread-safe; no lock is held while the server is asked.
 */
final class ColumnLists {

    private static final int MOST = 100;

    /** Oids below this are the server's own and never change. */
    private static final int FIRST_OWN_OID = 16_384;

    private final Wire wire;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<List<ColumnDefinition>, List<Rows.Column>> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<ColumnDefinition>, List<Rows.Column>> eldest) {
            return size() > MOST;
        }
    };

    ColumnLists(Wire wire) {
        this.wire = wire;
    }

    /**
     * The columns of a definition list, a domain as its base type.
     *
     * @throws SQLException 42701 for a name twice, or the server's error for a type
     */
    List<Rows.Column> columns(List<ColumnDefinition> definitions) throws SQLException {
        List<Rows.Column> columns = lookUp(definitions);
        if (columns != null) {
            return columns;
        }
        checkNames(definitions);
        StringJoiner list = new StringJoiner(", ", "SELECT ", "");
        for (ColumnDefinition definition : definitions) {
            list.add("NULL::" + definition.type() + " AS \"" + definition.name().replace("\"", "\"\"") + '"');
        }
        columns = wire.describe(list.toString());
        if (columns.stream().allMatch(column -> Integer.compareUnsigned(column.type(), FIRST_OWN_OID) < 0)) {
            remember(definitions, columns);
        }
        return columns;
    }

    private static void checkNames(List<ColumnDefinition> definitions) throws SQLException {
        Set<String> names = new HashSet<>();
        for (ColumnDefinition definition : definitions) {
            if (!names.add(definition.name())) {
                throw ServerError.error(SQLState.DUPLICATE_COLUMN, "column name \"%s\" specified more than once",
                        definition.name()).toException();
            }
        }
    }

    private List<Rows.Column> lookUp(List<ColumnDefinition> definitions) {
        lock.lock();
        try {
            return known.get(definitions);
        } finally {
            lock.unlock();
        }
    }

    private void remember(List<ColumnDefinition> definitions, List<Rows.Column> columns) {
        lock.lock();
        try {
            known.put(definitions, columns);
        } finally {
            lock.unlock();
        }
    }
}
