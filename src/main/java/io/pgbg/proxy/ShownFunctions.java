package io.pgbg.proxy;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import io.pgbg.function.ResultType;
import io.pgbg.function.Type;
import io.pgbg.job.LikePattern;
import io.pgbg.session.Session;
import io.pgbg.wire.Rows;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Shows the functions that the driver answers among those that the server has, in the metadata of a connection: tools
 * and frameworks find there what they call.
 *
 * <p>The functions are in every schema. They are shown in one: the current schema, where calls without a schema lead
 * and where frameworks look, or {@code public} when the caller asks for that. A name is shown once, although some may
 * be called with a pid or with a handle: frameworks give up where there is a choice. A function that the server has in
 * any schema is shown as it is there, and not once more.
 *
 * <p>Stateless but for the session; as thread-safe as the connection.
 */
final class ShownFunctions {

    private static final String PUBLIC = "public";
    private static final String TEMPORARY = "pg_temp_";
    private static final String OURS = "pg_background_";
    private static final String REMARK = "answered by pgbg-jdbc";

    /** The type of what {@code SETOF record} returns. */
    private static final int RECORD = 2249;

    private static final int SCHEMA = 1;
    private static final int NAME = 2;

    private static final String QUESTION = "SELECT pg_catalog.current_database(), pg_catalog.current_schema(), "
            + "ARRAY(SELECT p.proname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n "
            + "ON n.oid OPERATOR(pg_catalog.=) p.pronamespace "
            + "WHERE p.proname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (?::pg_catalog.text[]) "
            + "AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_temp\\_%'::pg_catalog.text)";

    private final Session session;

    /** @param session whose functions are shown */
    public ShownFunctions(Session session) {
        this.session = session;
    }

    /**
     * What {@link DatabaseMetaData#getFunctions} gives.
     *
     * @param servers what the PostgreSQL driver gives; closed, unless it is what is returned
     */
    public ResultSet functions(String catalog, String schema, String name, ResultSet servers) throws SQLException {
        return merged(servers, catalog, schema, name, (place, function, label) -> List.of(Arrays.asList(
                place.catalog(), place.schema(), label, REMARK,
                Integer.toString(function.result().isSet() ? DatabaseMetaData.functionReturnsTable
                        : DatabaseMetaData.functionNoTable),
                specificName(label))));
    }

    /** What {@link DatabaseMetaData#getProcedures} gives, likewise. */
    public ResultSet procedures(String catalog, String schema, String name, ResultSet servers) throws SQLException {
        return merged(servers, catalog, schema, name, (place, function, label) -> List.of(Arrays.asList(
                place.catalog(), place.schema(), label, null, null, null, REMARK,
                Integer.toString(DatabaseMetaData.procedureReturnsResult), specificName(label))));
    }

    /** What {@link DatabaseMetaData#getFunctionColumns} gives, likewise. */
    public ResultSet functionColumns(String catalog, String schema, String name, String column, ResultSet servers)
            throws SQLException {
        LikePattern columns = column == null ? null : LikePattern.of(column);
        return merged(servers, catalog, schema, name, (place, function, label) -> rows(function, columns, shown ->
                Arrays.asList(place.catalog(), place.schema(), label, shown.name(),
                        Integer.toString(shown.kind().ofFunctions), shown.sqlType(), shown.typeName(), null, null,
                        null, null, Integer.toString(DatabaseMetaData.functionNullableUnknown), null, null,
                        Integer.toString(shown.position()), "", specificName(label))));
    }

    /** What {@link DatabaseMetaData#getProcedureColumns} gives, likewise. */
    public ResultSet procedureColumns(String catalog, String schema, String name, String column, ResultSet servers)
            throws SQLException {
        LikePattern columns = column == null ? null : LikePattern.of(column);
        return merged(servers, catalog, schema, name, (place, function, label) -> rows(function, columns, shown ->
                Arrays.asList(place.catalog(), place.schema(), label, shown.name(),
                        Integer.toString(shown.kind().ofProcedures), shown.sqlType(), shown.typeName(), null, null,
                        null, null, Integer.toString(DatabaseMetaData.procedureNullableUnknown), null, null, null, null,
                        null, Integer.toString(shown.position()), "", specificName(label))));
    }

    /** Where the functions are shown. */
    private record Place(String catalog, String schema, Set<String> onServer) {
    }

    /** The rows of one function under one name. */
    @FunctionalInterface
    private interface RowsOfFunction {

        List<List<String>> of(Place place, Function function, String name) throws SQLException;
    }

