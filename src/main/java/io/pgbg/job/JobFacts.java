package io.pgbg.job;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.ResultInfo;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What can be told of a job at any time without reading it: when it was launched and sent, how many rows have come,
 * what it has reported, and, when it is over, its end.
 *
 * <p>Thread-safe: written by the thread that runs the job, read by any. Each answer takes the end from one moment.
 */
public final class JobFacts {

    private final Handle handle;
    private final JobRequest request;
    private final RowHandover handover;
    private final JobPlace place;
    private final Instant launchedAt = Instant.now();
    private final long launchNanos = System.nanoTime();
    private volatile long startNanos = launchNanos;
    private volatile Instant startedAt;
    private volatile long fetchedRows;
    private volatile JobProgress progress = JobProgress.NONE;

    JobFacts(Handle handle, JobRequest request, RowHandover handover, JobPlace place) {
        this.handle = handle;
        this.request = request;
        this.handover = handover;
        this.place = place;
    }

    /** The text is about to be sent. A second time does not count. */
    void started() {
        if (startedAt == null) {
            startNanos = System.nanoTime();
            startedAt = Instant.now();
        }
    }

    /** More rows of the last statement have come. */
    void addRows(long rows) {
        // only one thread writes
        fetchedRows += rows;
    }

    void report(JobProgress reported) {
        progress = reported;
    }

    /** The progress that the job has reported last. */
    JobProgress progress() {
        return progress;
    }

    /** Whether the job is to end, or has ended, because it was cancelled. */
    boolean isCancelled() {
        return handover.cancelReason() != null;
    }

    /** When the job was launched. */
    public Instant launchedAt() {
        return launchedAt;
    }

    /** Milliseconds since the launch. */
    public long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - launchNanos);
    }

    /** How long the job has been running: since its text was sent, or, if it was not, since the launch. */
    long elapsedNanos() {
        return System.nanoTime() - startNanos;
    }

    /** How many rows the last statement has returned or affected so far, as far as the server has told. */
    public long rowCount() {
        return rowCount(handover.end());
    }

    private long rowCount(JobEnd end) {
        return end == null ? fetchedRows : end.rowCount();
    }

    /** The server that the job runs on: host and port. */
    public String server() {
        return place.server();
    }

    /** Whether a cancel comes too late. */
    boolean isBeyondCancel() {
        return handover.isBeyondCancel();
    }

    /** How far the job has come. */
    public JobState state() {
        return state(handover.end());
    }

    private JobState state(JobEnd end) {
        if (end != null) {
            return end.state();
        }
        return startedAt == null ? JobState.STARTING : JobState.RUNNING;
    }

    /** The error that has ended the job, or null. */
    public ErrorInfo errorInfo() {
        return error(handover.end());
    }

    private static ErrorInfo error(JobEnd end) {
        return end == null ? null : end.error();
    }

    /** The job with its state and, when it is over, how it ended. */
    public Outcome outcome() {
        JobEnd end = handover.end();
        JobState state = state(end);
        ErrorInfo error = error(end);
        return new Outcome(handle, state, handover.isTaken(), state == JobState.STOPPED, error != null, rowCount(end),
                end == null ? null : end.commandTag(), error == null ? null : error.sqlState(),
                error == null ? null : error.message(), request.label(), launchedAt);
    }

    /** The job's result without its rows. */
    public ResultInfo resultInfo() {
        JobEnd end = handover.end();
        return new ResultInfo(rowCount(end), end == null ? null : end.commandTag(), state(end) == JobState.STOPPED,
                error(end) != null, startedAt, end == null ? null : end.finishedAt());
    }

    /** The job as an element of a list. */
    public JobInfo info() {
        JobEnd end = handover.end();
        ErrorInfo error = error(end);
        return new JobInfo(handle, launchedAt, request.userId(), request.queueSize(), state(end), request.sqlPreview(),
                error == null ? null : error.message(), handover.isTaken(), request.label(), place.server());
    }
}
