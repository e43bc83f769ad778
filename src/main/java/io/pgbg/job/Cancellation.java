package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server to cancel a job, and asks again until the job has ended. A single cancel request may be lost: it may
 * arrive before the statement does, or not at all, and the client is not told. When the time of grace is over the
 * session is ended with {@code pg_terminate_backend}; no process is killed. If the end of it does not arrive, because
 * the network keeps silent, the worker's connection is given up.
 *
 * <p>Thread-safe. Each attempt runs on a thread of the driver's, one at a time.
 */
final class Cancellation {

    private static final Logger LOG = LoggerFactory.getLogger(Cancellation.class);

    /** The pause after the first attempt; each is twice as long as the one before it. */
    private static final long FIRST_PAUSE_MILLIS = 2;

    private static final long LONGEST_PAUSE_MILLIS = 1000;

    /** After so many requests of the protocol, the cancel is asked for in SQL, over another connection. */
    private static final int PROTOCOL_ATTEMPTS = 12;

    /** How long connecting may take. */
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How soon a job that was at rest may be expected to have ended by itself. */
    private static final long AT_REST_MILLIS = 1000;

    /** How long after the grace the worker's connection is given up, if the server has said that it ends it. */
    private static final long HEARD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The same if the server cannot be reached. */
    private static final long UNHEARD_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How long cancel requests are repeated before the session is ended, unless the caller says how long. */
    static final long DEFAULT_GRACE_MILLIS = 10_000;

    private static final long LONGEST_GRACE_MILLIS = 3_600_000;

    private static final long NEVER = Long.MAX_VALUE;

    private final Job job;
    private final JobPlace place;
    private final long createdNanos = System.nanoTime();
    /** When the grace ends, in nanoseconds since the creation. */
    private final AtomicLong graceEnd = new AtomicLong(NEVER);
    private final AtomicBoolean begun = new AtomicBoolean();
    private int attempts;
    /** How often the server has told that the session's process is gone. */
    private int gone;
    private volatile boolean inVain;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

    Cancellation(Job job, JobPlace place) {
        this.job = job;
        this.place = place;
    }

    /**
     * Gives the job so much time from now on to end itself; of several times the one that ends first counts.
     *
     * @return whether this is the first
     */
    boolean allow(long graceMillis) {
        long graceNanos = TimeUnit.MILLISECONDS.toNanos(graceMillis);
        return graceEnd.getAndAccumulate(elapsedNanos() + graceNanos, Math::min) == NEVER;
    }

    /** Whether the worker was given up and the server was not reached: nobody knows how the job has ended. */
    boolean isInVain() {
        return inVain;
    }

    /** The grace that a caller gets who asks for so much; 0 or less for the usual one. */
    static long graceMillis(long wanted) {
        return wanted <= 0 ? DEFAULT_GRACE_MILLIS : Math.min(wanted, LONGEST_GRACE_MILLIS);
    }

    private long elapsedNanos() {
        return System.nanoTime() - createdNanos;
    }

    /** Begins to ask, unless that has begun. Only after {@link #allow}, and when the worker is marked as cancelled. */
    void begin() {
        beginAfter(0);
    }

    /** As {@link #begin}, for a job that was at rest: it ends by itself, unless its connection keeps silent. */
    void beginAtRest() {
        beginAfter(AT_REST_MILLIS);
    }

    private void beginAfter(long millis) {
        if (begun.compareAndSet(false, true)) {
            DriverThreads.runAfter(millis, TimeUnit.MILLISECONDS, this::attempt);
        }
    }

    private void attempt() {
        if (job.facts().isBeyondCancel()) {
            return;
        }
        attempts++;
        try {
            if (graceLeftNanos() <= 0) {
                endSession();
            } else if (attempts <= PROTOCOL_ATTEMPTS) {
                place.worker().cancel();
            } else {
                signal("pg_cancel_backend");
            }
        } catch (SQLException e) {
            LOG.warn("{} - job cannot be cancelled, will be tried again: {}", job.pid(), e.getMessage());
            if (-graceLeftNanos() > UNHEARD_NANOS && !SQLState.INSUFFICIENT_RESOURCES.isStateOf(e)) {
                inVain = true;
                giveUp();
            }
        }
        DriverThreads.runAfter(pause(), TimeUnit.MILLISECONDS, this::attempt);
        pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
    }

    private long graceLeftNanos() {
        return graceEnd.get() - elapsedNanos();
    }

    /** Does not reach past the end of the grace. */
    private long pause() {
        long grace = TimeUnit.NANOSECONDS.toMillis(graceLeftNanos()) + 1;
        return grace > 0 ? Math.min(pauseMillis, grace) : pauseMillis;
    }

    private void endSession() throws SQLException {
        // what a process that has ended has sent may still be on its way
        gone += signal("pg_terminate_backend") ? 0 : 1;
        if (gone > 1 || -graceLeftNanos() > HEARD_NANOS) {
            giveUp();
        }
    }

    private void giveUp() {
        LOG.warn("{} - the worker's connection keeps silent and is given up", job.pid());
        place.worker().abort();
    }

    private boolean signal(String function) throws SQLException {
        return place.pool().spares().with(new Wait(CONNECT_NANOS, Wait.Watch.NEVER),
                other -> place.worker().signal(function, other));
    }
}
