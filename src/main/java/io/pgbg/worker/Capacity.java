package io.pgbg.worker;

import io.pgbg.wire.Lock;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * How many workers of one pool are open, how many are expected back, and the launches that wait for a change of that.
 *
 * <p>Guarded by the pool's lock, which must be held when a method is called, except for {@link #await},
 * {@link #expectBack} and {@link #expectsAny}.
 */
final class Capacity {

    private final int limit;
    private final Lock lock;
    /** Raised after each change that may give a waiting launch a worker. */
    private final Signal changed = new Signal();
    /** Workers that are being reset. Counted without the lock, because a job announces them under its own. */
    private final AtomicInteger expected = new AtomicInteger();
    private int open;
    private int changes;

    /**
     * Counts from zero.
     *
     * @param limit how many workers may be open, except for those beyond the limit
     * @param lock the pool's
     */
    Capacity(int limit, Lock lock) {
        this.limit = limit;
        this.lock = lock;
    }

    int open() {
        return open;
    }

    boolean hasRoom() {
        return open < limit;
    }

    /** Whether more workers are open than the limit allows: some were opened beyond it. */
    boolean isExceeded() {
        return open > limit;
    }

    /** Counts a worker that is about to be opened, whether there is room or not. */
    void reserve() {
        open++;
    }

    /** A worker was closed, or could not be opened. */
    void release() {
        open--;
        change();
    }

    /** A worker is about to be given back. */
    void expectBack() {
        expected.incrementAndGet();
    }

    boolean expectsAny() {
        return expected.get() > 0;
    }

    /** A worker that was expected has been given back. */
    void cameBack() {
        expected.decrementAndGet();
        change();
    }

    private void change() {
        changes++;
        changed.raise();
    }

    /** How many changes there have been. */
    int changes() {
        return changes;
    }

    /**
     * Waits for a change that makes a condition true. Called without the lock.
     *
     * @param nanos how long, or {@link Wait#FOREVER}
     * @param condition evaluated under the lock
     * @return whether the condition holds
     */
    boolean await(Wait wait, long nanos, BooleanSupplier condition) throws SQLException {
        return wait.within(nanos, () -> {
            try (var held = lock.hold()) {
                return condition.getAsBoolean();
            }
        }, List.of(changed));
    }
}
