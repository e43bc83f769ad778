package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A result set in a form that can be compared with another one.
 *
 * @param labels the columns' labels
 * @param types the columns' types by their names on the server
 * @param rows the values as text, null for NULL
 */
public record Grid(List<String> labels, List<String> types, List<List<String>> rows) {

    /** Reads a result set to its end. */
    public static Grid of(ResultSet result) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        List<String> labels = new ArrayList<>();
        List<String> types = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            labels.add(columns.getColumnLabel(i));
            types.add(columns.getColumnTypeName(i));
        }
        List<List<String>> rows = new ArrayList<>();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= labels.size(); i++) {
                row.add(result.getString(i));
            }
            rows.add(row);
        }
        return new Grid(labels, types, rows);
    }

    /** Executes a query on a statement of its own. */
    public static Grid query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
            return of(result);
        }
    }

    /** The only column's label. */
    public String label() {
        return only(labels);
    }

    /** The only column's type. */
    public String type() {
        return only(types);
    }

    /** The only value. */
    public String value() {
        return only(only(rows));
    }

    /** The values of the only column. */
    public List<String> values() {
        return rows.stream().map(Grid::only).toList();
    }

    private static <T> T only(List<T> list) {
        if (list.size() != 1) {
            throw new AssertionError("There is not one, but " + list.size() + ": " + list);
        }
        return list.get(0);
    }
}
