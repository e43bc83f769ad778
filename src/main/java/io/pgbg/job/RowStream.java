package io.pgbg.job;

import io.pgbg.wire.Rows;
import io.pgbg.worker.Wait;
import java.sql.SQLException;

/**
 * The rows of a large result behind the first window. While the reader works on one window the worker fetches the next.
 *
 * <p>Used by one reader; {@link #close()} may come from another thread.
 */
public final class RowStream {

    private final Job job;
    private final Runnable onEnd;
    private volatile boolean ended;

    RowStream(Job job, Runnable onEnd) {
        this.job = job;
        this.onEnd = onEnd;
    }

    /**
     * Waits for the next window.
     *
     * @return null when the job is over and all rows are read
     * @throws SQLException the job's error, or the wait's end; then the rows may be asked for again
     */
    public Rows next(Wait wait) throws SQLException {
        if (ended) {
            return null;
        }
        Rows window = job.nextRows(wait);
        if (window == null) {
            ended = true;
            job.finishReading(onEnd);
        }
        return window;
    }

    /** The job whose rows these are. */
    public Job job() {
        return job;
    }

    /** Leaves the rest unread: the job runs on to its end and commits. Does nothing when all rows are read. */
    public void close() {
        if (!ended) {
            ended = true;
            onEnd.run();
            job.detach();
        }
    }
}
