package io.pgbg.wire;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that a block of code holds: {@code try (var held = lock.hold()) { .. }}. The thread that holds it may take it
 * again. Not {@code synchronized}, which would pin a virtual thread to its carrier while it waits.
 */
public final class Lock {

    private final ReentrantLock lock = new ReentrantLock();
    /** The same object each time, because holding a lock must cost nothing more than the lock. */
    private final Held held = lock::unlock;

    /** A lock that the calling thread holds until it closes this. */
    @FunctionalInterface
    public interface Held extends AutoCloseable {

        @Override
        void close();
    }

    /** Waits for the lock and takes it, whether or not the thread is interrupted. */
    public Held hold() {
        lock.lock();
        return held;
    }
}
