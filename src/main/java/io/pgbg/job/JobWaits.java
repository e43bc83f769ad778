package io.pgbg.job;

import io.pgbg.Handle;
import io.pgbg.Outcome;
import io.pgbg.RunOutcome;
import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.Signal;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a session does with its jobs that makes the caller wait for their end, whether or not their rows are read.
 *
 * <p>No wait with a time limit takes longer than a day. Handles are checked as {@link SessionJobs} says; where several
 * are given, those that name no job, or one that the caller may not use, are left out.
 *
 * <p>Used by the thread that waits.
 */
public final class JobWaits {

    private static final long LONGEST_WAIT_MILLIS = 86_400_000;

    /** The time that a job has to end itself when its caller does not wait any longer. */
    private static final long RUN_GRACE_MILLIS = 1000;

    /** How long the caller waits for the end of a job after that grace. */
    private static final long RUN_PATIENCE_MILLIS = 5000;

    private final SessionJobs jobs;
    private final Waiting waiting;

    JobWaits(SessionJobs jobs, Waiting waiting) {
        this.jobs = jobs;
        this.waiting = waiting;
    }

    /** Waits until a job has ended. */
    public void await(Handle handle) throws SQLException {
        any(List.of(jobs.get(handle)), Wait.FOREVER);
    }

    /**
     * Waits until a job has ended, but not for ever.
     *
     * @param timeoutMillis how long; 0 or less only looks
     * @return whether it has ended
     */
    public boolean await(Handle handle, long timeoutMillis) throws SQLException {
        return any(List.of(jobs.get(handle)), clampedNanos(timeoutMillis)) != null;
    }

    /**
     * Waits until one of several jobs has ended.
     *
     * @param timeoutMillis how long; 0 or less for as long as it takes
     * @return the first in the order given that has ended; null if none has in time, or if no handle names a job
     */
    public Handle awaitAny(Collection<Handle> handles, long timeoutMillis) throws SQLException {
        Collection<Job> found = find(handles).values();
        Job ended = found.isEmpty() ? null : any(found, limit(timeoutMillis));
        return ended == null ? null : ended.handle();
    }

    private Map<Handle, Job> find(Collection<Handle> handles) throws SQLException {
        Map<Handle, Job> found = new LinkedHashMap<>();
        for (Handle handle : handles) {
            Job job = jobs.find(handle);
            if (job != null) {
                found.put(handle, job);
            }
        }
        return found;
    }

    private static long limit(long timeoutMillis) {
        return timeoutMillis <= 0 ? Wait.FOREVER : clampedNanos(timeoutMillis);
    }

    /** A caller's time limit, clamped, in nanoseconds. */
    public static long clampedNanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(0, Math.min(millis, LONGEST_WAIT_MILLIS)));
    }

    /**
     * Waits until one of several jobs has ended.
     *
     * @return the first of them that is over, or null if none was in time
     */
    private Job any(Collection<Job> awaited, long nanos) throws SQLException {
        return waiting.during(awaited, wait -> {
            // who only looks changes nothing: a job that waits for its reader goes on waiting
            if (nanos > 0) {
                awaited.forEach(Job::hurry);
            }
            wait.within(nanos, () -> awaited.stream().anyMatch(Job::isOver), signals(awaited));
            return awaited.stream().filter(Job::isOver).findFirst().orElse(null);
        });
    }

    private static List<Signal> signals(Collection<Job> awaited) {
        return awaited.stream().map(Job::changed).toList();
    }

    /**
     * Waits for several jobs under one time limit, and forgets each. A job that has not ended in time runs on.
     *
     * @param handles null elements are left out
     * @param timeoutMillis how long altogether; 0 or less for as long as it takes
     * @return what is known of each, in the order of the handles
     * @throws SQLException the wait's end, which leaves all attached
     */
    public List<Outcome> drain(Collection<Handle> handles, long timeoutMillis) throws SQLException {
        Map<Handle, Job> found = find(handles);
        Collection<Job> awaited = found.values();
        long nanos = limit(timeoutMillis);
        waiting.during(awaited, wait -> {
            awaited.forEach(Job::hurry);
            return wait.within(nanos, () -> awaited.stream().allMatch(Job::isOver), signals(awaited));
        });
        Map<Handle, Outcome> outcomes = new LinkedHashMap<>();
        found.forEach((handle, job) -> outcomes.put(handle, job.facts().outcome()));
        awaited.forEach(jobs::forget);
        return handles.stream().filter(Objects::nonNull)
                .map(handle -> outcomes.getOrDefault(handle, Outcome.unknown(handle))).toList();
    }

    /**
     * Launches a job, waits for its end, and forgets it.
     *
     * @param request submitted or not, its rows are thrown away
     * @param timeoutMillis after which time the job is cancelled, with a second of grace; 0 or less for never
     * @param notices gets the job's notices as they come
     * @throws SQLException as {@link SessionJobs#launch}, or the wait's end, which cancels the job; never the job's own
     *     error
     */
    public RunOutcome run(LaunchContext context, JobRequest request, long timeoutMillis, Consumer<SQLWarning> notices)
            throws SQLException {
        long start = System.nanoTime();
        Job job = jobs.launch(context, request.asRun(), waiting);
        try {
            job.notices().forwardTo(notices);
            boolean timedOut = !awaitOrCancel(job, timeoutMillis);
            return new RunOutcome(job.facts().outcome(), timedOut,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } finally {
            jobs.abandon(job);
        }
    }

    /**
     * Launches a job and returns its result, as its reader gets it. The job is forgotten when the result is read.
     *
     * @param timeoutMillis the time that the job has to its end; then its rows are returned when it has ended. 0 or
     *     less for no limit; then they are returned as they come
     * @param notices gets the job's notices as they come
     * @throws SQLException as {@link SessionJobs#launch}, the job's own error, 57014 when the time is over, or the
     *     wait's end, which cancels the job
     */
    public JobResult runQuery(LaunchContext context, JobRequest request, long timeoutMillis,
            Consumer<SQLWarning> notices) throws SQLException {
        Job job = jobs.launch(context, request, waiting);
        boolean read = false;
        try {
            job.notices().forwardTo(notices);
            if (timeoutMillis > 0 && !awaitOrCancel(job, timeoutMillis)) {
                throw ServerError.error(SQLState.QUERY_CANCELED, "the job did not end within %d ms", timeoutMillis)
                        .context(JobFailure.context(job.pid())).toException();
            }
            JobResult result = waiting.during(List.of(job),
                    wait -> job.read(wait, () -> jobs.attached().remove(job)));
            read = true;
            return result;
        } finally {
            if (!read) {
                jobs.abandon(job);
            }
        }
    }

    /**
     * Waits for the end of a job that has so much time. When the time is over cancels it, and waits for that.
     *
     * @return whether it has ended in time
     */
    private boolean awaitOrCancel(Job job, long timeoutMillis) throws SQLException {
        if (any(List.of(job), limit(timeoutMillis)) != null) {
            return true;
        }
        if (!job.cancel(CancelReason.OVERRUN, RUN_GRACE_MILLIS)) {
            // it has ended in this very moment
            return true;
        }
        any(List.of(job), clampedNanos(RUN_GRACE_MILLIS + RUN_PATIENCE_MILLIS));
        return false;
    }
}
