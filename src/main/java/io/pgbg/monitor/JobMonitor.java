package io.pgbg.monitor;

import io.pgbg.DriverStatistics;
import io.pgbg.JobStatistics;
import io.pgbg.job.CancelReason;
import io.pgbg.job.Job;
import io.pgbg.job.JobCounters;
import io.pgbg.job.JobEnd;
import io.pgbg.job.JobObserver;
import io.pgbg.worker.PoolObserver;
import io.pgbg.worker.WorkerPools;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts and lists all jobs of this JVM, or, more exactly, of this driver's class loader in it.
 *
 * <p>Thread-safe.
 */
public final class JobMonitor implements JobObserver, PoolObserver {

    public static final JobMonitor INSTANCE = new JobMonitor();

    static {
        WorkerPools.observe(INSTANCE);
    }

    private final JobCounters counters = new JobCounters();
    private final Set<Job> running = ConcurrentHashMap.newKeySet();
    private final LongAdder exhausted = new LongAdder();
    private final LongAdder relayedCalls = new LongAdder();

    private JobMonitor() {
    }

    @Override
    public void launched(Job job) {
        counters.launched(job);
        running.add(job);
        JobRecorder.get().launched(job);
    }

    @Override
    public void ended(Job job, JobEnd end) {
        running.remove(job);
        counters.ended(job, end);
        JobRecorder.get().ended(job, end);
    }

    @Override
    public void canceled(Job job, CancelReason reason) {
        JobRecorder.get().canceled(job, reason);
    }

    @Override
    public void poolsChanged() {
        Management.update();
    }

    @Override
    public void exhausted(String source, String limit) {
        exhausted.increment();
        JobRecorder.get().exhausted(source, limit);
    }

    /** The jobs that have not ended, the oldest first. */
    public List<Job> running() {
        return running.stream().sorted(Comparator.comparing(job -> job.facts().launchedAt())).toList();
    }

    /** A call of a function on the server is about to be answered. */
    public void relayed() {
        relayedCalls.increment();
    }

    JobStatistics statistics() {
        return counters.statistics(running.size(), 0);
    }

    /** What the whole driver has done. */
    public DriverStatistics driverStatistics() {
        JobStatistics jobs = statistics();
        JobCounters.Times times = counters.times();
        return new DriverStatistics(jobs.launched(), jobs.completed(), jobs.failed(), jobs.canceled(), jobs.timedOut(),
                jobs.active(), times.executions(), times.launches(), exhausted.sum(), relayedCalls.sum(),
                WorkerPools.uses().stream().map(use -> new DriverStatistics.Workers(use.getSource(), use.getOpen(),
                        use.getIdle(), use.getMaximum(), use.getWaiting())).toList());
    }
}
