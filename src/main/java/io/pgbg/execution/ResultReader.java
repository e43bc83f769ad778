package io.pgbg.execution;

import io.pgbg.RowConsumer;
import io.pgbg.job.JobResult;
import io.pgbg.job.RowStream;
import io.pgbg.wire.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Hands the rows of a job to a consumer, window by window. Stateless. */
final class ResultReader {

    private ResultReader() {
    }

    /**
     * Reads a result to its end.
     *
     * @return how many rows there were
     */
    static long read(JobResult result, Execution execution, RowConsumer consumer) throws SQLException {
        if (result instanceof JobResult.Tags tags) {
            return hand(tags.rows(), execution.owner(), consumer);
        }
        if (result instanceof JobResult.Complete complete) {
            return hand(complete.rows(), execution.owner(), consumer);
        }
        return readStream((JobResult.Streamed) result, execution, consumer);
    }

    private static long readStream(JobResult.Streamed result, Execution execution, RowConsumer consumer)
            throws SQLException {
        RowStream rest = result.rest();
        try {
            long count = 0;
            Rows window = result.first();
            while (window != null) {
                count += hand(window, execution.owner(), consumer);
                window = execution.waitingFor(List.of(rest.job()), rest::next);
            }
            return count;
        } finally {
            // nothing happens when all was read
            rest.close();
        }
    }

    private static long hand(Rows window, Statement owner, RowConsumer consumer) throws SQLException {
        try (ResultSet rows = window.withoutCursor().on(owner)) {
            while (rows.next()) {
                consumer.accept(rows);
            }
        }
        return window.size();
    }
}
