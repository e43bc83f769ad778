package io.pgbg.relay;

import io.pgbg.worker.DriverThreads;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of the driver's that serves the functions of one statement: there is one, and no more, from the moment in
 * which something is to be done until nothing has come for a while. The next data from the server starts another one.
 *
 * <p>Thread-safe, without a lock.
 */
final class ServingThread {

    private static final Logger LOG = LoggerFactory.getLogger(ServingThread.class);

    /** The first pause between two looks; it grows with the time since there was something to do. */
    private static final long SHORTEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(40);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(5);
    /** The pause is this part of the time since then. */
    private static final int PAUSES = 50;

    /** After so long without anything the thread ends. */
    private static final long LONGEST_QUIET = TimeUnit.MILLISECONDS.toNanos(50);

    /** Data that arrives so soon after other data is the rest of it, such as rows, and wakes no thread. */
    private static final long APART = TimeUnit.MICROSECONDS.toNanos(100);

    private final Listening session;
    private final BooleanSupplier wanted;
    private final Runnable work;
    private final BooleanSupplier more;
    private final AtomicBoolean active = new AtomicBoolean();
    private volatile Thread thread;
    /** When data arrived from the server last. Written by the thread that reads from the socket. */
    private volatile long lastArrival = System.nanoTime();
    /** What of that was known to the thread that looks at all statements. */
    private long seenArrival;

    /**
     * @param wanted whether a thread is to be started
     * @param work what it does, until it is to end
     * @param more whether it must begin once more, because something came in this very moment
     */
    ServingThread(Listening session, BooleanSupplier wanted, Runnable work, BooleanSupplier more) {
        this.session = session;
        this.wanted = wanted;
        this.work = work;
        this.more = more;
    }

    /** Starts the thread, unless there is one. Does not fail. */
    void start() {
        if (wanted.getAsBoolean() && !active.get()) {
            session.hears(this);
            activate();
        }
    }

    private void activate() {
        if (active.compareAndSet(false, true)) {
            try {
                DriverThreads.run(this::run);
            } catch (RuntimeException | OutOfMemoryError e) {
                // who needs it goes on without; the thread that looks at all statements tries again now and then
                active.set(false);
                LOG.warn("no thread to serve functions: {}", e.toString());
            }
        }
    }

    private void run() {
        thread = Thread.currentThread();
        do {
            try {
                work.run();
            } finally {
                active.set(false);
            }
        } while (more.getAsBoolean() && active.compareAndSet(false, true));
    }

    /** Whether there is a thread now. */
    boolean isActive() {
        return active.get();
    }

    /** Whether it is the calling one. */
    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Data has arrived from the server and is about to be read. */
    void arrived() {
        long now = System.nanoTime();
        if (now - lastArrival > APART) {
            if (active.get()) {
                LockSupport.unpark(thread);
            } else {
                start();
            }
        }
        lastArrival = now;
    }

    /** Whether it would have been told if something had come since this was asked last. */
    boolean isQuiet() {
        long arrival = lastArrival;
        boolean quiet = arrival == seenArrival && session.isHeard(this);
        seenArrival = arrival;
        return quiet;
    }

    /** The statement has returned: wakes the thread, or starts one where something is left to be done. */
    void finish() {
        session.leaves(this);
        if (active.get()) {
            LockSupport.unpark(thread);
        } else if (more.getAsBoolean()) {
            activate();
        }
    }

    /**
     * Lets the thread pause.
     *
     * @param idleSince when there was something to do last
     * @return false when it is to end, because it will be started again when something comes
     */
    boolean pause(long idleSince) {
        long now = System.nanoTime();
        if (Math.min(now - idleSince, now - lastArrival) > LONGEST_QUIET && session.isHeard(this)) {
            return false;
        }
        long pause = (now - idleSince) / PAUSES;
        LockSupport.parkNanos(this, Math.min(Math.max(pause, SHORTEST_PAUSE), LONGEST_PAUSE));
        return true;
    }
}
