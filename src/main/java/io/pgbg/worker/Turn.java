package io.pgbg.worker;

import io.pgbg.wire.Lock;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;

/**
 * Something that one thread does at a time, which may talk to a server meanwhile; the others wait in order, each as long
 * as its {@link Wait} lets it.
 *
 * <p>Thread-safe. A thread that has it may take it again. The lock guards the fields and is held only briefly.
 */
public final class Turn {

    private final Lock lock = new Lock();
    private final Queue<Place> places = new ArrayDeque<>();
    private Thread owner;
    /** How often the owner has taken it. */
    private int depth;

    /** The place of a thread that wants the turn. */
    private static final class Place {

        final Thread thread = Thread.currentThread();
        /** Wakes this thread and no other: each has its own time. */
        final Signal called = new Signal();
        volatile boolean reached;
    }

    /**
     * Waits for the turn and takes it.
     *
     * @param wait ends the waiting
     * @throws SQLException the wait's end
     */
    public void take(Wait wait) throws SQLException {
        Place place = enter();
        boolean taken = false;
        try {
            wait.until(() -> place.reached, place.called);
            taken = true;
        } finally {
            if (!taken) {
                withdraw(place);
            }
        }
    }

    /** Waits for the turn as long as it takes, and takes it. */
    public void take() {
        Place place = enter();
        boolean interrupted = false;
        place.called.enter();
        while (!place.reached) {
            LockSupport.park(this);
            // a thread with its interrupt set is not parked
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            place.thread.interrupt();
        }
    }

    private Place enter() {
        Place place = new Place();
        try (var held = lock.hold()) {
            if (owner == null || owner == place.thread) {
                owner = place.thread;
                depth++;
                place.reached = true;
            } else {
                places.add(place);
            }
        }
        return place;
    }

    private void withdraw(Place place) {
        boolean had;
        try (var held = lock.hold()) {
            places.remove(place);
            had = place.reached;
        }
        if (had) {
            leave();
        }
    }

    /** Gives the turn to the one that has waited longest. */
    public void leave() {
        Place next = null;
        try (var held = lock.hold()) {
            depth--;
            if (depth == 0) {
                next = places.poll();
                owner = next == null ? null : next.thread;
                depth = next == null ? 0 : 1;
            }
            if (next != null) {
                next.reached = true;
            }
        }
        if (next != null) {
            next.called.raise();
        }
    }
}
