package io.pgbg.relay;

import io.pgbg.sql.Quoting;
import io.pgbg.wire.Rows;
import io.pgbg.worker.TextSettings;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Writes the query that turns the columns of a reply into rows of the right types.
 *
 * <p>Thread-safe.
 */
final class TypeNames {

    /** Types with smaller numbers are the server's own and keep their names. */
    private static final int FIRST_USER_TYPE = 16384;

    private static final int RECORD = 2249;

    private static final int MOST_REMEMBERED = 100;

    /** Where the query gets the arrays. */
    private static final String SOURCE = "SELECT $1 AS a";

    /** The built-in types of which a session reads values by a setting, those of arrays included. */
    private static final Map<String, Set<Integer>> READ_BY = Map.of(
            TextSettings.INTERVAL_STYLE, Set.of(1186, 1187), TextSettings.MONEY, Set.of(790, 791),
            TextSettings.SEARCH_PATH, Set.of(24, 1008, 2202, 2207, 2203, 2208, 2204, 2209, 2205, 2210, 2206, 2211, 3734,
                    3735, 3769, 3770, 4191, 4192));

    private final Map<String, String> queries = new ConcurrentHashMap<>();

    /**
     * A query over {@code $1}, an array of one array per column.
     *
     * <p>{@code OFFSET 0} hides the arrays from the planner, which would evaluate them only to see how long they are.
     * Elements of arrays have no modifier, therefore a column with one is cast once more, to the type as
     * {@code format_type} writes it. There are no arrays of arrays, nor of pseudo-types, and those of some types are
     * not written with commas: such values are sent as text.
     *
     * <p>The query brings the session into the settings by which the texts are written. It does not bring it back.
     *
     * @param texts how the values are written; null when that depends on no setting
     * @param requester where the server is asked for the names of types
     */
    String query(List<Rows.Column> columns, TextSettings texts, RequestHandler.Requester requester)
            throws SQLException {
        String query = query(columns, requester);
        return texts == null ? query : query.replace(SOURCE, SOURCE + settings(columns, texts));
    }

    /** What the query evaluates before it reads a value. */
    private static String settings(List<Rows.Column> columns, TextSettings texts) {
        return READ_BY.entrySet().stream()
                .filter(setting -> columns.stream().anyMatch(column -> setting.getValue().contains(column.type())
                        || isUsers(column)))
                .map(setting -> settingSql(setting.getKey(), texts.values().get(setting.getKey())))
                .collect(Collectors.joining());
    }

    private static String settingSql(String name, String value) {
        String literal = Quoting.literal(value) + "::pg_catalog.text";
        return ", CASE WHEN pg_catalog.current_setting('" + name + "') OPERATOR(pg_catalog.<>) " + literal
                + " THEN pg_catalog.set_config('" + name + "', " + literal + ", true) END AS " + name;
    }

    private static boolean isUsers(Rows.Column column) {
        return Integer.compareUnsigned(column.type(), FIRST_USER_TYPE) >= 0 || column.type() == RECORD;
    }

    private String query(List<Rows.Column> columns, RequestHandler.Requester requester) throws SQLException {
        if (columns.isEmpty()) {
            return "SELECT FROM pg_catalog.unnest(($1[1])::pg_catalog.int4[])";
        }
        String types = columns.stream().map(column -> "(" + Integer.toUnsignedString(column.type()) + ", "
                + column.modifier() + ")").collect(Collectors.joining(", "));
        String known = queries.get(types);
        return known != null ? known : ask(types, columns, requester);
    }

    private String ask(String types, List<Rows.Column> columns, RequestHandler.Requester requester)
            throws SQLException {
        String query = requester.ask("""
                SELECT 'SELECT ' || pg_catalog.string_agg('c' || v.n || CASE WHEN v.m >= 0 OR t.astext
                    THEN '::' || CASE WHEN v.m >= 0 THEN pg_catalog.format_type(t.oid, v.m) ELSE t.name END
                    ELSE '' END || ' AS c' || v.n, ', ' ORDER BY v.n)
                  || ' FROM (SELECT ' || pg_catalog.string_agg('pg_catalog.unnest((a[' || v.n || '])::'
                    || CASE WHEN t.astext THEN 'pg_catalog.text' ELSE t.name END || '[]) AS c' || v.n, ', '
                    ORDER BY v.n)
                  || ' FROM (SELECT $1 AS a OFFSET 0) AS p) AS r'
                FROM (SELECT pg_catalog.row_number() OVER () AS n, o::pg_catalog.oid AS o, m
                  FROM (VALUES %s) AS v(o, m)) AS v JOIN (SELECT t.oid, t.typarray = 0 OR t.typdelim <> ',' AS astext,
                    pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(t.typname) AS name
                    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace) AS t
                  ON t.oid = v.o""".formatted(types));
        if (columns.stream().noneMatch(TypeNames::isUsers)) {
            if (queries.size() >= MOST_REMEMBERED) {
                queries.clear();
            }
            queries.put(types, query);
        }
        return query;
    }
}
