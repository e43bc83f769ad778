package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The time for which one statement waits for jobs and connections. It ends when another thread cancels it, when the
 * statement's time-out is over, when the thread is interrupted, or when the connection is closed.
 *
 * <p>The thread that makes it is the one that waits; {@link #cancel()} and {@link #connectionClosed()} are called by
 * any thread and never block.
 */
public final class Wait {

    /** No time-out. */
    public static final long FOREVER = Long.MAX_VALUE;

    /** How soon a wait that is a part of another one notices the end of that. */
    private static final long LIMITED_LOOK_NANOS = 20_000_000;

    private final Thread thread = Thread.currentThread();
    private final long start = System.nanoTime();
    private final long timeoutNanos;
    private final Watch watch;
    private volatile SQLState ended;
    /** The call that blocks the thread, which does not notice by itself that the wait has ended; null for none. */
    private volatile BlockingCall blocking;

    /**
     * Is looked at now and then during the wait.
     *
     * <p>Runs on the waiting thread, or on one of the driver's while that is blocked, and may talk to a server.
     */
    @FunctionalInterface
    public interface Watch {

        /** When to look for the first time. */
        long FIRST_LOOK_NANOS = 10_000_000;

        /** Never ends a wait. */
        Watch NEVER = waited -> FOREVER - waited;

        /**
         * Looks.
         *
         * @param waitedNanos how long the wait has lasted
         * @return after how many nanoseconds to look again
         * @throws SQLException to end the wait
         */
        long look(long waitedNanos) throws SQLException;
    }

    /**
     * Starts the clock.
     *
     * @param timeoutNanos the statement's time-out from now on, or {@link #FOREVER}
     * @param watch what else may end the wait
     */
    public Wait(long timeoutNanos, Watch watch) {
        this.timeoutNanos = timeoutNanos;
        this.watch = watch;
    }

    /**
     * A wait of the same thread that ends as this one does, or when some time is over.
     *
     * @param nanos how long, from now on
     * @param late the error of that end
     */
    public Wait limited(long nanos, Supplier<SQLException> late) {
        return new Wait(FOREVER, new Watch() {

            private long nextLook = Watch.FIRST_LOOK_NANOS;

            @Override
            public long look(long waitedHere) throws SQLException {
                if (waitedHere >= nanos) {
                    throw late.get();
                }
                long all = waited();
                checkEnd(all);
                if (all >= nextLook) {
                    nextLook = all + Wait.this.look(all);
                }
                return Math.min(LIMITED_LOOK_NANOS, Math.min(nanos - waitedHere, nextLook - all));
            }
        });
    }

    /** Ends the wait as {@code Statement.cancel()} ends a statement. */
    public void cancel() {
        end(SQLState.QUERY_CANCELED);
    }

    /** Ends the wait because its connection was closed. */
    public void connectionClosed() {
        end(SQLState.CONNECTION_FAILURE);
    }

    private void end(SQLState state) {
        ended = state;
        LockSupport.unpark(thread);
        BlockingCall current = blocking;
        if (current != null) {
            current.breakOff();
        }
    }

    /**
     * Makes a call that blocks, on the waiting thread, and breaks it off when the wait ends. Meanwhile other threads
     * look at the watch.
     *
     * @param breaker makes the call fail; run by any thread, at most once, and not after the call has returned
     * @throws SQLException as {@link #until}, or what the call itself fails with
     */
    <T> T breakable(Runnable breaker, SqlSupplier<T> call) throws SQLException {
        BlockingCall current = new BlockingCall(this, breaker);
        // seen by a thread that ends the wait from now on; of an end before that the call learns itself
        blocking = current;
        try {
            return current.make(call);
        } finally {
            blocking = null;
        }
    }

    /**
     * Waits until a condition holds.
     *
     * @param changed raised after each change of the condition
     * @throws SQLException 57014 when cancelled, timed out or interrupted, 08006 when the connection was closed, or the
     *     watch's
     */
    public void until(BooleanSupplier condition, Signal changed) throws SQLException {
        within(FOREVER, condition, List.of(changed));
    }

    /**
     * Waits until a condition holds or some time is over.
     *
     * @param nanos how long, from now on; 0 only looks, {@link #FOREVER} has no end
     * @param changed each is raised after a change of the condition
     * @return whether the condition holds
     * @throws SQLException as {@link #until}
     */
    public boolean within(long nanos, BooleanSupplier condition, Collection<Signal> changed) throws SQLException {
        checkEnded();
        if (condition.getAsBoolean()) {
            return true;
        }
        changed.forEach(Signal::enter);
        try {
            if (!park(nanos, condition)) {
                return false;
            }
        } finally {
            changed.forEach(Signal::leave);
        }
        // closing the connection detaches its jobs too, but the caller is to learn that the connection was closed
        checkConnection();
        return true;
    }

    private boolean park(long nanos, BooleanSupplier condition) throws SQLException {
        long entered = waited();
        long until = nanos >= FOREVER - entered ? FOREVER : entered + nanos;
        long nextLook = Watch.FIRST_LOOK_NANOS;
        // a wait that was ended gets nothing, even if what it waited for comes before its thread is awake: another
        // statement may be meant to get that
        while (!holds(condition)) {
            long waited = waited();
            checkEnd(waited);
            if (waited >= until) {
                return false;
            }
            if (waited >= nextLook) {
                nextLook = waited + look(waited);
            } else {
                LockSupport.parkNanos(this, Math.min(nextLook, Math.min(timeoutNanos, until)) - waited);
            }
        }
        return true;
    }

    private boolean holds(BooleanSupplier condition) throws SQLException {
        checkEnded();
        return condition.getAsBoolean();
    }

    /** How long the wait has lasted, in nanoseconds. */
    long waited() {
        return System.nanoTime() - start;
    }

    /** Looks at the watch; returns after how many nanoseconds to look again. */
    long look(long waited) throws SQLException {
        return watch.look(waited);
    }

    /** Fails if the wait has ended. */
    void checkEnd(long waited) throws SQLException {
        checkEnded();
        // the interrupt stays set: it is the caller's to see
        if (waited >= timeoutNanos || thread.isInterrupted()) {
            throw canceled();
        }
    }

    /** Whether the wait was ended, other than by its watch. */
    public boolean hasEnded() {
        return ended != null || waited() >= timeoutNanos || thread.isInterrupted();
    }

    private void checkEnded() throws SQLException {
        checkConnection();
        if (ended != null) {
            throw canceled();
        }
    }

    private void checkConnection() throws SQLException {
        if (ended == SQLState.CONNECTION_FAILURE) {
            throw ServerError.error(SQLState.CONNECTION_FAILURE, "the connection was closed while it waited for a job")
                    .toException();
        }
    }

    static SQLException canceled() {
        return ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request").toException();
    }
}
