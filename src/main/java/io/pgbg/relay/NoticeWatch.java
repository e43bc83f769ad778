package io.pgbg.relay;

import io.pgbg.worker.DriverThreads;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread for all sessions of the JVM that looks now and then whether a function asks for something, in statements
 * that do not show that they call any, and in conversations whose own thread is busy. It ends when nothing was executed
 * for a while.
 *
 * <p>Thread-safe, without a lock.
 */
final class NoticeWatch {

    private static final NoticeWatch OF_JVM = new NoticeWatch();

    private static final Logger LOG = LoggerFactory.getLogger(NoticeWatch.class);

    private static final long SHORTEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int PAUSES = 50;
    private static final long LONGEST_IDLE = TimeUnit.SECONDS.toNanos(2);

    private final Set<Conversation> conversations = ConcurrentHashMap.newKeySet();
    private final Set<StatementWatch> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean awake = new AtomicBoolean();
    // of the watching thread
    private long lastUse;

    private NoticeWatch() {
    }

    static NoticeWatch ofJvm() {
        return OF_JVM;
    }

    void add(Conversation conversation) {
        conversations.add(conversation);
        wake();
    }

    void remove(Conversation conversation) {
        conversations.remove(conversation);
    }

    /** From now on it is looked at what a session executes. */
    void add(StatementWatch session) {
        sessions.add(session);
    }

    void remove(StatementWatch session) {
        sessions.remove(session);
    }

    /** There is something to look at. */
    void wake() {
        if (!awake.get() && awake.compareAndSet(false, true)) {
            DriverThreads.run(this::watch);
        }
    }

    /** Whether a statement of a session is listened to now. */
    boolean listens(SessionRelay session) {
        return conversations.stream().anyMatch(conversation -> conversation.isOf(session));
    }

    private void watch() {
        lastUse = System.nanoTime();
        boolean left = false;
        try {
            do {
                long quiet = System.nanoTime() - lastUse;
                LockSupport.parkNanos(this, Math.min(Math.max(quiet / PAUSES, SHORTEST_PAUSE), LONGEST_PAUSE));
                sessions.forEach(StatementWatch::look);
                conversations.forEach(NoticeWatch::listen);
            } while (stays());
            left = true;
        } finally {
            if (!left) {
                // the next statement starts another thread
                awake.set(false);
            }
        }
    }

    private static void listen(Conversation conversation) {
        try {
            conversation.listen();
        } catch (RuntimeException e) {
            LOG.warn("a statement's notices cannot be listened to", e);
        }
    }

    private boolean stays() {
        boolean used = !conversations.isEmpty();
        for (StatementWatch session : sessions) {
            used |= session.wasUsed();
        }
        if (used) {
            lastUse = System.nanoTime();
        }
        if (System.nanoTime() - lastUse < LONGEST_IDLE) {
            return true;
        }
        awake.set(false);
        // somebody may have come in just now, and seen the thread awake
        boolean more = !conversations.isEmpty() || sessions.stream().anyMatch(StatementWatch::wasUsed);
        return more && awake.compareAndSet(false, true);
    }
}
