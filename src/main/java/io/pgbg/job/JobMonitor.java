package io.pgbg.job;

import io.pgbg.JobStatistics;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Watches over all jobs of this JVM, or rather of this driver's class loader in it.
 *
 * <p>Thread-safe.
 */
final class JobMonitor implements JobObserver {

    static final JobMonitor INSTANCE = new JobMonitor();

    private final JobCounters counters = new JobCounters();
    private final Set<Job> running = ConcurrentHashMap.newKeySet();

    private JobMonitor() {
    }

    @Override
    public void launched(Job job) {
        counters.launched(job);
        running.add(job);
        JobRecorder.get().launched(job);
    }

    @Override
    public void ended(Job job) {
        running.remove(job);
        counters.ended(job);
        JobRecorder.get().ended(job);
    }

    /** The jobs that have not ended, the oldest first. */
    List<Job> running() {
        return running.stream().sorted(Comparator.comparing(job -> job.facts().launchedAt())).toList();
    }

    JobStatistics statistics() {
        return counters.statistics(running.size(), 0);
    }
}
