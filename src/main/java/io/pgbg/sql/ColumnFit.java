package io.pgbg.sql;

import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes SQL that fits texts into the columns of a definition list, as the server does with a value that is put into a
 * column: the type's input function gets the modifier, and the constraints of domains are checked. A cast would cut
 * what is too long.
 *
 * <p>Pure functions.
 */
public final class ColumnFit {

    /** Names of built-in types without a modifier, into which a value of the type fits as it is. */
    private static final Set<String> PLAIN = Set.of(
            "int", "int2", "int4", "int8", "integer", "smallint", "bigint", "oid", "bool", "boolean", "text",
            "varchar", "character varying", "name", "\"char\"", "numeric", "decimal", "real", "float4", "float8",
            "double precision", "date", "time", "timetz", "timestamp", "timestamptz", "interval",
            "time with time zone", "time without time zone", "timestamp with time zone",
            "timestamp without time zone", "bytea", "uuid", "json", "jsonb", "xml", "money", "inet", "cidr", "point",
            "box");

    /** The oids of json and jsonb: a text would be a string to them when it is fitted. */
    private static final Set<Integer> JSON = Set.of(114, 3802);

    /** A type with a modifier, which some have without parentheses: {@code char} is {@code char(1)}. */
    private static final Pattern MODIFIED = Pattern.compile(
            ".*\\(.*|(pg_catalog\\s*\\.\\s*)?(char|character|nchar|national|bit|interval)\\b.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private ColumnFit() {
    }

    /** Whether a value of the right type certainly fits as it is. */
    public static boolean isPlain(ColumnDefinition definition) {
        return isPlain(definition.type());
    }

    /** The same for the type alone. */
    public static boolean isPlain(String declared) {
        String type = declared.toLowerCase(Locale.ROOT);
        int brackets = type.indexOf('[');
        return PLAIN.contains((brackets < 0 ? type : type.substring(0, brackets)).strip());
    }

    /** Whether a type as it is declared has a modifier; it may be one that only looks like that. */
    public static boolean isModified(String declared) {
        return MODIFIED.matcher(declared).matches();
    }

    /**
     * The expression that a text becomes.
     *
     * @param source of the text, which is its column {@code cN}
     * @param n the number of the column
     * @param oid of the value's type
     * @param type as it is declared
     */
    public static String value(String source, int n, int oid, String type) {
        return JSON.contains(oid) ? source + ".c" + n + "::" + type : "f.c" + n;
    }

    /**
     * What is to stand in FROM for these expressions, behind the source.
     *
     * @param columns the declared types by the numbers of their columns
     */
    public static String lateral(String source, SortedMap<Integer, String> columns) {
        return ", LATERAL pg_catalog.json_to_record(pg_catalog.json_object("
                + columns.keySet().stream().map(n -> "'c" + n + "'").collect(Collectors.joining(", ", "ARRAY[",
                        "]::pg_catalog.text[], "))
                + columns.keySet().stream().map(n -> source + ".c" + n).collect(Collectors.joining(", ", "ARRAY[",
                        "]::pg_catalog.text[])) AS f("))
                + columns.entrySet().stream().map(column -> "c" + column.getKey() + ' ' + column.getValue())
                        .collect(Collectors.joining(", ", "", ")"));
    }

    /**
     * SQL of a join that gives one row of NULLs in the columns of a definition list, named {@code d}.
     *
     * @param list the definitions without parentheses
     */
    public static String nulls(String list) {
        // no constraint of a domain is checked for a row that the join makes
        return "(SELECT) AS o LEFT JOIN pg_catalog.json_to_record('{}') AS d(" + list + ") ON false";
    }
}
