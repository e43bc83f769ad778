package io.pgbg.job;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobStatistics;
import io.pgbg.Outcome;
import io.pgbg.ResultInfo;
import io.pgbg.RunOutcome;
import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.OnExhaustion;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What a session does with its jobs: the functions without their SQL.
 *
 * <p>Times that are given are clamped: waiting to {@link #LONGEST_WAIT_MILLIS}, grace to {@link #LONGEST_GRACE_MILLIS}.
 * A handle that is none gives 42704, one with another cookie 55000 (42704 where a result is read), unless a method says
 * otherwise. A handle of somebody else's job is checked by the {@link Access} of the session.
 *
 * <p>Thread-safe.
 */
public final class SessionJobs {

    /** No wait with a time is longer. */
    public static final long LONGEST_WAIT_MILLIS = 86_400_000;

    /** No grace is longer. */
    public static final long LONGEST_GRACE_MILLIS = 3_600_000;

    /** What a job that takes too long for {@link #run} has to end itself. */
    private static final long RUN_GRACE_MILLIS = 1000;

    /** How long {@link #run} waits for the end of a job whose session it has ended. */
    private static final long RUN_PATIENCE_MILLIS = 5000;

    private final AttachedJobs attached;
    private final JobCounters counters;
    private final JobObserver observer;
    private final Access access;

    /** Decides who may do something with a job. */
    @FunctionalInterface
    public interface Access {

        /**
         * Refuses somebody else's job.
         *
         * @param own whether this session has launched it
         * @throws SQLException 42501
         */
        void check(Job job, boolean own) throws SQLException;
    }

    /**
     * @param access asked before anything is done with a job
     * @param jvm told of each job, beside this session's own count
     */
    public SessionJobs(Access access, JobObserver jvm) {
        this.attached = new AttachedJobs();
        this.counters = new JobCounters();
        this.observer = JobObserver.all(counters, jvm);
        this.access = access;
    }

    private SessionJobs(SessionJobs session, Access access) {
        this.attached = session.attached;
        this.counters = session.counters;
        this.observer = session.observer;
        this.access = access;
    }

    /** The same jobs for somebody who acts in the session with other rights. */
    public SessionJobs withAccess(Access others) {
        return new SessionJobs(this, others);
    }

    /** The jobs that are attached. */
    public AttachedJobs attached() {
        return attached;
    }

    /**
     * Launches a job, or submits it if the request says so. A launched job may not have been sent yet when this
     * returns; a submitted one has been, and commits even if this process dies. Under {@link OnExhaustion#SYNC} a job
     * without room has ended when this returns.
     *
     * @throws SQLException 53400 and 53000 when there is no room, the server's when the worker cannot take on the
     *     session, or the wait's end
     */
    public Job launch(LaunchContext context, JobRequest request, Waiting waiting) throws SQLException {
        Job job = attached.launch(context.maxWorkers(), () -> waiting.during(List.of(),
                wait -> Job.launch(context, request, observer, wait)));
        boolean launched = false;
        try {
            if (request.submitted()) {
                waiting.during(List.of(), wait -> {
                    job.awaitSent(wait);
                    return job;
                });
            }
            if (job.isBeyondLimit()) {
                await(List.of(job), Wait.FOREVER, waiting);
            }
            launched = true;
            return job;
        } finally {
            if (!launched) {
                // nobody gets to know its pid
                job.cancel();
                forget(job);
            }
        }
    }

    /** The job of a handle, for everything but its result. */
    public Job get(Handle handle) throws SQLException {
        return allowed(attached.get(handle));
    }

    /** The job of a handle, to have its result read. */
    public Job getForResult(Handle handle) throws SQLException {
        return allowed(attached.getForResult(handle));
    }

    /** The session's own job of a pid, as version 1 of the functions names them. */
    public Job get(int pid) throws SQLException {
        return allowed(attached.get(pid));
    }

    private Job allowed(Job job) throws SQLException {
        access.check(job, attached.isOwn(job));
        return job;
    }

    /** The session's own jobs that the caller may do something with. */
    private List<Job> own() throws SQLException {
        List<Job> jobs = new ArrayList<>();
        for (Job job : attached.own()) {
            if (isAllowed(job)) {
                jobs.add(job);
            }
        }
        return jobs;
    }

    private boolean isAllowed(Job job) throws SQLException {
        try {
            allowed(job);
            return true;
        } catch (SQLException e) {
            if (SQLState.INSUFFICIENT_PRIVILEGE.isStateOf(e)) {
                return false;
            }
            throw e;
        }
    }

    /** The job of a handle that is one and may be used, otherwise null. */
    private Job find(Handle handle) throws SQLException {
        Job job = handle == null ? null : attached.find(handle);
        return job != null && isAllowed(job) ? job : null;
    }

    /** Forgets a job; it runs on and commits. */
    public void detach(Handle handle) throws SQLException {
        forget(get(handle));
    }

    /** Forgets a job; it runs on and commits. */
    public void forget(Job job) {
        attached.remove(job);
        job.detach();
    }

    /**
     * Ends a job: asks at once, and again until it has ended. Returns at once, whether it ends or not; a job that has
     * ended stays as it is.
     *
     * @param graceMillis for how long the job is only asked; after that its session is ended, which undoes its open
     *     transaction as the cancel would have. 0 leaves the time to the driver: ten seconds
     */
    public void cancel(Handle handle, long graceMillis) throws SQLException {
        cancel(get(handle), graceMillis);
    }

    /**
     * The same for a job that the caller has.
     *
     * @return whether it had not ended
     */
    public static boolean cancel(Job job, long graceMillis) {
        long grace = graceMillis <= 0 ? Job.DEFAULT_GRACE_MILLIS : Math.min(graceMillis, LONGEST_GRACE_MILLIS);
        return job.cancel(CancelReason.REQUESTED, grace);
    }

    /**
     * Ends all jobs of this session that have not ended.
     *
     * @return how many those are
     */
    public int cancelAll(long graceMillis) throws SQLException {
        return (int) own().stream().filter(job -> cancel(job, graceMillis)).count();
    }

    /**
     * Ends the jobs of this session whose label is like a pattern.
     *
     * @param pattern as LIKE takes it
     * @return how many have not ended before
     * @throws SQLException 22025 when the pattern ends with a backslash
     */
    public int cancelByLabel(String pattern, long graceMillis) throws SQLException {
        LikePattern like = LikePattern.of(pattern);
        return (int) own().stream()
                .filter(job -> job.request().label() != null && like.matches(job.request().label()))
                .filter(job -> cancel(job, graceMillis)).count();
    }

    /**
     * Forgets all jobs of this session.
     *
     * @return how many
     */
    public int detachAll() throws SQLException {
        return forgetIf(job -> true);
    }

    /**
     * Forgets those jobs of this session that have ended.
     *
     * @return how many
     */
    public int purge() throws SQLException {
        return forgetIf(Job::isOver);
    }

    private int forgetIf(Predicate<Job> condition) throws SQLException {
        List<Job> chosen = own().stream().filter(condition).toList();
        chosen.forEach(this::forget);
        return chosen.size();
    }

    /** Waits until a job has ended, whether anybody reads its rows or not. */
    public void await(Handle handle, Waiting waiting) throws SQLException {
        await(List.of(get(handle)), Wait.FOREVER, waiting);
    }

    /**
     * Waits until a job has ended, but not for ever.
     *
     * @param timeoutMillis how long; 0 or less only looks
     * @return whether it has ended
     */
    public boolean await(Handle handle, long timeoutMillis, Waiting waiting) throws SQLException {
        return await(List.of(get(handle)), clampedNanos(timeoutMillis), waiting) != null;
    }

    /**
     * Waits until one of several jobs has ended. Handles that are none are left out.
     *
     * @param timeoutMillis how long; 0 or less for as long as it takes
     * @return the first in the order given that has ended; null when none has in time, or none of the handles is one
     */
    public Handle awaitAny(Collection<Handle> handles, long timeoutMillis, Waiting waiting) throws SQLException {
        List<Job> jobs = new ArrayList<>();
        for (Handle handle : handles) {
            Job job = find(handle);
            if (job != null) {
                jobs.add(job);
            }
        }
        if (jobs.isEmpty()) {
            return null;
        }
        Job ended = await(jobs, timeoutMillis <= 0 ? Wait.FOREVER : clampedNanos(timeoutMillis), waiting);
        return ended == null ? null : ended.handle();
    }

    private static Job await(List<Job> jobs, long nanos, Waiting waiting) throws SQLException {
        return waiting.during(jobs, wait -> Job.awaitAny(jobs, wait, nanos));
    }

    /** A time that was given, clamped, in nanoseconds. */
    public static long clampedNanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(0, Math.min(millis, LONGEST_WAIT_MILLIS)));
    }

    /** The session's own jobs, the oldest first. */
    public List<JobInfo> list() throws SQLException {
        return own().stream().map(Job::info).toList();
    }

    /** What has become of the session's jobs. */
    public JobStatistics statistics(int maxWorkers) {
        return counters.statistics(attached.size(), maxWorkers);
    }

    public ResultInfo resultInfo(Handle handle) throws SQLException {
        return get(handle).resultInfo();
    }

    /** The error that has ended a job, or null. */
    public ErrorInfo errorInfo(Handle handle) throws SQLException {
        return get(handle).errorInfo();
    }

    /** What is known of a job; of a handle that is none nothing, and no error is raised. */
    public Outcome outcome(Handle handle) throws SQLException {
        Job job = find(handle);
        return job == null ? Outcome.unknown(handle) : job.outcome();
    }

    /** A job's SQL, or its first 64 kB. */
    public String fullSql(Handle handle) throws SQLException {
        return get(handle).fullSql();
    }

    /**
     * How far a job has come: as it reports itself, or, when it reports nothing and the server knows, as the server
     * does.
     */
    public JobProgress progress(Handle handle) throws SQLException {
        return progress(get(handle));
    }

    /** The same for a job that the caller has. */
    public static JobProgress progress(Job job) throws SQLException {
        JobProgress reported = job.progress();
        return reported != JobProgress.NONE || job.isOver() ? reported : ServerProgress.of(job);
    }

    /**
     * Launches a job, waits for its end, and forgets it.
     *
     * @param request submitted or not, nobody gets its rows
     * @param timeoutMillis after which time the job is cancelled, with a second of grace; 0 or less for never
     * @param notices gets the job's notices as they come
     * @throws SQLException as {@link #launch}, or the wait's end, which cancels the job; never the job's own error
     */
    public RunOutcome run(LaunchContext context, JobRequest request, long timeoutMillis, Waiting waiting,
            Consumer<SQLWarning> notices) throws SQLException {
        long start = System.nanoTime();
        Job job = launch(context, request.asSubmitted(), waiting);
        boolean ended = false;
        try {
            job.notices().forwardTo(notices);
            boolean timedOut = !awaitOrCancel(job, timeoutMillis, waiting);
            ended = true;
            return new RunOutcome(job.outcome(), timedOut, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } finally {
            leave(job, ended);
        }
    }

    /**
     * Launches a job and gives its rows, as its reader gets them; the job is forgotten when they are read.
     *
     * @param timeoutMillis the time it has to its end; then its rows are given when it has ended. 0 or less for no end;
     *     then they are given as they come
     * @param notices gets the job's notices as they come
     * @throws SQLException as {@link #launch}, the job's own error, 57014 when the time is over, or the wait's end,
     *     which cancels the job
     */
    public JobResult runQuery(LaunchContext context, JobRequest request, long timeoutMillis, Waiting waiting,
            Consumer<SQLWarning> notices) throws SQLException {
        Job job = launch(context, request, waiting);
        boolean read = false;
        try {
            job.notices().forwardTo(notices);
            if (timeoutMillis > 0 && !awaitOrCancel(job, timeoutMillis, waiting)) {
                throw ServerError.error(SQLState.QUERY_CANCELED, "the job did not end within %d ms", timeoutMillis)
                        .context("background worker, pid " + job.pid()).toException();
            }
            JobResult result = waiting.during(List.of(job), wait -> job.read(wait, () -> attached.remove(job)));
            read = true;
            return result;
        } finally {
            if (!read) {
                leave(job, job.isOver());
            }
        }
    }

    /** Waits for a job that has so much time; cancels it then, and waits for its end. */
    private static boolean awaitOrCancel(Job job, long timeoutMillis, Waiting waiting) throws SQLException {
        if (timeoutMillis <= 0) {
            await(List.of(job), Wait.FOREVER, waiting);
            return true;
        }
        if (await(List.of(job), clampedNanos(timeoutMillis), waiting) != null) {
            return true;
        }
        if (!job.cancel(CancelReason.OVERRUN, RUN_GRACE_MILLIS)) {
            // it has ended in this very moment
            return true;
        }
        await(List.of(job), clampedNanos(RUN_GRACE_MILLIS + RUN_PATIENCE_MILLIS), waiting);
        return false;
    }

    /** The last of a job whose pid nobody knows. */
    private void leave(Job job, boolean ended) {
        if (!ended) {
            job.cancel();
        }
        forget(job);
    }

    /**
     * Waits for several jobs under one deadline, and forgets each. A job that has not ended in time runs on.
     *
     * @param handles null elements are left out
     * @param timeoutMillis how long altogether; 0 or less for as long as it takes
     * @return what is known of each, in the order of the handles; nothing of a handle that is none
     * @throws SQLException the wait's end, which leaves all attached
     */
    public List<Outcome> drain(Collection<Handle> handles, long timeoutMillis, Waiting waiting) throws SQLException {
        List<Handle> wanted = handles.stream().filter(Objects::nonNull).toList();
        Map<Handle, Job> jobs = new LinkedHashMap<>();
        for (Handle handle : wanted) {
            Job job = find(handle);
            if (job != null) {
                jobs.put(handle, job);
            }
        }
        long nanos = timeoutMillis <= 0 ? Wait.FOREVER : clampedNanos(timeoutMillis);
        waiting.during(jobs.values(), wait -> Job.awaitAll(jobs.values(), wait, nanos));
        Map<Handle, Outcome> outcomes = new LinkedHashMap<>();
        jobs.forEach((handle, job) -> outcomes.put(handle, job.outcome()));
        jobs.values().forEach(this::forget);
        return wanted.stream().map(handle -> outcomes.getOrDefault(handle, Outcome.unknown(handle))).toList();
    }
}
