package io.pgbg.job;

import io.pgbg.JobStatistics;
import io.pgbg.wire.Lock;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Counts jobs by how they end. Thread-safe; the lock guards the numbers, so that they always add up. */
public final class JobCounters implements JobObserver {

    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Lock lock = new Lock();
    private final Map<Ending, Long> ended = new EnumMap<>(Ending.class);
    private long launched;
    private double launchMillis;
    private double executionMillis;

    @Override
    public void launched(Job job) {
        try (var held = lock.hold()) {
            launched++;
            launchMillis += job.launchNanos() / NANOS_PER_MILLI;
        }
    }

    @Override
    public void ended(Job job, JobEnd end) {
        try (var held = lock.hold()) {
            ended.merge(end.ending(), 1L, Long::sum);
            executionMillis += end.elapsedNanos() / NANOS_PER_MILLI;
        }
    }

    /**
     * How long things took altogether, in milliseconds.
     *
     * @param launches until jobs had a worker
     * @param executions of jobs that have ended
     */
    public record Times(double launches, double executions) {
    }

    public Times times() {
        try (var held = lock.hold()) {
            return new Times(launchMillis, executionMillis);
        }
    }

    /**
     * The numbers as they are now.
     *
     * @param active how many jobs are attached or running, as the caller counts
     * @param maxWorkers the limit to show beside it
     */
    public JobStatistics statistics(int active, int maxWorkers) {
        try (var held = lock.hold()) {
            long all = ended.values().stream().mapToLong(Long::longValue).sum();
            return new JobStatistics(launched, count(Ending.COMPLETED), count(Ending.FAILED), count(Ending.CANCELED),
                    count(Ending.TIMED_OUT), active, all == 0 ? 0 : executionMillis / all, maxWorkers);
        }
    }

    private long count(Ending ending) {
        return ended.getOrDefault(ending, 0L);
    }
}
