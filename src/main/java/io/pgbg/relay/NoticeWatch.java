package io.pgbg.relay;

import io.pgbg.job.JobThreads;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to all statements that might call functions without showing it: one thread for all of them, which looks now
 * and then whether a request is among their notices. Nobody is asked, nothing is sent; a statement costs two entries in
 * a table. The thread ends when no such statement was executed for a while.
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
    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile long lastUse;

    private NoticeWatch() {
    }

    static NoticeWatch ofJvm() {
        return OF_JVM;
    }

    void add(Conversation conversation) {
        conversations.add(conversation);
        lastUse = System.nanoTime();
        if (!awake.get() && awake.compareAndSet(false, true)) {
            JobThreads.run(this::watch);
        }
    }

    void remove(Conversation conversation) {
        conversations.remove(conversation);
    }

    /** Whether a statement of a session is listened to now. */
    boolean listens(SessionRelay session) {
        return conversations.stream().anyMatch(conversation -> conversation.isOf(session));
    }

    private void watch() {
        boolean left = false;
        try {
            do {
                long quiet = System.nanoTime() - lastUse;
                LockSupport.parkNanos(this, Math.min(Math.max(quiet / PAUSES, SHORTEST_PAUSE), LONGEST_PAUSE));
                conversations.forEach(NoticeWatch::look);
            } while (stays());
            left = true;
        } finally {
            if (!left) {
                // the next statement starts another thread
                awake.set(false);
            }
        }
    }

    private static void look(Conversation conversation) {
        try {
            conversation.listen();
        } catch (RuntimeException e) {
            LOG.warn("a statement's notices cannot be listened to", e);
        }
    }

    private boolean stays() {
        if (!conversations.isEmpty() || System.nanoTime() - lastUse < LONGEST_IDLE) {
            return true;
        }
        awake.set(false);
        // somebody may have come in just now, and seen the thread awake
        return !conversations.isEmpty() && awake.compareAndSet(false, true);
    }
}
