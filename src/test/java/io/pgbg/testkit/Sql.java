package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Short forms for what tests do with SQL again and again. */
public final class Sql {

    private Sql() {
    }

    /** Executes a text and forgets what it gave. */
    public static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row. */
    public static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    /** Launches a job and gives its pid. */
    public static int launch(Connection connection, String jobSql) throws SQLException {
        return Integer.parseInt(value(connection, "SELECT pg_background_launch($job$" + jobSql + "$job$)"));
    }

    /** Reads a job's result: all rows, their columns joined by a comma. */
    public static List<String> result(Connection connection, int pid) throws SQLException {
        return rows(connection, "SELECT * FROM pg_background_result(" + pid + ")");
    }

    /** All rows, their columns joined by a comma. */
    public static List<String> rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            return rows(rows);
        }
    }

    /** All rows that are left, their columns joined by a comma. */
    public static List<String> rows(ResultSet rows) throws SQLException {
        int columns = rows.getMetaData().getColumnCount();
        List<String> all = new ArrayList<>();
        while (rows.next()) {
            List<String> values = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
                values.add(String.valueOf(rows.getString(i)));
            }
            all.add(String.join(",", values));
        }
        return all;
    }

    /** The SQLSTATE that a step fails with. */
    public static String stateOf(Failure.Step step) {
        try {
            step.run();
        } catch (SQLException e) {
            return e.getSQLState();
        }
        throw new AssertionError("It does not fail");
    }

    /** The SQLSTATE that a text fails with. */
    public static String stateOf(Connection connection, String sql) {
        return stateOf(() -> run(connection, sql));
    }

    /** Makes sure that no job is attached to a connection: with room for one, one can be launched. */
    public static void assertNoJobIsAttached(Connection connection) throws SQLException {
        run(connection, "SET pg_background.max_workers = 1");
        result(connection, launch(connection, "SELECT 1"));
        run(connection, "RESET pg_background.max_workers");
    }

    /** The messages of a chain of warnings. */
    public static List<String> messages(SQLWarning first) {
        List<String> messages = new ArrayList<>();
        for (SQLWarning warning = first; warning != null; warning = warning.getNextWarning()) {
            messages.add(warning.getMessage());
        }
        return messages;
    }
}
