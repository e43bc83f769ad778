package io.pgbg.relay;

import io.pgbg.sql.TextArray;
import io.pgbg.wire.Rows;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The names of the types of columns, as they are to be written in SQL.
 *
 * <p>Thread-safe.
 */
final class TypeNames {

    /** Types with smaller numbers are the server's own and keep their names. */
    private static final int FIRST_USER_TYPE = 16384;

    private static final int RECORD = 2249;

    private static final int MOST_REMEMBERED = 100;

    /** There are no arrays of arrays, nor of pseudo-types, and those of some types are not written with commas. */
    private static final String QUERY = """
            SELECT ARRAY(SELECT p.part
              FROM (SELECT pg_catalog.row_number() OVER () AS n, o::pg_catalog.oid AS o, m
                FROM (VALUES %s) AS v(o, m)) AS v JOIN (SELECT t.oid, t.typarray = 0 OR t.typdelim <> ',' AS astext,
                  pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(t.typname) AS name
                  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace) AS t
                ON t.oid = v.o,
                LATERAL (VALUES (1, t.name), (2, t.astext::pg_catalog.text),
                  (3, CASE WHEN v.m >= 0 THEN pg_catalog.format_type(t.oid, v.m) ELSE t.name END)) AS p(k, part)
              ORDER BY v.n, p.k)::pg_catalog.text""";
    private static final int PARTS = 3;

    private final Map<String, List<Name>> known = new ConcurrentHashMap<>();

    /**
     * The name of a column's type.
     *
     * @param type without a modifier
     * @param asText whether values have to come as texts, because an array of them cannot be read
     * @param declared with its modifier
     */
    record Name(String type, boolean asText, String declared) {
    }

    /** @param requester where the server is asked */
    List<Name> of(List<Rows.Column> columns, RequestHandler.Requester requester) throws SQLException {
        String types = columns.stream().map(column -> "(" + Integer.toUnsignedString(column.type()) + ", "
                + column.modifier() + ")").collect(Collectors.joining(", "));
        List<Name> names = columns.isEmpty() ? List.of() : known.get(types);
        if (names == null) {
            names = ask(types, requester);
            if (columns.stream().noneMatch(TypeNames::isUsers)) {
                if (known.size() >= MOST_REMEMBERED) {
                    known.clear();
                }
                known.put(types, names);
            }
        }
        return names;
    }

    /** Whether a type is a user's, or may hold values of those. */
    static boolean isUsers(Rows.Column column) {
        return Integer.compareUnsigned(column.type(), FIRST_USER_TYPE) >= 0 || column.type() == RECORD;
    }

    private static List<Name> ask(String types, RequestHandler.Requester requester) throws SQLException {
        List<String> parts = TextArray.read(requester.ask(QUERY.formatted(types)));
        List<Name> names = new ArrayList<>();
        for (int i = 0; i < parts.size(); i += PARTS) {
            names.add(new Name(parts.get(i), "true".equals(parts.get(i + 1)), parts.get(i + 2)));
        }
        return names;
    }
}
