package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One statement's waiting for jobs. Ends with the job, with a cancel from another thread, with the statement's
 * time-out, with an interrupt, or when the connection is closed.
 *
 * <p>Waits on the thread that made it; {@link #cancel()} and {@link #connectionClosed()} come from any thread and never
 * block.
 */
public final class Wait {

    /** No time-out. */
    public static final long FOREVER = Long.MAX_VALUE;

    /** How soon an interrupt or a time-out is noticed while the thread is blocked. */
    private static final long LONGEST_BLOCKING_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private final Thread thread = Thread.currentThread();
    private final long start = System.nanoTime();
    private final long timeoutNanos;
    private final Watch watch;
    private volatile SQLState ended;
    /** Breaks off what the thread does that does not look whether the wait has ended. */
    private volatile Runnable breaker;

    /**
     * Something to look after now and then while the thread waits.
     *
     * <p>Runs on the waiting thread and may talk to a server.
     */
    @FunctionalInterface
    public interface Watch {

        /** When to look for the first time. */
        long FIRST_LOOK_NANOS = 10_000_000;

        /** Nothing to look after. */
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
     */
    public Wait(long timeoutNanos, Watch watch) {
        this.timeoutNanos = timeoutNanos;
        this.watch = watch;
    }

    /** Ends the wait as {@code Statement.cancel()} ends a statement. */
    public void cancel() {
        end(SQLState.QUERY_CANCELED);
    }

    /** Ends the wait because its connection is gone. */
    public void connectionClosed() {
        end(SQLState.CONNECTION_FAILURE);
    }

    private void end(SQLState state) {
        ended = state;
        LockSupport.unpark(thread);
        breakOff();
    }

    private void breakOff() {
        Runnable now = breaker;
        if (now != null) {
            now.run();
        }
    }

    /**
     * Does something that blocks, on the waiting thread, and breaks it off when the wait ends. Meanwhile another thread
     * looks after what the watch looks after.
     *
     * @param whatBreaks makes it fail; called by any thread, at most once and not after it is done
     * @throws SQLException as {@link #until}, or what it fails with by itself
     */
    public <T> T breakable(Runnable whatBreaks, SqlSupplier<T> blocking) throws SQLException {
        BlockingWatch blockingWatch = new BlockingWatch(whatBreaks);
        breaker = blockingWatch::breakOff;
        blockingWatch.lookLater(Watch.FIRST_LOOK_NANOS);
        try {
            checkEnd(waited());
            T result = blocking.get();
            if (blockingWatch.stop()) {
                return result;
            }
            // broken off in the moment in which it was done
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request").toException();
        } catch (SQLException e) {
            checkEnd(waited());
            blockingWatch.check();
            throw e;
        } finally {
            breaker = null;
            blockingWatch.stop();
        }
    }

    private long waited() {
        return System.nanoTime() - start;
    }

    /** Looks after a thread that cannot do so itself. Runs on threads of the driver's. */
    private final class BlockingWatch {

        private final Runnable whatBreaks;
        private final AtomicBoolean stopped = new AtomicBoolean();
        private volatile SQLException failure;
        private volatile DriverThreads.Timeout next = DriverThreads.Timeout.NONE;
        private long nextLook = Watch.FIRST_LOOK_NANOS;

        BlockingWatch(Runnable whatBreaks) {
            this.whatBreaks = whatBreaks;
        }

        void lookLater(long nanos) {
            next = DriverThreads.runAfter(Math.min(nanos, LONGEST_BLOCKING_PAUSE), TimeUnit.NANOSECONDS, this::look);
        }

        private void look() {
            if (stopped.get()) {
                return;
            }
            try {
                long waited = waited();
                checkEnd(waited);
                if (waited >= nextLook) {
                    nextLook = waited + watch.look(waited);
                }
                lookLater(nextLook - waited);
            } catch (SQLException e) {
                failure = e;
                breakOff();
            }
        }

        /** What is done by then is not broken any more: somebody else may have it. */
        void breakOff() {
            if (stop()) {
                whatBreaks.run();
            }
        }

        void check() throws SQLException {
            SQLException end = failure;
            if (end != null) {
                throw end;
            }
        }

        /** Whether this was the first to stop it. */
        boolean stop() {
            next.cancel();
            return stopped.compareAndSet(false, true);
        }
    }

    /**
     * Waits until a condition holds.
     *
     * @param changed raised after each change of the condition
     * @throws SQLException 57014 when cancelled, timed out or interrupted, 08006 when the connection is gone, or the
     *     watch's
     */
    public void until(BooleanSupplier condition, Signal changed) throws SQLException {
        within(FOREVER, condition, List.of(changed));
    }

    /**
     * Waits until a condition holds, but not for ever.
     *
     * @param nanos how long, from now on; 0 only looks, {@link #FOREVER} has no end
     * @param changed each is raised after a change of the condition
     * @return whether the condition holds
     * @throws SQLException as {@link #until}
     */
    public boolean within(long nanos, BooleanSupplier condition, Collection<Signal> changed) throws SQLException {
        checkConnection();
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
        // closing detaches the jobs as well, which is not what the waiting one is to be told
        checkConnection();
        return true;
    }

    private boolean park(long nanos, BooleanSupplier condition) throws SQLException {
        long entered = System.nanoTime() - start;
        long until = nanos >= FOREVER - entered ? FOREVER : entered + nanos;
        long nextLook = Watch.FIRST_LOOK_NANOS;
        while (!condition.getAsBoolean()) {
            long waited = System.nanoTime() - start;
            checkEnd(waited);
            if (waited >= until) {
                return false;
            }
            if (waited >= nextLook) {
                nextLook = waited + watch.look(waited);
            } else {
                LockSupport.parkNanos(this, Math.min(nextLook, Math.min(timeoutNanos, until)) - waited);
            }
        }
        return true;
    }

    private void checkConnection() throws SQLException {
        if (ended == SQLState.CONNECTION_FAILURE) {
            throw ServerError.error(SQLState.CONNECTION_FAILURE, "the connection was closed while it waited for a job")
                    .toException();
        }
    }

    private void checkEnd(long waited) throws SQLException {
        checkConnection();
        // the interrupt stays set: it is the caller's to see
        if (ended != null || waited >= timeoutNanos || thread.isInterrupted()) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request").toException();
        }
    }
}
