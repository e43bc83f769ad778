package io.pgbg.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGStatement;

/**
 * What a statement was set to before it executes.
 *
 * @param name for the report
 * @param type the type of its result sets
 * @param concurrency their concurrency
 * @param holdability their holdability
 * @param autoCommit of the connection
 * @param step what else is set on the statement
 */
record Setup(String name, int type, int concurrency, int holdability, boolean autoCommit, Step step) {

    /** Sets something. */
    @FunctionalInterface
    interface Step {
        void on(Statement statement) throws SQLException;
    }

    /** Whether the statement is closed with its results. */
    boolean completes() {
        return name.startsWith("closeOnCompletion");
    }

    /** Each setting alone and in the mixes that meet each other, each with autocommit and without. */
    static List<Setup> all() {
        List<Setup> setups = new ArrayList<>();
        for (boolean auto : new boolean[] {true, false}) {
            add(setups, auto, "plain", statement -> { });
            add(setups, auto, "fetchSize 2", statement -> statement.setFetchSize(2));
            add(setups, auto, "maxRows 1", statement -> statement.setMaxRows(1));
            add(setups, auto, "maxRows 3, fetchSize 2", statement -> {
                statement.setMaxRows(3);
                statement.setFetchSize(2);
            });
            if (!auto) {
                // the rest has nothing to do with transactions
                setups.add(new Setup("forward, closed at commit, fetchSize 2" + suffix(auto),
                        ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY, ResultSet.CLOSE_CURSORS_AT_COMMIT,
                        auto, statement -> statement.setFetchSize(2)));
                add(setups, auto, "closeOnCompletion, fetchSize 2", Setup::completing);
                continue;
            }
            add(setups, auto, "largeMaxRows 2", statement -> statement.setLargeMaxRows(2));
            add(setups, auto, "maxFieldSize 1", statement -> statement.setMaxFieldSize(1));
            add(setups, auto, "queryTimeout", statement -> statement.setQueryTimeout(60));
            add(setups, auto, "no escapes", statement -> statement.setEscapeProcessing(false));
            add(setups, auto, "closeOnCompletion", Statement::closeOnCompletion);
            add(setups, auto, "closeOnCompletion, fetchSize 2", Setup::completing);
            add(setups, auto, "prepareThreshold 1",
                    statement -> statement.unwrap(PGStatement.class).setPrepareThreshold(1));
            add(setups, auto, "cursor name", statement -> statement.setCursorName("of_the_test"));
            setups.add(new Setup("scrollable" + suffix(auto), ResultSet.TYPE_SCROLL_INSENSITIVE,
                    ResultSet.CONCUR_READ_ONLY, ResultSet.HOLD_CURSORS_OVER_COMMIT, auto, statement -> { }));
            setups.add(new Setup("scrollable, fetchSize 2" + suffix(auto), ResultSet.TYPE_SCROLL_INSENSITIVE,
                    ResultSet.CONCUR_READ_ONLY, ResultSet.HOLD_CURSORS_OVER_COMMIT, auto,
                    statement -> statement.setFetchSize(2)));
            setups.add(new Setup("scrollable, backwards" + suffix(auto), ResultSet.TYPE_SCROLL_INSENSITIVE,
                    ResultSet.CONCUR_READ_ONLY, ResultSet.HOLD_CURSORS_OVER_COMMIT, auto,
                    statement -> statement.setFetchDirection(ResultSet.FETCH_REVERSE)));
            setups.add(new Setup("updatable" + suffix(auto), ResultSet.TYPE_SCROLL_INSENSITIVE,
                    ResultSet.CONCUR_UPDATABLE, ResultSet.CLOSE_CURSORS_AT_COMMIT, auto, statement -> { }));
            setups.add(new Setup("forward, closed at commit, fetchSize 2" + suffix(auto), ResultSet.TYPE_FORWARD_ONLY,
                    ResultSet.CONCUR_READ_ONLY, ResultSet.CLOSE_CURSORS_AT_COMMIT, auto,
                    statement -> statement.setFetchSize(2)));
        }
        return setups;
    }

    private static void completing(Statement statement) throws SQLException {
        statement.closeOnCompletion();
        statement.setFetchSize(2);
    }

    private static void add(List<Setup> setups, boolean auto, String name, Step step) {
        setups.add(new Setup(name + suffix(auto), ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY,
                ResultSet.CLOSE_CURSORS_AT_COMMIT, auto, step));
    }

    private static String suffix(boolean auto) {
        return auto ? "" : ", in a transaction";
    }
}
