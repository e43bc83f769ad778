package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The jobs that one launcher knows, by pid.
 *
 * <p>Thread-safe.
 */
public final class AttachedJobs {

    private final ConcurrentMap<Integer, Job> jobs = new ConcurrentHashMap<>();
    /** The jobs, and those about to be launched. */
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean closed;

    /** Makes a job. */
    @FunctionalInterface
    public interface Launcher {

        Job launch() throws SQLException;
    }

    /**
     * Launches a job and attaches it.
     *
     * @param maximum how many jobs may be attached
     * @throws SQLException 53400 when there are as many already, or the launcher's
     */
    public Job launch(int maximum, Launcher launcher) throws SQLException {
        if (count.incrementAndGet() > maximum) {
            count.decrementAndGet();
            throw ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED, "too many background workers")
                    .detail("pg_background.max_workers is %d, and as many workers are attached to this session.",
                            maximum)
                    .hint("Read or detach the results of ended jobs, or raise pg_background.max_workers.")
                    .toException();
        }
        Job job = null;
        try {
            job = launcher.launch();
            jobs.put(job.pid(), job);
            if (closed && jobs.remove(job.pid(), job)) {
                // the launcher was closed meanwhile, and has not seen this one
                job.detach();
                throw ServerError.error(SQLState.CONNECTION_DOES_NOT_EXIST, "This connection has been closed.")
                        .toException();
            }
            return job;
        } finally {
            if (job == null) {
                count.decrementAndGet();
            }
        }
    }

    /**
     * The job of a pid.
     *
     * @throws SQLException 42704 when there is none
     */
    public Job get(int pid) throws SQLException {
        Job job = jobs.get(pid);
        if (job == null) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "PID %d is not attached to this session", pid)
                    .toException();
        }
        return job;
    }

    /** Forgets a job, which itself goes on. */
    public void remove(Job job) {
        if (jobs.remove(job.pid(), job)) {
            count.decrementAndGet();
        }
    }

    /** Forgets all jobs, and gives them; none can be attached any more. */
    public Collection<Job> close() {
        closed = true;
        List<Job> attached = new ArrayList<>();
        for (Job job : jobs.values()) {
            if (jobs.remove(job.pid(), job)) {
                attached.add(job);
            }
        }
        return attached;
    }
}
