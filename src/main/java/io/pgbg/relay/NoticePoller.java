package io.pgbg.relay;

import io.pgbg.worker.DriverThreads;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread for all sessions of the JVM that looks every few milliseconds for requests: in statements whose text shows
 * no call, and in conversations whose own thread is busy. The thread ends when no statement was executed for a while.
 *
 * <p>Thread-safe, without a lock.
 */
final class NoticePoller {

    static final NoticePoller OF_JVM = new NoticePoller(DriverThreads::run);

    private static final Logger LOG = LoggerFactory.getLogger(NoticePoller.class);

    private static final long SHORTEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
    /** The pause is this part of the time since the last use. */
    private static final int PAUSES = 50;
    /** In each so many-th round all conversations are listened to, even if nothing seems to have come. */
    private static final int ALL_ROUNDS = 20;
    private static final long LONGEST_IDLE = TimeUnit.SECONDS.toNanos(2);

    private final Executor threads;
    private final Set<Conversation> conversations = ConcurrentHashMap.newKeySet();
    private final Set<RunningStatements> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile boolean begun;
    // of the polling thread
    /** When a statement was executed last. */
    private long lastUse;
    /** When the thread was needed last. */
    private long lastNeed;
    private int round;

    /** @param threads runs its one task at a time on a thread of its own */
    NoticePoller(Executor threads) {
        this.threads = threads;
    }

    void add(Conversation conversation) {
        conversations.add(conversation);
        begun = true;
        wake();
    }

    void remove(Conversation conversation) {
        conversations.remove(conversation);
    }

    /** From now on the statements of a session are polled; {@link #wake} is to follow. */
    void add(RunningStatements session) {
        sessions.add(session);
    }

    void remove(RunningStatements session) {
        sessions.remove(session);
    }

    /** A statement runs: the thread is started if it is not there. */
    void wake() {
        if (!awake.get() && awake.compareAndSet(false, true)) {
            try {
                threads.execute(this::poll);
            } catch (RuntimeException | OutOfMemoryError e) {
                // the next statement tries again; most of them call no function
                awake.set(false);
                LOG.warn("no thread to listen to statements: {}", e.toString());
            }
        }
    }

    private void poll() {
        lastUse = System.nanoTime();
        lastNeed = lastUse;
        boolean left = false;
        boolean ended;
        try {
            do {
                long quiet = System.nanoTime() - lastUse;
                LockSupport.parkNanos(this, Math.min(Math.max(quiet / PAUSES, SHORTEST_PAUSE), LONGEST_PAUSE));
                sessions.forEach(RunningStatements::look);
                round++;
                conversations.forEach(this::listen);
                // the driver ends
                ended = Thread.interrupted();
            } while (!ended && stays());
            left = !ended;
        } finally {
            if (!left) {
                // the next statement starts another thread
                awake.set(false);
            }
        }
    }

    private void listen(Conversation conversation) {
        try {
            // after data has arrived it takes pgjdbc a moment to make a notice of it
            if (!conversation.isQuiet() || round % ALL_ROUNDS == 0) {
                conversation.listen();
            }
        } catch (RuntimeException e) {
            LOG.warn("a statement's notices cannot be listened to", e);
        }
    }

    private boolean stays() {
        boolean used = begun;
        begun = false;
        for (RunningStatements session : sessions) {
            used |= session.wasUsed();
        }
        long now = System.nanoTime();
        if (used) {
            lastUse = now;
        }
        if (used || isNeeded()) {
            lastNeed = now;
        }
        if (now - lastNeed < LONGEST_IDLE) {
            return true;
        }
        awake.set(false);
        // a statement may have begun just now, and have seen the thread awake
        return isNeeded() && awake.compareAndSet(false, true);
    }

    private boolean isNeeded() {
        return !conversations.isEmpty() || sessions.stream().anyMatch(RunningStatements::isRunning);
    }
}
