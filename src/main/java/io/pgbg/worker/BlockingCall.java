package io.pgbg.worker;

import io.pgbg.wire.SqlSupplier;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One call that blocks the waiting thread. While it lasts, threads of the driver's look whether the wait has ended, and
 * break the call off.
 *
 * <p>{@link #breakOff()} comes from any thread.
 */
final class BlockingCall {

    /** How soon an interrupt or a time-out is noticed. */
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private final Wait wait;
    private final Runnable breaker;
    /** The call has returned, or was broken off: whichever came first. */
    private final AtomicBoolean over = new AtomicBoolean();
    /** What the wait has ended with, if it ended during the call. */
    private volatile SQLException waitEnd;
    private volatile DriverThreads.Timeout nextCheck = DriverThreads.Timeout.NONE;
    private long nextLook = Wait.Watch.FIRST_LOOK_NANOS;

    BlockingCall(Wait wait, Runnable breaker) {
        this.wait = wait;
        this.breaker = breaker;
    }

    <T> T make(SqlSupplier<T> call) throws SQLException {
        checkAfter(Wait.Watch.FIRST_LOOK_NANOS);
        try {
            wait.checkEnd(wait.waited());
            T result = call.get();
            if (finish()) {
                return result;
            }
            // broken off at the moment in which it returned
            throw Wait.canceled();
        } catch (SQLException e) {
            wait.checkEnd(wait.waited());
            SQLException end = waitEnd;
            throw end != null ? end : e;
        } finally {
            finish();
        }
    }

    private void checkAfter(long nanos) {
        nextCheck = DriverThreads.runAfter(Math.min(nanos, LONGEST_PAUSE), TimeUnit.NANOSECONDS, this::check);
    }

    private void check() {
        if (over.get()) {
            return;
        }
        try {
            long waited = wait.waited();
            wait.checkEnd(waited);
            if (waited >= nextLook) {
                nextLook = waited + wait.look(waited);
            }
            checkAfter(nextLook - waited);
        } catch (SQLException e) {
            waitEnd = e;
            breakOff();
        }
    }

    /** Makes the call fail, unless it has returned: its connection may be in use for something else by then. */
    void breakOff() {
        if (finish()) {
            breaker.run();
        }
    }

    /** Ends the checks; true for the first caller only. */
    private boolean finish() {
        nextCheck.cancel();
        return over.compareAndSet(false, true);
    }
}
