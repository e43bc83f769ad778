package io.pgbg.job;

import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobStatistics;
import io.pgbg.Outcome;
import io.pgbg.SQLState;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.OnExhaustion;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a session does with its jobs: launch, find, cancel, list and forget them. {@link JobWaits} waits for them.
 *
 * <p>Unless a method says otherwise, a handle that names no job gives 42704, and one with another cookie 55000 (42704
 * where a result is read). The session's {@link Access} decides about each job that is used.
 *
 * <p>Thread-safe.
 */
public final class SessionJobs {

    private final AttachedJobs attached;
    private final JobCounters counters;
    private final JobObserver observer;
    private final Access access;

    /** Decides who may use a job. */
    @FunctionalInterface
    public interface Access {

        /**
         * Refuses the job of another role.
         *
         * @param own whether this session has launched it
         * @throws SQLException 42501
         */
        void check(Job job, boolean own) throws SQLException;
    }

    /**
     * @param access asked before anything is done with a job
     * @param jvm told of each job, beside this session's own counters
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

    /** The same jobs for a caller that acts in the session with other rights. */
    public SessionJobs withAccess(Access others) {
        return new SessionJobs(this, others);
    }

    /** The same jobs, for a caller that waits for them. */
    public JobWaits waits(Waiting waiting) {
        return new JobWaits(this, waiting);
    }

    /** The jobs that are attached. */
    public AttachedJobs attached() {
        return attached;
    }

    /**
     * Launches a job, or submits it if the request says so. A launched job may not have been sent yet when this
     * returns; a submitted one has been, and commits even if this process dies. Under {@link OnExhaustion#SYNC} a job
     * beyond the limit of workers has ended when this returns.
     *
     * @throws SQLException 53400 and 53000 if there is no room, the server's if the worker cannot take on the session,
     *     or the wait's end
     */
    public Job launch(LaunchContext context, JobRequest request, Waiting waiting) throws SQLException {
        Job job = attached.launch(context.maxWorkers(), pids -> waiting.during(List.of(),
                wait -> JobLaunch.launch(context, request, observer, pids, wait)));
        boolean launched = false;
        try {
            if (request.submitted()) {
                waiting.during(List.of(), wait -> {
                    job.awaitSent(wait);
                    return job;
                });
            }
            if (job.isBeyondLimit()) {
                waiting.during(List.of(job), wait -> job.awaitOver(wait, Wait.FOREVER));
            }
            launched = true;
            return job;
        } finally {
            if (!launched) {
                abandon(job);
            }
        }
    }

    /** The job of a handle, for everything but its result. */
    public Job get(Handle handle) throws SQLException {
        return allowed(attached.get(handle));
    }

    /** The job of a handle, to read its result. */
    public Job getForResult(Handle handle) throws SQLException {
        return allowed(attached.getForResult(handle));
    }

    /** What a job reports of its progress; nothing for a handle whose pid has no job. */
    public JobProgress progress(Handle handle) throws SQLException {
        return attached.has(handle.pid()) ? get(handle).progress() : JobProgress.NONE;
    }

    /** The session's own job of a pid, as version 1 of the functions names jobs. */
    public Job get(int pid) throws SQLException {
        return allowed(attached.get(pid));
    }

    private Job allowed(Job job) throws SQLException {
        access.check(job, attached.isOwn(job));
        return job;
    }

    /** The session's own jobs that the caller may use. */
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

    /** The job of a handle; null if the handle is null or names no job, or if the caller may not use the job. */
    Job find(Handle handle) throws SQLException {
        Job job = handle == null ? null : attached.find(handle);
        return job != null && isAllowed(job) ? job : null;
    }

    /** Forgets a job; it runs on and commits. */
    public void forget(Job job) {
        attached.remove(job);
        job.detach();
    }

    /** Forgets a job whose pid is known to no caller, and cancels it if it has not ended. */
    void abandon(Job job) {
        job.cancel();
        forget(job);
    }

    /**
     * Ends all jobs of this session that have not ended, as {@link Job#cancel(long)} does.
     *
     * @return how many those are
     */
    public int cancelAll(long graceMillis) throws SQLException {
        return cancelIf(job -> true, graceMillis);
    }

    /**
     * Ends the jobs of this session whose label matches a pattern.
     *
     * @param pattern a pattern of LIKE
     * @return how many had not ended before
     * @throws SQLException 22025 if the pattern ends with a backslash
     */
    public int cancelByLabel(String pattern, long graceMillis) throws SQLException {
        LikePattern like = LikePattern.of(pattern);
        return cancelIf(job -> job.request().label() != null && like.matches(job.request().label()), graceMillis);
    }

    private int cancelIf(Predicate<Job> condition, long graceMillis) throws SQLException {
        return (int) own().stream().filter(condition).filter(job -> job.cancel(graceMillis)).count();
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
     * Forgets the jobs of this session that have ended.
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

    /** The session's own jobs, the oldest first. */
    public List<JobInfo> list() throws SQLException {
        return own().stream().map(job -> job.facts().info()).toList();
    }

    /**
     * How the session's jobs have ended so far.
     *
     * @param maxWorkers the limit to show beside the numbers
     */
    public JobStatistics statistics(int maxWorkers) {
        return counters.statistics(attached.size(), maxWorkers);
    }

    /** What is known of a job; of a handle that names none, nothing, and no error is raised. */
    public Outcome outcome(Handle handle) throws SQLException {
        Job job = find(handle);
        return job == null ? Outcome.unknown(handle) : job.facts().outcome();
    }
}