    private ResultSet merged(ResultSet servers, String catalog, String schema, String name, RowsOfFunction shown)
            throws SQLException {
        TreeMap<String, Function> functions = matching(name);
        Place place = functions.isEmpty() ? null : place(catalog, schema, functions.keySet());
        if (place != null) {
            functions.keySet().removeAll(place.onServer());
        }
        if (place == null || functions.isEmpty()) {
            return servers;
        }
        List<List<String>> ours = new ArrayList<>();
        for (var entry : functions.entrySet()) {
            ours.addAll(shown.of(place, entry.getValue(), entry.getKey()));
        }
        Rows given = Rows.copyOf(servers);
        servers.close();
        Statement owner = session.connection().createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
                ResultSet.CONCUR_READ_ONLY);
        owner.closeOnCompletion();
        return Rows.of(given.columns(), merge(given.texts(), ours)).on(owner);
    }

    /** The functions whose names are like a pattern, by those names. */
    private TreeMap<String, Function> matching(String pattern) throws SQLException {
        Api api = session.options().api();
        LikePattern like = pattern == null ? null : LikePattern.of(pattern);
        TreeMap<String, Function> functions = new TreeMap<>();
        for (String name : Function.names()) {
            if (like == null || like.matches(name)) {
                functions.put(name, Function.of(name, api));
            }
        }
        return functions;
    }

    /** The schema under which functions are shown for a caller's pattern; null for none. */
    private Place place(String catalog, String schemaPattern, Set<String> names) throws SQLException {
        try (PreparedStatement statement = session.connection().prepareStatement(QUESTION)) {
            statement.setArray(1, session.connection().createArrayOf("text", names.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                String database = row.getString(1);
                String schema = schema(row.getString(2), schemaPattern);
                boolean here = schema != null && (catalog == null || catalog.equals(database));
                return here ? new Place(database, schema, new HashSet<>(Arrays.asList(names(row)))) : null;
            }
        }
    }

    /** Those that the server has, once for each function of the name. */
    private static String[] names(ResultSet row) throws SQLException {
        return (String[]) row.getArray(3).getArray();
    }

    private static String schema(String current, String pattern) throws SQLException {
        // the functions are never called in pg_catalog
        String first = current == null || current.equals("pg_catalog") ? PUBLIC : current;
        if (pattern == null) {
            return first;
        }
        LikePattern like = LikePattern.of(pattern);
        return like.matches(first) ? first : like.matches(PUBLIC) ? PUBLIC : null;
    }

    /** The server's rows, without the functions that drivers have made for their sessions, and ours in their places. */
    private static List<List<String>> merge(List<List<String>> servers, List<List<String>> ours) {
        List<List<String>> all = new ArrayList<>(servers.size() + ours.size());
        servers.stream().filter(row -> !isOfSession(row)).forEach(all::add);
        all.addAll(ours);
        // the order of the server, which compares names byte by byte; equal ones stay as they are
        all.sort(Comparator.comparing((List<String> row) -> row.get(SCHEMA)).thenComparing(row -> row.get(NAME)));
        return all;
    }

    private static boolean isOfSession(List<String> row) {
        return row.get(SCHEMA).startsWith(TEMPORARY)
                && (row.get(NAME).startsWith(OURS) || Function.names().contains(row.get(NAME)));
    }

    /** A column of a function: a parameter, its value, or a part of it. */
    private record Shown(String name, Kind kind, String sqlType, String typeName, int position) {
    }

    private enum Kind {
        RETURN(DatabaseMetaData.functionReturn, DatabaseMetaData.procedureColumnReturn),
        IN(DatabaseMetaData.functionColumnIn, DatabaseMetaData.procedureColumnIn),
        RESULT(DatabaseMetaData.functionColumnResult, DatabaseMetaData.procedureColumnResult);

        private final int ofFunctions;
        private final int ofProcedures;

        Kind(int ofFunctions, int ofProcedures) {
            this.ofFunctions = ofFunctions;
            this.ofProcedures = ofProcedures;
        }
    }

    private List<List<String>> rows(Function function, LikePattern columns,
            java.util.function.Function<Shown, List<String>> row) throws SQLException {
        return columns(function).stream().filter(shown -> columns == null || columns.matches(shown.name())).map(row)
                .toList();
    }

    /** The columns of a function in the order and with the names that pgjdbc gives to those of the server. */
    private List<Shown> columns(Function function) throws SQLException {
        List<Shown> columns = new ArrayList<>();
        ResultType result = function.result();
        switch (result.shape()) {
            case VOID -> columns.add(shown("returnValue", Kind.RETURN, Type.VOID, 0));
            case VALUE -> columns.add(shown("returnValue", Kind.RETURN, result.columns().get(0).type(), 0));
            case ROWS -> columns.add(shown("returnValue", Kind.RETURN, RECORD, 0));
            default -> { }
        }
        List<Function.Parameter> parameters = parameters(function);
        for (int i = 0; i < parameters.size(); i++) {
            columns.add(shown(parameters.get(i).name(), Kind.IN, parameters.get(i).type(), i + 1));
        }
        if (result.shape() != ResultType.Shape.VALUE) {
            for (ResultType.Column column : result.columns()) {
                columns.add(shown(column.name(), Kind.RESULT, column.type(), 0));
            }
        }
        return columns;
    }

    /** The parameters of the form that belongs to the version: with a pid in the first, with a handle in the second. */
    private List<Function.Parameter> parameters(Function function) {
        return function.parameters().stream().filter(parameter -> !parameter.optional()
                || parameter.defaultSql() != null || session.options().api() == Api.TWO).toList();
    }

    private Shown shown(String name, Kind kind, Type type, int position) throws SQLException {
        return type.oid() == 0 ? new Shown(name, kind, Integer.toString(Types.ARRAY), '_' + Names.HANDLE, position)
                : shown(name, kind, type.oid(), position);
    }

    private Shown shown(String name, Kind kind, int oid, int position) throws SQLException {
        return new Shown(name, kind, Integer.toString(session.wire().sqlType(oid)),
                session.wire().typeName(oid), position);
    }

    /** Unique in the schema: a function of the server has its oid in place of the 0. */
    private static String specificName(String name) {
        return name + "_0";
    }
}
