package io.pgbg.job;

import io.pgbg.JobStatistics;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts jobs by how they end. Thread-safe; the lock guards the numbers, so that they always add up.
 */
public final class JobCounters implements JobObserver {

    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final ReentrantLock lock = new ReentrantLock();
    private long launched;
    private final long[] ended = new long[Ending.values().length];
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
    public void ended(Job job) {
        lock.lock();
        try {
            ended[job.facts().ending().ordinal()]++;
            executionMillis += job.facts().elapsedNanos() / NANOS_PER_MILLI;
        } finally {
            lock.unlock();
        }
    }

    /** The numbers as they are, with two that others know. */
    public JobStatistics statistics(int active, int maxWorkers) {
        lock.lock();
        try {
            long completed = ended[Ending.COMPLETED.ordinal()];
            long failed = ended[Ending.FAILED.ordinal()];
            long canceled = ended[Ending.CANCELED.ordinal()];
            long timedOut = ended[Ending.TIMED_OUT.ordinal()];
            long all = completed + failed + canceled + timedOut;
            return new JobStatistics(launched, completed, failed, canceled, timedOut, active,
                    all == 0 ? 0 : executionMillis / all, maxWorkers);
        } finally {
            lock.unlock();
        }
    }
}
