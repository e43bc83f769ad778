package io.pgbg.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pgbg.DriverStatistics;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * Binds what {@link DriverStatistics} tells of the driver, of all connections of this JVM together:
 *
 * <ul>
 * <li>{@code pgbg.jobs}: how many jobs have ended, by {@code outcome} (completed, failed, canceled, timed_out);
 * <li>{@code pgbg.jobs.running}: how many have not;
 * <li>{@code pgbg.jobs.execution}: how long they took;
 * <li>{@code pgbg.jobs.launch}: how many were launched, and how long it took until they had a background connection;
 * <li>{@code pgbg.launches.waiting}: how many launches wait for one;
 * <li>{@code pgbg.launches.exhausted}: how many have found none;
 * <li>{@code pgbg.workers}: how many background connections for jobs there are, by {@code state} (busy, idle);
 * <li>{@code pgbg.workers.max}: how many there may be;
 * <li>{@code pgbg.relayed.calls}: how many calls of functions on the server were answered.
 * </ul>
 *
 * <p>Reading them asks no server. Thread-safe.
 */
public final class PgbgMetrics implements MeterBinder {

    private static final Numbers NUMBERS = new Numbers();

    private final Tags tags;

    /** What the meters read; they hold it by a weak reference, so it lives as long as the class. */
    private static final class Numbers {

        DriverStatistics now() {
            return DriverStatistics.now();
        }

        long ended() {
            DriverStatistics now = now();
            return now.completed() + now.failed() + now.canceled() + now.timedOut();
        }

        double sum(ToIntFunction<DriverStatistics.Workers> number) {
            return now().workers().stream().mapToInt(number).sum();
        }
    }

    /** Metrics without tags of the application's. */
    public PgbgMetrics() {
        this(Tags.empty());
    }

    /**
     * Metrics with tags.
     *
     * @param tags of all of them
     */
    public PgbgMetrics(Iterable<Tag> tags) {
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        ended(registry, "completed", DriverStatistics::completed);
        ended(registry, "failed", DriverStatistics::failed);
        ended(registry, "canceled", DriverStatistics::canceled);
        ended(registry, "timed_out", DriverStatistics::timedOut);
        gauge(registry, "pgbg.jobs.running", "Jobs that have not ended", tags, numbers -> numbers.now().running());
        FunctionTimer.builder("pgbg.jobs.execution", NUMBERS, Numbers::ended, numbers -> numbers.now().executionMillis(),
                TimeUnit.MILLISECONDS).description("How long the jobs took that have ended").tags(tags).register(registry);
        FunctionTimer.builder("pgbg.jobs.launch", NUMBERS, numbers -> numbers.now().launched(),
                numbers -> numbers.now().launchMillis(), TimeUnit.MILLISECONDS)
                .description("How long launches took until their jobs had a background connection").tags(tags)
                .register(registry);
        gauge(registry, "pgbg.launches.waiting", "Launches that wait for a background connection", tags,
                numbers -> numbers.sum(DriverStatistics.Workers::waiting));
        counter(registry, "pgbg.launches.exhausted", "Launches that have found no background connection", tags,
                DriverStatistics::exhausted);
        gauge(registry, "pgbg.workers", "Background connections for jobs", tags.and("state", "busy"),
                numbers -> numbers.sum(workers -> workers.open() - workers.idle()));
        gauge(registry, "pgbg.workers", "Background connections for jobs", tags.and("state", "idle"),
                numbers -> numbers.sum(DriverStatistics.Workers::idle));
        gauge(registry, "pgbg.workers.max", "How many background connections for jobs there may be", tags,
                numbers -> numbers.sum(DriverStatistics.Workers::maximum));
        counter(registry, "pgbg.relayed.calls", "Calls of functions on the server that were answered", tags,
                DriverStatistics::relayedCalls);
    }

    private void ended(MeterRegistry registry, String outcome, ToLongFunction<DriverStatistics> number) {
        counter(registry, "pgbg.jobs", "Jobs that have ended", tags.and("outcome", outcome), number);
    }

    private static void counter(MeterRegistry registry, String name, String description, Tags tags,
            ToLongFunction<DriverStatistics> number) {
        FunctionCounter.builder(name, NUMBERS, numbers -> number.applyAsLong(numbers.now())).description(description)
                .tags(tags).register(registry);
    }

    private static void gauge(MeterRegistry registry, String name, String description, Tags tags,
            ToDoubleFunction<Numbers> number) {
        Gauge.builder(name, NUMBERS, number).description(description).tags(tags).register(registry);
    }
}
