package io.pgbg.demo;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Rows that have been read, in text form, null for NULL.
 *
 * @param columns the names of the columns
 * @param numbers for each column, whether it holds numbers, which stand to the right
 * @param rows the values, row by row
 */
record Table(List<String> columns, List<Boolean> numbers, List<List<String>> rows) {

    private static final Set<Integer> NUMBER_TYPES = Set.of(Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.REAL,
            Types.DOUBLE, Types.NUMERIC);

    static Table read(ResultSet source) throws SQLException {
        ResultSetMetaData about = source.getMetaData();
        List<String> columns = new ArrayList<>();
        List<Boolean> numbers = new ArrayList<>();
        for (int column = 1; column <= about.getColumnCount(); column++) {
            columns.add(about.getColumnLabel(column));
            numbers.add(NUMBER_TYPES.contains(about.getColumnType(column)));
        }
        List<List<String>> rows = new ArrayList<>();
        while (source.next()) {
            List<String> row = new ArrayList<>();
            for (int column = 1; column <= columns.size(); column++) {
                row.add(source.getString(column));
            }
            rows.add(row);
        }
        return new Table(columns, numbers, rows);
    }

    /** The value of a table that has only one. */
    String onlyValue() {
        if (rows.size() != 1 || columns.size() != 1) {
            throw new IllegalStateException("Not one value, but " + rows.size() + " rows of " + columns);
        }
        return rows.get(0).get(0);
    }

    /** The table as psql shows it, header and row count included. */
    String toText() {
        int[] widths = new int[columns.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = columns.get(column).length();
            for (List<String> row : rows) {
                widths[column] = Math.max(widths[column], shown(row.get(column)).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String name = columns.get(column);
            int left = (widths[column] - name.length()) / 2;
            text.append(column == 0 ? " " : "| ").append(" ".repeat(left)).append(name)
                    .append(" ".repeat(widths[column] - name.length() - left)).append(' ');
        }
        endLine(text);
        for (int column = 0; column < widths.length; column++) {
            text.append(column == 0 ? "" : "+").append("-".repeat(widths[column] + 2));
        }
        endLine(text);
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                String value = shown(row.get(column));
                String gap = " ".repeat(widths[column] - value.length());
                text.append(column == 0 ? " " : "| ")
                        .append(numbers.get(column) ? gap + value : value + gap).append(' ');
            }
            endLine(text);
        }
        return text.append('(').append(rows.size()).append(rows.size() == 1 ? " row)" : " rows)").toString();
    }

    private static String shown(String value) {
        return value == null ? "" : value;
    }

    private static void endLine(StringBuilder text) {
        while (text.charAt(text.length() - 1) == ' ') {
            text.setLength(text.length() - 1);
        }
        text.append('\n');
    }
}
