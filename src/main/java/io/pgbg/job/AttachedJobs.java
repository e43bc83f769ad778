package io.pgbg.job;

import io.pgbg.Handle;
import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.WorkerSource;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The jobs that one launcher knows: its own by pid and, if it shares jobs with other launchers, theirs by pid and
 * cookie.
 *
 * <p>Thread-safe.
 */
public final class AttachedJobs {

    private final ConcurrentMap<Integer, Job> jobs = new ConcurrentHashMap<>();
    private final Set<Integer> claimed = ConcurrentHashMap.newKeySet();
    /** The jobs, and those about to be launched. */
    private final AtomicInteger count = new AtomicInteger();
    /** What this launcher shares with others, or null if it shares nothing or has not launched anything. */
    private volatile SharedJobs shared;
    private volatile boolean closed;

    /** From now on jobs are shared with all launchers of a source that share theirs. */
    public void shareWith(WorkerSource source) {
        if (shared == null) {
            shared = SharedJobs.of(source);
        }
    }

    /** Whether jobs are shared with other launchers. */
    public boolean isShared() {
        return shared != null;
    }

    /**
     * Launches a job and attaches it.
     *
     * @param maximum how many jobs may be attached
     * @throws SQLException 53400 if there are as many already, or the launcher's
     */
    Job launch(int maximum, SqlFunction<PidClaim, Job> launcher) throws SQLException {
        if (count.incrementAndGet() > maximum) {
            count.decrementAndGet();
            throw ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED, "too many background workers")
                    .detail("pg_background.max_workers is %d, and as many workers are attached to this session.",
                            maximum)
                    .hint("Read or detach the results of ended jobs, or raise pg_background.max_workers.")
                    .toException();
        }
        Job job = null;
        Set<Integer> own = new HashSet<>(1);
        try {
            job = launcher.apply(pid -> claim(pid) && own.add(pid));
            attach(job);
            return job;
        } finally {
            // by now the job has it, if there is one
            claims().removeAll(own);
            if (job == null) {
                count.decrementAndGet();
            }
        }
    }

    /** The pids of jobs that are about to be attached. */
    private Set<Integer> claims() {
        SharedJobs others = shared;
        return others == null ? claimed : others.claimed();
    }

    private boolean claim(int pid) {
        Set<Integer> claims = claims();
        if (!claims.add(pid)) {
            return false;
        }
        // in this order, because another launch gives up its claim once its job is attached
        boolean free = !has(pid);
        if (!free) {
            claims.remove(pid);
        }
        return free;
    }

    private void attach(Job job) throws SQLException {
        jobs.put(job.pid(), job);
        SharedJobs others = shared;
        if (others != null) {
            others.add(job, this);
        }
        if (closed && removeOwn(job)) {
            // the launcher was closed meanwhile, and has not seen this job
            if (others != null) {
                others.remove(job);
            }
            job.detach();
            throw ServerError.error(SQLState.CONNECTION_DOES_NOT_EXIST, "This connection has been closed.")
                    .toException();
        }
    }

    /**
     * The launcher's own job of a pid.
     *
     * @throws SQLException 42704 if there is none
     */
    public Job get(int pid) throws SQLException {
        return attached(jobs.get(pid), pid);
    }

    /**
     * The job of a handle.
     *
     * @throws SQLException 42704 if there is none, 55000 if the cookie is another one
     */
    public Job get(Handle handle) throws SQLException {
        Job job = attached(findByPid(handle.pid()), handle.pid());
        if (!job.isNamedBy(handle.cookie())) {
            throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE, "cookie mismatch for PID %d",
                    handle.pid()).toException();
        }
        return job;
    }

    /**
     * The job of a handle, to read its result.
     *
     * @throws SQLException 42704 if there is none, or the cookie is another one
     */
    public Job getForResult(Handle handle) throws SQLException {
        Job job = attached(findByPid(handle.pid()), handle.pid());
        if (!job.isNamedBy(handle.cookie())) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT,
                    "PID %d is not attached to this session (cookie mismatch)", handle.pid()).toException();
        }
        return job;
    }

    private static Job attached(Job job, int pid) throws SQLException {
        if (job == null) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "PID %d is not attached to this session", pid)
                    .toException();
        }
        return job;
    }

    /** The job of a handle, or null if there is none or the cookie is another one. */
    public Job find(Handle handle) {
        Job job = findByPid(handle.pid());
        return job != null && job.isNamedBy(handle.cookie()) ? job : null;
    }

    /** Whether a job has this pid. */
    boolean has(int pid) {
        return findByPid(pid) != null;
    }

    /** The job of a pid, or null if there is none. */
    public Job findByPid(int pid) {
        Job own = jobs.get(pid);
        SharedJobs others = shared;
        return own != null || others == null ? own : others.find(pid);
    }

    /** The job that a process of the launcher's server runs, or null if there is none. */
    public Job findBeside(int process) {
        Job named = findByPid(process);
        if (named != null && named.isBesideLauncher() && named.process() == process) {
            return named;
        }
        return jobs.values().stream().filter(job -> job.isBesideLauncher() && job.process() == process).findFirst()
                .orElse(null);
    }

    /** Whether this launcher has launched the job, and the job is still attached. */
    boolean isOwn(Job job) {
        return jobs.get(job.pid()) == job;
    }

    /** The launcher's own jobs, the oldest first. */
    List<Job> own() {
        List<Job> own = new ArrayList<>(jobs.values());
        own.sort(Comparator.comparing(job -> job.facts().launchedAt()));
        return own;
    }

    /** How many of its own jobs are attached. */
    int size() {
        return jobs.size();
    }

    /** Forgets a job, its own or another launcher's. The job itself goes on. */
    public void remove(Job job) {
        removeOwn(job);
        SharedJobs others = shared;
        if (others != null) {
            others.remove(job);
        }
    }

    boolean removeOwn(Job job) {
        boolean removed = jobs.remove(job.pid(), job);
        if (removed) {
            count.decrementAndGet();
        }
        return removed;
    }

    /**
     * Forgets all its own jobs and returns them; none can be attached any more.
     *
     * @param keepShared whether other launchers can still find those that are shared
     */
    public Collection<Job> close(boolean keepShared) {
        closed = true;
        return letGo(keepShared);
    }

    /**
     * Forgets all its own jobs and returns them.
     *
     * @param keepShared whether all launchers can still find those that are shared, this one included
     */
    public Collection<Job> letGo(boolean keepShared) {
        SharedJobs others = shared;
        List<Job> attached = new ArrayList<>();
        for (Job job : jobs.values()) {
            if (!removeOwn(job)) {
                continue;
            }
            attached.add(job);
            if (others != null && keepShared) {
                others.orphan(job);
            } else if (others != null) {
                others.remove(job);
            }
        }
        return attached;
    }
}
