package io.pgbg.job;

import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.WorkerSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that all launchers of one source in this JVM can find by pid and cookie, while their own launcher is open
 * and after it has closed. A job whose launcher has closed is kept until it is read or detached. If no launcher has
 * asked for it for {@link #KEPT}, it is detached, ended or not, as it would have been at the closing.
 *
 * <p>Thread-safe.
 */
final class SharedJobs {

    private static final Logger LOG = LoggerFactory.getLogger(SharedJobs.class);

    /** How long a job without a launcher is kept after the last launcher has asked for it. */
    static final Duration KEPT = Duration.ofMinutes(10);

    private static final ConcurrentMap<WorkerSource.Name, SharedJobs> BY_SOURCE = new ConcurrentHashMap<>();

    private final ConcurrentMap<Integer, Shared> jobs = new ConcurrentHashMap<>();

    private final Set<Integer> claimed = ConcurrentHashMap.newKeySet();

    /** A job, its launcher's list, and when a launcher has last asked for it. */
    private static final class Shared {

        private final Job job;
        private final AttachedJobs home;
        private volatile long askedNanos = System.nanoTime();

        Shared(Job job, AttachedJobs home) {
            this.job = job;
            this.home = home;
        }
    }

    private SharedJobs() {
    }

    static SharedJobs of(WorkerSource source) {
        return BY_SOURCE.computeIfAbsent(source.name(), name -> new SharedJobs());
    }

    /** The driver ends: detaches all jobs. */
    static void detachAll() {
        BY_SOURCE.values().forEach(shared -> shared.jobs.values().forEach(one -> {
            shared.remove(one.job);
            one.job.detach();
        }));
        BY_SOURCE.clear();
    }

    /** The pids of jobs that are about to be added. */
    Set<Integer> claimed() {
        return claimed;
    }

    void add(Job job, AttachedJobs home) {
        jobs.put(job.pid(), new Shared(job, home));
    }

    /** The job of a pid, or null. */
    Job find(int pid) {
        Shared shared = jobs.get(pid);
        if (shared == null) {
            return null;
        }
        shared.askedNanos = System.nanoTime();
        return shared.job;
    }

    /** Forgets a job, here and at its launcher. */
    void remove(Job job) {
        Shared shared = jobs.get(job.pid());
        if (shared != null && shared.job == job && jobs.remove(job.pid(), shared)) {
            shared.home.removeOwn(job);
        }
    }

    /** The job's launcher has closed. */
    void orphan(Job job) {
        orphan(job, KEPT);
    }

    void orphan(Job job, Duration kept) {
        Shared shared = jobs.get(job.pid());
        if (shared != null && shared.job == job) {
            shared.askedNanos = System.nanoTime();
            expireLater(shared, kept.toNanos(), kept);
        }
    }

    private void expireLater(Shared shared, long nanos, Duration kept) {
        DriverThreads.runAfter(nanos, TimeUnit.NANOSECONDS, () -> {
            if (jobs.get(shared.job.pid()) != shared) {
                return;
            }
            long left = kept.toNanos() - (System.nanoTime() - shared.askedNanos);
            if (left > 0) {
                expireLater(shared, left, kept);
            } else {
                LOG.debug("{} - job is detached: its launcher has closed, and no other asks for it", shared.job.pid());
                remove(shared.job);
                shared.job.detach();
            }
        });
    }
}
