package io.pgbg.job;

import io.pgbg.wire.Rows;
import io.pgbg.worker.Wait;
import java.sql.SQLException;

/**
 * The rows of a large result behind the first window. While the reader is at one window the worker fetches the next.
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
     * The next window, after waiting for it.
     *
     * @return null when the job is over and all has been read
     * @throws SQLException the job's error, or the wait's end; then the rows may be asked for again
     */
    public Rows next(Wait wait) throws SQLException {
        if (ended) {
            return null;
        }
        Rows window = job.nextWindow(wait);
        if (window == null) {
            end();
            job.finishReading();
        }
        return window;
    }

    /** The job whose rows these are. */
    public Job job() {
        return job;
    }

    /** The rest will not be read; the job runs on to its end and commits. */
    public void close() {
        if (!ended) {
            end();
            job.detach();
        }
    }

    private void end() {
        ended = true;
        onEnd.run();
    }
}
