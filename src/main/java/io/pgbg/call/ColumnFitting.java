package io.pgbg.call;

import io.pgbg.sql.ColumnFit;
import io.pgbg.wire.Rows;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.PGStatement;

/**
 * Has the caller's session fit values of a job into the columns of a definition list, as a part of what is executed:
 * what ends that ends this. Stateless.
 */
final class ColumnFitting {

    /** The types that hold floating-point numbers, the arrays of them included. */
    private static final Map<Integer, String> FLOATS = Map.ofEntries(Map.entry(700, "float4"), Map.entry(701, "float8"),
            Map.entry(1021, "float4[]"), Map.entry(1022, "float8[]"), Map.entry(600, "point"),
            Map.entry(1017, "point[]"),
            Map.entry(601, "lseg"), Map.entry(1018, "lseg[]"), Map.entry(602, "path"), Map.entry(1019, "path[]"),
            Map.entry(603, "box"), Map.entry(1020, "box[]"), Map.entry(604, "polygon"), Map.entry(1027, "polygon[]"),
            Map.entry(628, "line"), Map.entry(629, "line[]"), Map.entry(718, "circle"), Map.entry(719, "circle[]"));

    private ColumnFitting() {
    }

    /** The same rows, their floating-point numbers with as many digits as the session shows. */
    static Rows withDigits(Rows rows, CallContext context) throws SQLException {
        SortedMap<Integer, String> floats = new TreeMap<>();
        for (int n = 1; n <= rows.width(); n++) {
            String type = FLOATS.get(rows.columns().get(n - 1).type());
            if (type != null) {
                floats.put(n, "pg_catalog." + type);
            }
        }
        return fit(rows, floats, context);
    }

    /**
     * The same rows with fitted values.
     *
     * @param fits the declared types of the columns to be fitted, by their numbers
     * @throws SQLException the server's, when a value does not fit
     */
    static Rows fit(Rows rows, SortedMap<Integer, String> fits, CallContext context) throws SQLException {
        if (fits.isEmpty() || rows.size() == 0) {
            return rows;
        }
        List<Integer> numbers = List.copyOf(fits.keySet());
        Connection session = context.session().connection();
        try (PreparedStatement query = session.prepareStatement(sql(rows.columns(), fits))) {
            // each window has another text or is the only one
            query.unwrap(PGStatement.class).setPrepareThreshold(0);
            List<Array> arrays = new ArrayList<>();
            for (int n : numbers) {
                arrays.add(session.createArrayOf("text", IntStream.range(0, rows.size())
                        .mapToObj(row -> rows.text(row, n - 1)).toArray()));
                query.setArray(arrays.size(), arrays.get(arrays.size() - 1));
            }
            try (ResultSet result = context.onServer(query, query::executeQuery)) {
                return rows.with(values(result, numbers));
            }
        }
    }

    private static Map<Integer, List<String>> values(ResultSet result, List<Integer> numbers) throws SQLException {
        Map<Integer, List<String>> values = new HashMap<>();
        numbers.forEach(n -> values.put(n, new ArrayList<>()));
        while (result.next()) {
            for (int i = 0; i < numbers.size(); i++) {
                values.get(numbers.get(i)).add(result.getString(i + 1));
            }
        }
        return values;
    }

    private static String sql(List<Rows.Column> columns, SortedMap<Integer, String> fits) {
        return "SELECT " + fits.entrySet().stream().map(fit -> ColumnFit.value("v", fit.getKey(),
                        columns.get(fit.getKey() - 1).type(), fit.getValue())).collect(Collectors.joining(", "))
                + " FROM ROWS FROM (" + fits.keySet().stream().map(n -> "pg_catalog.unnest(?::pg_catalog.text[])")
                        .collect(Collectors.joining(", "))
                + ") WITH ORDINALITY AS v(" + fits.keySet().stream().map(n -> "c" + n + ", ")
                        .collect(Collectors.joining()) + "n)" + ColumnFit.lateral("v", fits) + " ORDER BY v.n";
    }
}
