package io.pgbg.relay;

import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The statements that one session executes now and that may call functions although their text shows no call. A
 * statement without such a call costs a slot here and nothing else: no object, no wake-up, no message.
 *
 * <p>Thread-safe, without a lock.
 */
public final class RunningStatements {

    private static final Logger LOG = LoggerFactory.getLogger(RunningStatements.class);

    /** More threads than this hardly ever execute on one connection at the same time. */
    private static final int SLOTS = 8;

    private final AtomicReferenceArray<RunningStatement> slots = new AtomicReferenceArray<>(SLOTS);
    private final NoticePoller poller;
    private final int launcher;
    /** Whether the poller knows the session, as it does from the first statement on. */
    private volatile boolean polled;
    /** Whether a statement was executed since the poller has looked last. */
    private volatile boolean used;

    RunningStatements(NoticePoller poller, int launcher) {
        this.poller = poller;
        this.launcher = launcher;
    }

    /**
     * A statement is about to be executed.
     *
     * @return its slot, to be passed to {@link #end}
     */
    public int begin(RunningStatement statement) {
        int slot = 0;
        while (!slots.compareAndSet(slot, null, statement)) {
            slot++;
            if (slot == SLOTS) {
                // others execute on the same connection, one after the other
                Thread.onSpinWait();
                slot = 0;
            }
        }
        // in this order: a poller that is about to end sees the statement, or is started again
        if (!polled) {
            poller.add(this);
            polled = true;
        }
        if (!used) {
            used = true;
        }
        poller.wake();
        return slot;
    }

    /** The server has executed the statement. */
    public void end(int slot) {
        slots.set(slot, null);
    }

    /** Looks for requests among the notices of the running statements. */
    void look() {
        for (int slot = 0; slot < SLOTS; slot++) {
            RunningStatement statement = slots.get(slot);
            if (statement != null) {
                look(statement);
            }
        }
    }

    private void look(RunningStatement statement) {
        try {
            if (holdsRequest(statement.firstNotice())) {
                statement.asked();
            }
        } catch (SQLException e) {
            // it is being closed
            LOG.trace("{} - notices of a closed statement: {}", launcher, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("{} - a statement's notices cannot be listened to", launcher, e);
        }
    }

    /**
     * Whether a chain of notices holds one that is meant for the driver.
     *
     * @param first null for an empty chain
     */
    public static boolean holdsRequest(SQLWarning first) {
        for (SQLWarning notice = first; notice != null; notice = notice.getNextWarning()) {
            if (Request.isOne(notice)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a statement was executed since the last call of this method. */
    boolean wasUsed() {
        boolean was = used;
        used = false;
        return was;
    }

    /** Whether a statement runs now. */
    boolean isRunning() {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (slots.get(slot) != null) {
                return true;
            }
        }
        return false;
    }

    /** The session ends. */
    public void close() {
        polled = true;
        poller.remove(this);
    }
}
