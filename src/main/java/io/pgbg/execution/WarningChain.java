package io.pgbg.execution;

import java.sql.SQLWarning;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The warnings of a statement that notices are still being added to. A tool polls them from another thread: it walks
 * the chain, then clears it. So that nothing is lost between its last look and the clearing, a warning joins the chain
 * only when a reader asks for the chain, and clearing drops what was read and keeps what came since.
 *
 * <p>Thread-safe; nothing blocks.
 */
final class WarningChain {

    private final ReentrantLock lock = new ReentrantLock();
    private SQLWarning first;
    private SQLWarning last;
    private SQLWarning firstUnseen;
    private SQLWarning lastUnseen;
    /** Whether a reader has asked since the last clearing. */
    private boolean asked;
    /** Whether the statement still runs; who clears then is a poller, and may have asked before this chain was. */
    private boolean live = true;

    /** Adds warnings: one, or a chain of them. */
    public void add(SQLWarning warning) {
        lock.lock();
        try {
            if (firstUnseen == null) {
                firstUnseen = warning;
            } else {
                lastUnseen.setNextWarning(warning);
            }
            lastUnseen = endOf(warning);
        } finally {
            lock.unlock();
        }
    }

    private static SQLWarning endOf(SQLWarning warning) {
        SQLWarning end = warning;
        while (end.getNextWarning() != null) {
            end = end.getNextWarning();
        }
        return end;
    }

    /** All warnings since the last clearing, or null. */
    public SQLWarning get() {
        lock.lock();
        try {
            asked = true;
            if (firstUnseen != null) {
                if (first == null) {
                    first = firstUnseen;
                } else {
                    last.setNextWarning(firstUnseen);
                }
                last = lastUnseen;
                firstUnseen = null;
                lastUnseen = null;
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** The statement has done its work. */
    public void settle() {
        lock.lock();
        try {
            live = false;
        } finally {
            lock.unlock();
        }
    }

    /** Drops the warnings that were read; all of them when none was. */
    public void clear() {
        lock.lock();
        try {
            first = null;
            last = null;
            if (!asked && !live) {
                firstUnseen = null;
                lastUnseen = null;
            }
            asked = false;
        } finally {
            lock.unlock();
        }
    }
}
