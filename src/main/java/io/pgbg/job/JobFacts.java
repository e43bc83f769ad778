package io.pgbg.job;

import io.pgbg.JobProgress;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What is known of a job before its end: when it was launched and sent, how many rows have come, what it has reported.
 *
 * <p>Thread-safe: written by the thread that runs the job, read by any.
 */
public final class JobFacts {

    private final Instant launchedAt = Instant.now();
    private final long launchNanos = System.nanoTime();
    private volatile long startNanos = launchNanos;
    private volatile Instant startedAt;
    private volatile long rowCount;
    private volatile JobProgress progress = JobProgress.NONE;

    /** The text is about to be sent. */
    void started() {
        startNanos = System.nanoTime();
        startedAt = Instant.now();
    }

    /** More rows of the last statement have come. */
    void addRows(long rows) {
        // only one thread writes
        rowCount += rows;
    }

    void report(JobProgress reported) {
        progress = reported;
    }

    /** When the job was launched. */
    public Instant launchedAt() {
        return launchedAt;
    }

    /** When the text was sent, or null. */
    Instant startedAt() {
        return startedAt;
    }

    /** How many rows the last statement has returned so far. */
    public long rowCount() {
        return rowCount;
    }

    JobProgress progress() {
        return progress;
    }

    /** Milliseconds since the launch. */
    public long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - launchNanos);
    }

    /** How long the job has been running: since its text was sent, or, if it was not, since the launch. */
    long elapsedNanos() {
        return System.nanoTime() - startNanos;
    }
}
