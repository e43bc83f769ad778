package io.pgbg.relay;

import io.pgbg.wire.Rows;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
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

    private static final int MOST_REMEMBERED = 100;

    private final Map<String, String> queries = new ConcurrentHashMap<>();

    /**
     * A query over {@code $1}, an array of one array per column.
     *
     * <p>{@code OFFSET 0} hides the arrays from the planner, which would evaluate them only to see how long they are.
     * Elements of arrays have no modifier, therefore a column with one is cast once more, to the type as
     * {@code format_type} writes it. There are no arrays of arrays, nor of pseudo-types: such values are sent as text.
     *
     * @param requester where the server is asked for the names of types
     */
    String query(List<Rows.Column> columns, RequestHandler.Requester requester) throws SQLException {
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
                SELECT 'SELECT ' || pg_catalog.string_agg('c' || v.n || CASE WHEN v.m >= 0 OR t.typarray = 0
                    THEN '::' || CASE WHEN v.m >= 0 THEN pg_catalog.format_type(t.oid, v.m) ELSE t.name END
                    ELSE '' END || ' AS c' || v.n, ', ' ORDER BY v.n)
                  || ' FROM (SELECT ' || pg_catalog.string_agg('pg_catalog.unnest((a[' || v.n || '])::'
                    || CASE WHEN t.typarray = 0 THEN 'pg_catalog.text' ELSE t.name END || '[]) AS c' || v.n, ', '
                    ORDER BY v.n)
                  || ' FROM (SELECT $1 AS a OFFSET 0) AS p) AS r'
                FROM (SELECT pg_catalog.row_number() OVER () AS n, o::pg_catalog.oid AS o, m
                  FROM (VALUES %s) AS v(o, m)) AS v JOIN (SELECT t.oid, t.typarray,
                    pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(t.typname) AS name
                    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace) AS t
                  ON t.oid = v.o""".formatted(types));
        if (columns.stream().allMatch(column -> column.type() > 0 && column.type() < FIRST_USER_TYPE)) {
            if (queries.size() >= MOST_REMEMBERED) {
                queries.clear();
            }
            queries.put(types, query);
        }
        return query;
    }
}
