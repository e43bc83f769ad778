package io.pgbg.proxy;

import io.pgbg.dispatch.Execution;
import io.pgbg.dispatch.LauncherSession;
import io.pgbg.dispatch.ScriptExecution;
import io.pgbg.sql.Reading;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch from its first entry with a call on; the entries before that are in the PostgreSQL driver's batch already. The
 * whole is one transaction, as a batch of the PostgreSQL driver's is.
 *
 * <p>Used by one thread.
 */
final class StatementBatch {

    private final ProxyStatement statement;
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(String sql, Reading reading) {
    }

    StatementBatch(ProxyStatement statement) {
        this.statement = statement;
    }

    void add(String sql, Reading reading) {
        entries.add(new Entry(sql, reading));
    }

    long[] execute() throws SQLException {
        LauncherSession session = statement.connection.session();
        statement.closeAnswer();
        List<Long> done = new ArrayList<>();
        session.asOneTransaction(() -> {
            for (Entry entry : entries) {
                session.observe(entry.reading().mentions());
                if (entry.reading().script() == null) {
                    statement.delegate.addBatch(entry.sql());
                } else {
                    pass(done);
                    answer(entry, done);
                }
            }
            pass(done);
        });
        return toArray(done);
    }

    /** Executes the entries that the PostgreSQL driver has, if any. */
    private void pass(List<Long> done) throws SQLException {
        try {
            for (long count : statement.delegate.executeLargeBatch()) {
                done.add(count);
            }
        } catch (BatchUpdateException e) {
            for (long count : e.getLargeUpdateCounts()) {
                done.add(count);
            }
            BatchUpdateException whole = new BatchUpdateException(e.getMessage(), e.getSQLState(), e.getErrorCode(),
                    toArray(done), e.getCause());
            whole.setNextException(e.getNextException());
            throw whole;
        }
    }

    /** Rows are not for a batch, which has no way to give them; a SELECT counts as 0, as with the PostgreSQL driver. */
    private void answer(Entry entry, List<Long> done) throws SQLException {
        Execution execution = statement.beginAnswer();
        try {
            ScriptExecution.run(execution, entry.reading().script(), Statement::execute);
        } catch (SQLException e) {
            throw failed(e, done);
        } finally {
            execution.close();
        }
        done.add(0L);
    }

    /** The failure of an entry that the driver itself answers. */
    static BatchUpdateException failed(SQLException error, List<Long> done) {
        if (error instanceof BatchUpdateException failure) {
            return failure;
        }
        done.add((long) Statement.EXECUTE_FAILED);
        BatchUpdateException failure = new BatchUpdateException("Batch entry " + (done.size() - 1) + " was aborted: "
                + error.getMessage() + "  Call getNextException to see other errors in the batch.",
                error.getSQLState(), error.getErrorCode(), toArray(done), error);
        failure.setNextException(error);
        return failure;
    }

    static long[] toArray(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).toArray();
    }

    static int[] toInts(long[] counts) {
        return Arrays.stream(counts).mapToInt(count -> (int) Math.min(count, Integer.MAX_VALUE)).toArray();
    }
}
