package io.pgbg.relay;

import io.pgbg.sql.ColumnFit;
import io.pgbg.sql.Quoting;
import io.pgbg.wire.Rows;
import io.pgbg.worker.TextSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes the queries that turn the columns of a reply into rows of the right types: queries over {@code $1}, an array
 * of one array per column. They bring the session into the settings by which the texts are written, and not back.
 *
 * <p>Immutable.
 */
final class RowQuery {

    /** The built-in types of which a session reads values by a setting, those of arrays included. */
    private static final Map<String, Set<Integer>> READ_BY = Map.of(
            TextSettings.INTERVAL_STYLE, Set.of(1186, 1187), TextSettings.MONEY, Set.of(790, 791),
            TextSettings.SEARCH_PATH, Set.of(24, 1008, 2202, 2207, 2203, 2208, 2204, 2209, 2205, 2210, 2206, 2211, 3734,
                    3735, 3769, 3770, 4191, 4192));

    /** Of a list with more modifiers only all of them are tried. */
    private static final int MOST_SELECTED = 4;

    private static final int MOST_TRIED = 100;

    private final List<Rows.Column> columns;
    private final List<TypeNames.Name> names;
    private final TextSettings texts;

    /**
     * @param names of the columns' types
     * @param texts how the values are written; null when that depends on no setting
     */
    RowQuery(List<Rows.Column> columns, List<TypeNames.Name> names, TextSettings texts) {
        this.columns = columns;
        this.names = names;
        this.texts = texts;
    }

    /** The query that gives the columns their own types, with the modifiers of the job's. */
    String own() {
        return columns.isEmpty() ? "SELECT FROM pg_catalog.unnest(($1[1])::pg_catalog.int4[])" : write(Map.of());
    }

    /**
     * Pairs of queries, one that tells whether the columns are of the types in a list, and one that fits them into the
     * list. The server takes values with a modifier also for a column that the caller has given none, and another
     * role's list must not round the caller's numbers: so a list is tried with each selection of its modifiers, and
     * those that fit the fewest columns come first.
     *
     * @param lists the types in each
     */
    List<String> fitted(List<List<String>> lists) {
        return lists.stream().flatMap(list -> selections(list).stream().map(fits -> Map.entry(list, fits)))
                .filter(one -> !one.getValue().isEmpty())
                .sorted(Comparator.comparingInt(one -> one.getValue().size())).distinct().limit(MOST_TRIED)
                .flatMap(one -> Stream.of(check(one.getKey()), write(one.getValue()))).toList();
    }

    /** The types of the columns to be fitted, by their numbers, with some of the modifiers or with all. */
    private static List<SortedMap<Integer, String>> selections(List<String> list) {
        SortedMap<Integer, String> all = new TreeMap<>();
        List<Integer> modified = new ArrayList<>();
        for (int n = 1; n <= list.size(); n++) {
            String type = list.get(n - 1);
            if (!ColumnFit.isPlain(type)) {
                all.put(n, type);
                if (ColumnFit.isModified(type)) {
                    modified.add(n);
                }
            }
        }
        List<SortedMap<Integer, String>> selections = new ArrayList<>(List.of(all));
        for (int n : modified.size() > MOST_SELECTED ? List.<Integer>of() : modified) {
            for (SortedMap<Integer, String> more : List.copyOf(selections)) {
                SortedMap<Integer, String> without = new TreeMap<>(more);
                without.remove(n);
                selections.add(without);
            }
        }
        return selections;
    }

    /**
     * {@code OFFSET 0} hides the arrays from the planner, which would evaluate them only to see how long they are.
     * Elements of arrays have no modifier, therefore a column with one is cast once more.
     *
     * @param fits the declared types of columns that are to be fitted, by their numbers
     */
    private String write(Map<Integer, String> fits) {
        List<String> values = new ArrayList<>();
        List<String> arrays = new ArrayList<>();
        SortedMap<Integer, String> fitted = new TreeMap<>(fits);
        for (int n = 1; n <= columns.size(); n++) {
            TypeNames.Name name = names.get(n - 1);
            Rows.Column column = columns.get(n - 1);
            boolean fit = fits.containsKey(n);
            values.add((fit ? ColumnFit.value("r", n, column.type(), fits.get(n))
                    : "r.c" + n + (name.asText() || column.modifier() >= 0 ? "::" + name.declared() : ""))
                    + " AS c" + n);
            arrays.add("pg_catalog.unnest((a[" + n + "])::" + (fit || name.asText() ? "pg_catalog.text" : name.type())
                    + "[]) AS c" + n);
        }
        return "SELECT " + String.join(", ", values) + " FROM (SELECT " + String.join(", ", arrays)
                + " FROM (SELECT $1 AS a" + settings() + " OFFSET 0) AS p) AS r"
                + (fits.isEmpty() ? "" : ColumnFit.lateral("r", fitted));
    }

    /** Whether each column is of the type in a list, a domain as what it is over. */
    private String check(List<String> list) {
        return "WITH RECURSIVE b(n, t) AS (SELECT v.n, v.t FROM " + ColumnFit.nulls(IntStream.range(0, list.size())
                .mapToObj(i -> "c" + (i + 1) + ' ' + list.get(i)).collect(Collectors.joining(", ")))
                + ", LATERAL (VALUES " + values(n -> "pg_catalog.pg_typeof(d.c" + n + ")::pg_catalog.oid")
                + ") AS v(n, t) UNION ALL SELECT b.n, t.typbasetype FROM b JOIN pg_catalog.pg_type AS t ON"
                + " t.oid OPERATOR(pg_catalog.=) b.t AND t.typtype OPERATOR(pg_catalog.=) 'd'::pg_catalog.\"char\")"
                + " SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) " + list.size() + "::pg_catalog.int8 FROM b JOIN"
                + " (VALUES " + values(n -> Integer.toUnsignedString(columns.get(n - 1).type()) + "::pg_catalog.oid")
                + ") AS a(n, t) ON a.n OPERATOR(pg_catalog.=) b.n AND a.t OPERATOR(pg_catalog.=) b.t";
    }

    private String values(IntFunction<String> value) {
        return IntStream.rangeClosed(1, columns.size()).mapToObj(n -> "(" + n + ", " + value.apply(n) + ")")
                .collect(Collectors.joining(", "));
    }

    /** What the query evaluates before it reads a value. */
    private String settings() {
        return texts == null ? "" : READ_BY.entrySet().stream()
                .filter(setting -> columns.stream().anyMatch(column -> setting.getValue().contains(column.type())
                        || TypeNames.isUsers(column)))
                .map(setting -> settingSql(setting.getKey(), texts.values().get(setting.getKey())))
                .collect(Collectors.joining());
    }

    private static String settingSql(String name, String value) {
        String literal = Quoting.literal(value) + "::pg_catalog.text";
        return ", CASE WHEN pg_catalog.current_setting('" + name + "') OPERATOR(pg_catalog.<>) " + literal
                + " THEN pg_catalog.set_config('" + name + "', " + literal + ", true) END AS " + name;
    }
}
