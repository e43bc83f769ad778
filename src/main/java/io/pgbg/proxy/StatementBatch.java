package io.pgbg.proxy;

import io.pgbg.execution.Execution;
import io.pgbg.execution.ScriptExecution;
import io.pgbg.session.Session;
import io.pgbg.sql.Reading;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A batch from its first entry with a call on; the entries before that are in the PostgreSQL driver's batch already.
 * The whole is one transaction, as a batch of the PostgreSQL driver's is.
 *
 * <p>Used by one thread.
 */
final class StatementBatch {

    private static final Pattern INDEX = Pattern.compile("\\d{1,9}");

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
        Session session = statement.connection.session();
        statement.closeResults();
        Execution execution = statement.beginResults();
        List<Long> done = new ArrayList<>();
        execution.asOneTransaction(() -> {
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                session.inherited().observe(entry.reading().mentions());
                if (entry.reading().script() == null) {
                    statement.delegate.addBatch(entry.sql());
                } else {
                    pass(execution, done, entries.size() - i);
                    answer(execution, entry, done, entries.size() - i);
                }
            }
            pass(execution, done, 0);
        });
        return toArray(done);
    }

    /**
     * Executes the entries that the PostgreSQL driver has, if any.
     *
     * @param left how many entries come after them
     */
    private void pass(Execution execution, List<Long> done, int left) throws SQLException {
        try {
            for (long count : ScriptExecution.passed(execution, statement.delegate,
                    statement.delegate::executeLargeBatch)) {
                done.add(count);
            }
        } catch (BatchUpdateException e) {
            int size = done.size() + e.getLargeUpdateCounts().length + left;
            throw failure(withIndex(e.getMessage(), done.size()), e.getNextException(), size);
        }
    }

    /** A message of pgjdbc's about an entry of its own batch, with the entry's number in the whole. */
    private static String withIndex(String message, int before) {
        // in every language the number stands before the entry's text
        return INDEX.matcher(message).replaceFirst(found ->
                Integer.toString(Integer.parseInt(found.group()) + before));
    }

    /** Rows are not for a batch, which has no way to give them; a SELECT counts as 0, as with the PostgreSQL driver. */
    private static void answer(Execution execution, Entry entry, List<Long> done, int left) throws SQLException {
        try {
            ScriptExecution.run(execution, entry.reading().script(), Statement::execute);
            done.add(execution.results().batchCount());
        } catch (SQLException e) {
            throw failure(execution.session(), e, done.size(), entry.sql(), done.size() + left);
        } finally {
            execution.results().drop();
        }
    }

    /**
     * The failure of an entry that the driver itself answers, in the PostgreSQL driver's words: without the text, which
     * has the parameters in it, under {@code logServerErrorDetail=false}.
     */
    static BatchUpdateException failure(Session session, SQLException error, int index, String sql, int size) {
        String shown = session.wire().showsErrorDetails() ? sql : "<unknown>";
        return failure("Batch entry " + index + " " + shown + " was aborted: " + error.getMessage()
                + "  Call getNextException to see other errors in the batch.", error, size);
    }

    /** The batch is one transaction, so that one entry's failure is every entry's. */
    private static BatchUpdateException failure(String message, SQLException error, int size) {
        long[] counts = new long[size];
        Arrays.fill(counts, Statement.EXECUTE_FAILED);
        BatchUpdateException failure = new BatchUpdateException(message, error.getSQLState(), error.getErrorCode(),
                counts, error);
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
