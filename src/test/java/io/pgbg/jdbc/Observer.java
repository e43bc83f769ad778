package io.pgbg.jdbc;

import java.sql.BatchUpdateException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes down what a caller of JDBC sees, so that two drivers' answers can be compared. */
final class Observer {

    private final List<String> seen = new ArrayList<>();

    /** Something whose value or error is written down. */
    @FunctionalInterface
    interface Look {
        Object get() throws SQLException;
    }

    List<String> seen() {
        return seen;
    }

    void note(String what, Object value) {
        seen.add(what + ": " + value);
    }

    /** Writes a value down, or the error in its place; tells whether there was a value. */
    boolean look(String what, Look look) {
        try {
            note(what, show(look.get()));
            return true;
        } catch (SQLException e) {
            note(what, failure(e));
            return false;
        }
    }

    private static Object show(Object value) throws SQLException {
        if (value instanceof int[] counts) {
            return Arrays.toString(counts);
        }
        return value instanceof long[] counts ? Arrays.toString(counts) : value;
    }

    private static String failure(SQLException e) {
        String shown = e.getClass().getSimpleName() + " " + e.getSQLState();
        if (e instanceof BatchUpdateException batch) {
            shown += " " + Arrays.toString(batch.getUpdateCounts()) + " next "
                    + (batch.getNextException() == null ? null : batch.getNextException().getSQLState());
        }
        return shown;
    }

    /** All results of an execution, from the first one on, in one of the ways to go through them. */
    void results(Statement statement, boolean rows, int how) throws SQLException {
        boolean isRows = rows;
        for (int i = 0; i < 10; i++) {
            note("result " + i + " is rows", isRows);
            look("update count", statement::getUpdateCount);
            look("large update count", statement::getLargeUpdateCount);
            ResultSet result = statement.getResultSet();
            note("the same again", result == statement.getResultSet());
            if (result != null) {
                rows(statement, result);
            } else if (statement.getUpdateCount() < 0) {
                break;
            }
            if (statement.isClosed()) {
                note("closed", true);
                return;
            }
            isRows = how == 0 ? statement.getMoreResults() : statement.getMoreResults(how);
            if (result != null) {
                note("the former result is closed", result.isClosed());
            }
        }
        generatedKeys(statement);
        look("warnings", statement::getWarnings);
    }

    void generatedKeys(Statement statement) {
        look("generated keys", () -> {
            ResultSet keys = statement.getGeneratedKeys();
            return keys == null ? null : columns(keys) + " " + sorted(keys);
        });
    }

    /** A result set from its first row to its end. */
    void rows(Statement statement, ResultSet result) throws SQLException {
        note("columns", columns(result));
        look("of its statement", () -> result.getStatement() == statement);
        look("type", result::getType);
        look("concurrency", result::getConcurrency);
        look("holdability", result::getHoldability);
        look("fetch size", result::getFetchSize);
        look("fetch direction", result::getFetchDirection);
        look("cursor", result::getCursorName);
        if (result.getType() != ResultSet.TYPE_FORWARD_ONLY) {
            look("last", result::last);
            look("row", result::getRow);
            look("absolute -2", () -> result.absolute(-2) ? result.getString(1) : null);
            look("relative -1", () -> result.relative(-1) ? result.getString(1) : null);
            look("previous", result::previous);
            look("beforeFirst", () -> {
                result.beforeFirst();
                return result.isBeforeFirst();
            });
        }
        look("before first", result::isBeforeFirst);
        look("first", result::isFirst);
        look("a value before the first row", () -> result.getString(1));
        boolean more = true;
        while (more) {
            more = look("next", () -> result.next() ? "row " + result.getRow() + " " + values(result, 1)
                    + " last " + result.isLast() + " first " + result.isFirst() : null)
                    && !seen.get(seen.size() - 1).equals("next: null");
        }
        look("after last", result::isAfterLast);
        look("closed", result::isClosed);
        look("close", () -> {
            result.close();
            return statement.isClosed();
        });
        look("next behind the close", result::next);
    }

    static String columns(ResultSet result) throws SQLException {
        ResultSetMetaData data = result.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= data.getColumnCount(); i++) {
            columns.add(data.getColumnLabel(i) + " " + data.getColumnTypeName(i) + " " + data.getColumnType(i));
        }
        return columns.toString();
    }

    /** The order of keys is not promised. */
    private static String sorted(ResultSet rows) throws SQLException {
        List<String> all = new ArrayList<>();
        while (rows.next()) {
            all.add(values(rows, 1));
        }
        return all.stream().sorted().toList().toString();
    }

    private static String values(ResultSet row, int from) throws SQLException {
        List<String> values = new ArrayList<>();
        for (int i = from; i <= row.getMetaData().getColumnCount(); i++) {
            values.add(row.getString(i) + (row.wasNull() ? " null" : ""));
        }
        return values.toString();
    }

    /** What is said of parameters and columns before anything was executed. */
    void description(PreparedStatement statement) {
        look("parameters", () -> statement.getParameterMetaData().getParameterCount());
        look("described columns", () -> {
            ResultSetMetaData data = statement.getMetaData();
            return data == null ? null : data.getColumnCount() + " " + data.getColumnLabel(1);
        });
    }
}
