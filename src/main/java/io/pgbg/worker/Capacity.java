package io.pgbg.worker;

import io.pgbg.wire.Lock;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many workers of one pool are open, how many are expected back, and the launches that wait for one, first come first
 * served.
 *
 * <p>Guarded by the pool's lock, which must be held when a method is called, except for {@link #await},
 * {@link #awaitChange}, {@link #tell}, {@link #expectBack} and {@link #expectsAny}.
 */
final class Capacity {

    private final int limit;
    private final Lock lock;
    /** Workers that are being reset. Counted without the lock, because a job announces them under its own. */
    private final AtomicInteger expected = new AtomicInteger();
    private final Deque<Place> queue = new ArrayDeque<>();
    /** The first in the queue; null when it is empty. */
    private volatile Place first;
    /** Raised after each change, for those that wait for the server to have room. */
    private final Signal changed = new Signal();
    private int open;
    private int changes;

    /** The place of a launch in the queue. */
    static final class Place {

        private final Signal reached = new Signal();

        private Place() {
        }
    }

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

    /** A worker was closed, or could not be opened; {@link #tell} is to follow. */
    void release() {
        open--;
        changes++;
    }

    /** A worker is about to be given back. */
    void expectBack() {
        expected.incrementAndGet();
    }

    boolean expectsAny() {
        return expected.get() > 0;
    }

    /** A worker that was expected has been given back; {@link #tell} is to follow. */
    void cameBack() {
        expected.decrementAndGet();
        changes++;
    }

    /** How many changes there have been. */
    int changes() {
        return changes;
    }

    // ---- the queue

    /** How many launches wait. */
    int waiting() {
        return queue.size();
    }

    /** The place of a launch behind all that wait already. */
    Place join() {
        Place place = new Place();
        queue.addLast(place);
        first = queue.peekFirst();
        return place;
    }

    /** A launch waits no longer, if it did; {@link #tell} is to follow. */
    void leave(Place place) {
        if (queue.remove(place)) {
            first = queue.peekFirst();
            changes++;
        }
    }

    /** Whether no other launch comes before one; null for one that has not joined the queue. */
    boolean isFirst(Place place) {
        return first == place;
    }

    /**
     * Whether a launch will get a worker without any other job's end.
     *
     * @param place null for a launch that has not joined the queue
     * @param idle how many workers are idle
     */
    boolean isExpectedFor(Place place, int idle) {
        int before = 0;
        for (Place other : queue) {
            if (other == place) {
                break;
            }
            before++;
        }
        return idle + expected.get() + Math.max(0, limit - open) > before;
    }

    /** Wakes who may go on after a change: the first launch in the queue. Called without the lock, which that one needs. */
    void tell() {
        Place next = first;
        if (next != null) {
            next.reached.raise();
        }
        changed.raise();
    }

    /**
     * Has a launch wait until it may go on.
     *
     * @param seen the changes that it has seen
     * @param nanos how long, or {@link Wait#FOREVER}
     */
    void await(Place place, int seen, Wait wait, long nanos) throws SQLException {
        wait.within(nanos, () -> hasChangedSince(seen), List.of(place.reached));
    }

    /**
     * Waits for a change.
     *
     * @param seen the changes that were seen
     * @param nanos how long, or {@link Wait#FOREVER}
     */
    void awaitChange(int seen, Wait wait, long nanos) throws SQLException {
        wait.within(nanos, () -> hasChangedSince(seen), List.of(changed));
    }

    private boolean hasChangedSince(int seen) {
        try (var held = lock.hold()) {
            return changes != seen;
        }
    }
}
