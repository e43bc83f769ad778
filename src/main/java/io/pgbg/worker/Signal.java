package io.pgbg.worker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes the threads that wait for a change of something.
 *
 * <p>Thread-safe, without a lock. The change itself must be visible before {@link #raise()}.
 */
public final class Signal {

    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

    public void raise() {
        waiting.forEach(LockSupport::unpark);
    }

    /** From now on the calling thread is woken by each change. */
    void enter() {
        waiting.add(Thread.currentThread());
    }

    void leave() {
        waiting.remove(Thread.currentThread());
    }
}
