package io.pgbg.worker;

import io.pgbg.wire.Lock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Connections without work, the one that was used last in front. Each is kept until it has been idle for long enough.
 *
 * <p>Guarded by the lock of its owner, which must be held when a method is called. A timer takes the lock to find the
 * connections that have expired, and lets go of it before it hands them over to be closed.
 */
final class IdleQueue<T> {

    private final Lock lock;
    private final LongSupplier keptNanos;
    private final Runnable onRemoval;
    private final Consumer<List<T>> onExpiry;
    private final Deque<Idle<T>> queue = new ArrayDeque<>();
    /** The timer for the next expiry and when it is due; null while there is none. */
    private DriverThreads.Timeout expiry;
    private long expiryNanos;

    static {
        // loads the class: an application may close the class loader before the first connection comes back
        Objects.requireNonNull(Idle.class);
    }

    /**
     * An idle connection.
     *
     * @param since since when, by {@link System#nanoTime()}
     */
    record Idle<T>(T connection, long since) {

        /** How long it has been idle. */
        long nanos() {
            return System.nanoTime() - since;
        }
    }

    /**
     * An empty queue.
     *
     * @param lock the owner's, which guards the queue
     * @param keptNanos how long the connection that has been idle longest is kept; asked under the lock
     * @param onRemoval called under the lock for each connection that has expired
     * @param onExpiry closes connections that have expired, possibly none; called without the lock
     */
    IdleQueue(Lock lock, LongSupplier keptNanos, Runnable onRemoval, Consumer<List<T>> onExpiry) {
        this.lock = lock;
        this.keptNanos = keptNanos;
        this.onRemoval = onRemoval;
        this.onExpiry = onExpiry;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    int size() {
        return queue.size();
    }

    /** Keeps a connection that is idle from now on. */
    void add(T connection) {
        queue.addFirst(new Idle<>(connection, System.nanoTime()));
        planExpiry();
    }

    /** Takes out the connection used last among those that fit; null when none does. */
    T take(Predicate<? super T> fits) {
        for (Iterator<Idle<T>> all = queue.iterator(); all.hasNext();) {
            T connection = all.next().connection();
            if (fits.test(connection)) {
                all.remove();
                return connection;
            }
        }
        return null;
    }

    /** Takes out the connection used last; null when the queue is empty. */
    Idle<T> poll() {
        return queue.pollFirst();
    }

    /** Takes out the connection that has been idle longest; the queue must not be empty. */
    T takeOldest() {
        return queue.removeLast().connection();
    }

    private void planExpiry() {
        long left = Math.max(0, keptNanos.getAsLong() - queue.getLast().nanos());
        long due = System.nanoTime() + left;
        if (expiry == null || due - expiryNanos < 0) {
            if (expiry != null) {
                expiry.cancel();
            }
            expiryNanos = due;
            expiry = DriverThreads.runAfter(left, TimeUnit.NANOSECONDS, this::expire);
        }
    }

    private void expire() {
        List<T> expired = new ArrayList<>();
        try (var held = lock.hold()) {
            expiry = null;
            while (!queue.isEmpty() && queue.getLast().nanos() >= keptNanos.getAsLong()) {
                expired.add(takeOldest());
                onRemoval.run();
            }
            if (!queue.isEmpty()) {
                planExpiry();
            }
        }
        onExpiry.accept(expired);
    }
}
