package io.pgbg.relay;

import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one session executes at the moment that may call functions without showing it. A statement that calls none costs
 * a place here and nothing else: no object is made, nobody is woken, nothing is sent.
 *
 * <p>Thread-safe, without a lock.
 */
public final class StatementWatch {

    private static final Logger LOG = LoggerFactory.getLogger(StatementWatch.class);

    /** More threads than this do not execute on one connection at the same time. */
    private static final int PLACES = 8;

    private final AtomicReferenceArray<Watched> places = new AtomicReferenceArray<>(PLACES);
    private final NoticeWatch thread;
    private final int launcher;
    /** Whether something was executed since the thread has looked last. */
    private volatile boolean used;

    StatementWatch(NoticeWatch thread, int launcher) {
        this.thread = thread;
        this.launcher = launcher;
    }

    /**
     * Begins to watch something.
     *
     * @return its place, to be given to {@link #end}
     */
    public int begin(Watched watched) {
        int place = 0;
        while (!places.compareAndSet(place, null, watched)) {
            place++;
            if (place == PLACES) {
                // others are executing on the same connection, one after the other
                Thread.onSpinWait();
                place = 0;
            }
        }
        if (!used) {
            used = true;
        }
        thread.wake();
        return place;
    }

    /** The server has executed it. */
    public void end(int place) {
        places.set(place, null);
    }

    /** Looks whether one of them asks for something. */
    void look() {
        for (int place = 0; place < PLACES; place++) {
            Watched watched = places.get(place);
            if (watched != null) {
                look(watched);
            }
        }
    }

    private void look(Watched watched) {
        try {
            if (holdsRequest(watched.firstNotice())) {
                watched.asked();
            }
        } catch (SQLException e) {
            // it is being closed
            LOG.trace("{} - notices of a closed statement: {}", launcher, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("{} - a statement's notices cannot be listened to", launcher, e);
        }
    }

    /** Whether one of several notices is meant for the driver. */
    public static boolean holdsRequest(SQLWarning first) {
        for (SQLWarning notice = first; notice != null; notice = notice.getNextWarning()) {
            if (Request.isOne(notice)) {
                return true;
            }
        }
        return false;
    }

    /** Whether something is executed, or was since this was asked last. */
    boolean wasUsed() {
        boolean was = used;
        used = false;
        if (was) {
            return true;
        }
        for (int place = 0; place < PLACES; place++) {
            if (places.get(place) != null) {
                return true;
            }
        }
        return false;
    }
}
