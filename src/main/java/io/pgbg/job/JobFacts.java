package io.pgbg.job;

import io.pgbg.ErrorInfo;
import io.pgbg.JobProgress;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What can be told of a job beside its rows: when it ran, how far it has come, how it ended.
 *
 * <p>Thread-safe: written by the thread at work on the job, read by any. What the end brings is written before the job
 * counts as ended.
 */
public final class JobFacts {

    private final Instant launchedAt = Instant.now();
    private final long launchNanos = System.nanoTime();
    private volatile long startNanos = launchNanos;
    private volatile long finishNanos;
    private volatile Instant startedAt;
    private volatile Instant finishedAt;
    private volatile long rowCount;
    private volatile String commandTag;
    private volatile ErrorInfo error;
    private volatile Ending ending;
    private volatile JobProgress progress = JobProgress.NONE;

    void started() {
        startNanos = System.nanoTime();
        startedAt = Instant.now();
    }

    /** More rows of the last statement have come. */
    void counted(long rows) {
        // one writer
        rowCount += rows;
    }

    void reported(JobProgress newProgress) {
        progress = newProgress;
    }

    /**
     * The job has done its work.
     *
     * @param tags its command tags
     */
    void completed(List<String> tags) {
        String last = tags.isEmpty() ? null : tags.get(tags.size() - 1);
        long told = CommandTags.count(last);
        if (told > rowCount) {
            rowCount = told;
        }
        commandTag = last;
        end(Ending.COMPLETED);
    }

    void failed(SQLException failure, Ending how) {
        error = ErrorInfo.of(failure);
        end(how);
    }

    private void end(Ending how) {
        finishNanos = System.nanoTime();
        finishedAt = Instant.now();
        ending = how;
    }

    public Instant launchedAt() {
        return launchedAt;
    }

    /** When the text was sent, or null. */
    Instant startedAt() {
        return startedAt;
    }

    Instant finishedAt() {
        return finishedAt;
    }

    public long rowCount() {
        return rowCount;
    }

    String commandTag() {
        return commandTag;
    }

    public ErrorInfo error() {
        return error;
    }

    /** How it ended, or null. */
    public Ending ending() {
        return ending;
    }

    JobProgress progress() {
        return progress;
    }

    /** For how long it has been known. */
    public long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - launchNanos);
    }

    /** How long it has run, from its start to its end or till now. */
    public long elapsedNanos() {
        return (ending != null ? finishNanos : System.nanoTime()) - startNanos;
    }
}
