package io.pgbg.job;

import io.pgbg.JobStatistics;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Counts jobs by how they end. Thread-safe; the lock guards the numbers, so that they always add up. */
public final class JobCounters implements JobObserver {

    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Ending, Long> ended = new EnumMap<>(Ending.class);
    private long launched;
    private double executionMillis;

    @Override
    public void launched(Job job) {
        lock.lock();
        try {
            launched++;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void ended(Job job, JobEnd end) {
        lock.lock();
        try {
            ended.merge(end.ending(), 1L, Long::sum);
            executionMillis += end.elapsedNanos() / NANOS_PER_MILLI;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The numbers as they are now.
     *
     * @param active how many jobs are attached or running, as the caller counts
     * @param maxWorkers the limit to show beside it
     */
    public JobStatistics statistics(int active, int maxWorkers) {
        lock.lock();
        try {
            long all = ended.values().stream().mapToLong(Long::longValue).sum();
            return new JobStatistics(launched, count(Ending.COMPLETED), count(Ending.FAILED), count(Ending.CANCELED),
                    count(Ending.TIMED_OUT), active, all == 0 ? 0 : executionMillis / all, maxWorkers);
        } finally {
            lock.unlock();
        }
    }

    private long count(Ending ending) {
        return ended.getOrDefault(ending, 0L);
    }
}
