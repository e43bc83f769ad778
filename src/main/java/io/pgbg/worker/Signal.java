package io.pgbg.worker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes the threads that wait for a change. Which change that is, and its data, belong to the owner.
 *
 * <p>Thread-safe, without a lock. The change must be visible to other threads before {@link #raise()} is called, or
 * become visible when the caller unlocks the lock under which they look.
 */
public final class Signal {

    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

    /** Wakes all waiting threads, each of which looks again whether what it waits for has come. */
    public void raise() {
        waiting.forEach(LockSupport::unpark);
    }

    /** Has the calling thread woken by each change from now on; it must look once more before it parks. */
    void enter() {
        waiting.add(Thread.currentThread());
    }

    /** Ends what {@link #enter()} began. */
    void leave() {
        waiting.remove(Thread.currentThread());
    }
}
