package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.sql.ColumnDefinition;
import io.pgbg.sql.ColumnFit;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Quoting;
import io.pgbg.wire.Lock;
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
    private final Lock lock = new Lock();
    private final Map<List<ColumnDefinition>, DeclaredColumns> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<ColumnDefinition>, DeclaredColumns> eldest) {
            return size() > MOST;
        }
    };

    ColumnLists(Wire wire) {
        this.wire = wire;
    }

    /**
     * The columns of a statement's definition list.
     *
     * @throws SQLException the server's error for a list that no function may have
     */
    public DeclaredColumns columns(ParsedStatement.Direct statement) throws SQLException {
        List<ColumnDefinition> definitions = statement.columns();
        DeclaredColumns columns = lookUp(definitions);
        if (columns != null) {
            return columns;
        }
        Description description = new Description(definitions);
        try {
            columns = describe(description);
        } catch (SQLException e) {
            throw explain(e, statement, description);
        }
        if (columns.columns().stream().allMatch(column -> Integer.compareUnsigned(column.type(), FIRST_OWN_OID) < 0)
                && columns.domains().isEmpty()) {
            remember(definitions, columns);
        }
        return columns;
    }

    /**
     * The same for a list that a caller has put together, without the parentheses.
     *
     * @throws SQLException 42601 when it is no such list; what the server says of it
     */
    public DeclaredColumns columns(String list) throws SQLException {
        List<ColumnDefinition> definitions = ColumnDefinition.list(list,
                Dialect.of(wire.standardConformingStrings(), false));
        if (definitions.isEmpty()) {
            throw ServerError.error(SQLState.SYNTAX_ERROR, "syntax error in the column definition list \"%s\"", list)
                    .toException();
        }
        try {
            return describe(new Description(definitions));
        } catch (SQLException e) {
            ServerErrorMessage message = ServerError.messageOf(e);
            throw message == null ? e : ServerError.copyOf(message).position(0).cause(e.getCause()).toException();
        }
    }

    /** A query whose result has the columns of a list, and behind them the oids of the types that were declared. */
    private static final class Description {

        private final List<String> types = new ArrayList<>();
        private final List<Integer> typeStarts = new ArrayList<>();
        private final String sql;
        private final int listStart;

        Description(List<ColumnDefinition> definitions) {
            StringBuilder list = new StringBuilder();
            StringBuilder declared = new StringBuilder();
            for (ColumnDefinition definition : definitions) {
                String name = Quoting.identifier(definition.name());
                String comma = types.isEmpty() ? "" : ", ";
                list.append(comma).append(name).append(' ');
                typeStarts.add(list.length());
                list.append(definition.type());
                types.add(definition.type());
                declared.append(comma).append("pg_catalog.pg_typeof(d.").append(name).append(")::pg_catalog.oid");
            }
            sql = "SELECT d.*, pg_catalog.array_to_string(ARRAY[" + declared + "], ' ') FROM "
                    + ColumnFit.nulls(list.toString());
            listStart = sql.lastIndexOf(list.toString());
        }

        /** Where a type stands in the query. */
        int typeStart(int column) {
            return listStart + typeStarts.get(column);
        }
    }

    private DeclaredColumns describe(Description description) throws SQLException {
        Rows rows = wire.run(description.sql, notice -> { }).rows();
        List<Rows.Column> columns = rows.columns().subList(0, rows.width() - 1);
        String[] declared = rows.text(0, columns.size()).split(" ");
        Set<Integer> domains = new HashSet<>();
        for (int i = 0; i < declared.length; i++) {
            if (Integer.parseUnsignedInt(declared[i]) != columns.get(i).type()) {
                domains.add(i + 1);
            }
        }
        return new DeclaredColumns(columns, description.types, domains);
    }

    /** The server's error for a type, its position in the text that the caller wrote. */
    private SQLException explain(SQLException error, ParsedStatement.Direct statement, Description description) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null || message.getPosition() <= 0) {
            return error;
        }
        int column = description.types.size() - 1;
        while (column > 0 && description.typeStart(column) >= message.getPosition()) {
            column--;
        }
        int typeStart = ColumnDefinition.typeStart(statement.text(),
                Dialect.of(wire.standardConformingStrings(), false), column);
        return ServerError.copyOf(message).position(message.getPosition() - description.typeStart(column) + typeStart
                + statement.start()).cause(error.getCause()).toException();
    }

    private DeclaredColumns lookUp(List<ColumnDefinition> definitions) {
        try (var held = lock.hold()) {
            return known.get(definitions);
        }
    }

    private void remember(List<ColumnDefinition> definitions, DeclaredColumns columns) {
        try (var held = lock.hold()) {
            known.put(definitions, columns);
        }
    }
}
