package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.sql.ColumnDefinition;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Quoting;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.postgresql.util.ServerErrorMessage;

/**
 * Turns column definition lists into types. The server does it, because only the server knows its types; lists of
 * built-in types are asked for once.
 *
 * <p>Thread-safe; no lock is held while the server is asked.
 */
public final class ColumnLists {

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
     * The columns of a statement's definition list, a domain as its base type.
     *
     * @throws SQLException 42701 for a name twice, or the server's error for a type
     */
    public List<Rows.Column> columns(ParsedStatement.Direct statement) throws SQLException {
        List<ColumnDefinition> definitions = statement.columns();
        List<Rows.Column> columns = lookUp(definitions);
        if (columns != null) {
            return columns;
        }
        checkNames(definitions);
        columns = describe(statement);
        if (columns.stream().allMatch(column -> Integer.compareUnsigned(column.type(), FIRST_OWN_OID) < 0)) {
            remember(definitions, columns);
        }
        return columns;
    }

    /**
     * The same for a list that a caller has put together, without the parentheses.
     *
     * @throws SQLException 42601 when it is no such list; 42701 and what the server says of a type
     */
    public List<Rows.Column> columns(String list) throws SQLException {
        List<ColumnDefinition> definitions = ColumnDefinition.list(list,
                Dialect.of(wire.standardConformingStrings(), false));
        if (definitions.isEmpty()) {
            throw ServerError.error(SQLState.SYNTAX_ERROR, "syntax error in the column definition list \"%s\"", list)
                    .toException();
        }
        checkNames(definitions);
        try {
            return wire.describe(query(definitions, new ArrayList<>()));
        } catch (SQLException e) {
            ServerErrorMessage message = ServerError.messageOf(e);
            throw message == null ? e : ServerError.copyOf(message).position(0).cause(e.getCause()).toException();
        }
    }

    private List<Rows.Column> describe(ParsedStatement.Direct statement) throws SQLException {
        List<Integer> typeStarts = new ArrayList<>();
        String query = query(statement.columns(), typeStarts);
        try {
            return wire.describe(query);
        } catch (SQLException e) {
            throw explain(e, statement, typeStarts);
        }
    }

    /** @param typeStarts gets where each type stands */
    private static String query(List<ColumnDefinition> definitions, List<Integer> typeStarts) {
        StringBuilder query = new StringBuilder("SELECT ");
        for (ColumnDefinition definition : definitions) {
            query.append(typeStarts.isEmpty() ? "" : ", ").append("NULL::");
            typeStarts.add(query.length());
            query.append(definition.type()).append(" AS ").append(Quoting.identifier(definition.name()));
        }
        // without a row, because a domain may not allow NULL
        return query.append(" LIMIT 0").toString();
    }

    /** The server's error for a type, its position in the text that the caller wrote. */
    private SQLException explain(SQLException error, ParsedStatement.Direct statement, List<Integer> typeStarts) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null || message.getPosition() <= 0) {
            return error;
        }
        int column = typeStarts.size() - 1;
        while (column > 0 && typeStarts.get(column) >= message.getPosition()) {
            column--;
        }
        int typeStart = ColumnDefinition.typeStart(statement.text(),
                Dialect.of(wire.standardConformingStrings(), false), column);
        return ServerError.copyOf(message).position(message.getPosition() - typeStarts.get(column) + typeStart
                + statement.start()).cause(error.getCause()).toException();
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
