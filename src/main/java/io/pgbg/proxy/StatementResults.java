package io.pgbg.proxy;

import io.pgbg.call.StatementResult;
import io.pgbg.execution.Execution;
import io.pgbg.wire.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * What the driver itself gave for one execution of a statement, as the statement shows it: result by result.
 *
 * <p>Used by the statement's thread, but for {@link #cancel()} and the warnings.
 */
final class StatementResults {

    private final ProxyStatement statement;
    private final Execution execution;
    private int position;
    private DriverResultSet current;
    /** Result sets that getMoreResults has left open. */
    private final List<DriverResultSet> kept = new ArrayList<>(0);
    private DriverResultSet keys;
    private boolean closing;

    StatementResults(ProxyStatement statement, Execution execution) {
        this.statement = statement;
        this.execution = execution;
    }

    Execution execution() {
        return execution;
    }

    private StatementResult result() {
        List<StatementResult> results = execution.results().all();
        return position < results.size() ? results.get(position) : null;
    }

    boolean isRows() {
        StatementResult result = result();
        return result != null && !(result instanceof StatementResult.CountResult);
    }

    /** The current result set, the same object each time; null when the current result is none. */
    ResultSet resultSet() throws SQLException {
        if (current == null && isRows()) {
            StatementResult result = result();
            current = result instanceof StatementResult.StreamedResult streamed
                    ? DriverResultSet.wrap(statement.connection, statement, streamed.rows().first(), streamed.rows(),
                            null)
                    : rows(((StatementResult.RowsResult) result).rows());
        }
        return current;
    }

    private DriverResultSet rows(ResultSet rows) throws SQLException {
        return DriverResultSet.wrap(statement.connection, statement, rows, null,
                execution.fetches() ? new ListenedFetch(statement, rows) : null);
    }

    /** The keys that were generated, as a result set of pgjdbc's; without columns when there are none. */
    ResultSet generatedKeys() throws SQLException {
        ResultSet generated = execution.results().generatedKeys();
        if (keys == null || keys.delegate != generated) {
            keys = rows(generated != null ? generated : Rows.none(List.of()).on(execution.owner()));
        }
        return keys;
    }

    long updateCount() {
        return result() instanceof StatementResult.CountResult count ? count.count() : -1;
    }

    boolean moreResults(int what) throws SQLException {
        if (what == Statement.CLOSE_ALL_RESULTS) {
            // closing all does not complete the statement, as with pgjdbc
            closeRows();
            execution.results().closeGeneratedKeys();
            kept.clear();
        } else if (current != null && what == Statement.KEEP_CURRENT_RESULT) {
            kept.add(current);
        } else if (current != null) {
            current.close();
        }
        current = null;
        position++;
        return isRows();
    }

    /** What executeQuery returns. */
    ResultSet onlyRows() throws SQLException {
        if (!isRows()) {
            throw refusal("No results were returned by the query.", PSQLState.NO_DATA);
        }
        if (execution.results().all().size() > 1) {
            throw refusal("Multiple ResultSets were returned by the query.", PSQLState.TOO_MANY_RESULTS);
        }
        return resultSet();
    }

    /** What executeUpdate returns. */
    int onlyCount() throws SQLException {
        return (int) onlyLargeCount();
    }

    long onlyLargeCount() throws SQLException {
        if (execution.results().all().stream().anyMatch(result -> !(result instanceof StatementResult.CountResult))) {
            close();
            throw refusal("A result was returned when none was expected.", PSQLState.TOO_MANY_RESULTS);
        }
        return execution.results().areTaken() ? 0 : updateCount();
    }

    /** What executeUpdate returns when generated keys were asked for: pgjdbc looks at the first result alone then. */
    long firstCount() {
        return updateCount();
    }

    /** In pgjdbc's words, which applications may know. */
    private static SQLException refusal(String message, PSQLState state) {
        return new PSQLException(message, state);
    }

    /** One of the result sets was closed; the statement may have to be closed with the last one. */
    void resultSetClosed() throws SQLException {
        if (!closing && statement.isCloseOnCompletion() && allClosed()) {
            statement.close();
        }
    }

    private boolean allClosed() throws SQLException {
        for (DriverResultSet open : kept) {
            if (!open.isClosed()) {
                return false;
            }
        }
        List<StatementResult> results = execution.results().all();
        boolean more = position + 1 < results.size() && results.subList(position + 1, results.size()).stream()
                .anyMatch(result -> !(result instanceof StatementResult.CountResult));
        return !more && (current == null || current.isClosed());
    }

    void cancel() throws SQLException {
        execution.cancel();
    }

    SQLWarning warnings() {
        return execution.warnings();
    }

    void clearWarnings() throws SQLException {
        execution.clearWarnings();
    }

    void close() throws SQLException {
        closeRows();
        execution.close();
    }

    /** Closes the result sets that the caller has, without completing the statement. */
    private void closeRows() throws SQLException {
        closing = true;
        try {
            if (current != null) {
                current.close();
            }
            for (DriverResultSet open : kept) {
                open.close();
            }
        } finally {
            closing = false;
        }
    }
}
