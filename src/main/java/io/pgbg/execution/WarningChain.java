package io.pgbg.execution;

import io.pgbg.wire.Lock;
import java.sql.SQLWarning;

/**
 * The warnings of a statement that notices are still being added to. A tool polls them from another thread: it walks
 * the chain, then clears it. So that nothing is lost between its last look and the clearing, a warning joins the chain
 * only when a reader asks for the chain, and clearing drops what was read and keeps what came since.
 *
 * <p>Thread-safe; nothing blocks.
 */
final class WarningChain {

    private final Lock lock = new Lock();
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
        try (var held = lock.hold()) {
            if (firstUnseen == null) {
                firstUnseen = warning;
            } else {
                lastUnseen.setNextWarning(warning);
            }
            lastUnseen = endOf(warning);
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
        try (var held = lock.hold()) {
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
        }
    }

    /** The statement has done its work. */
    public void settle() {
        try (var held = lock.hold()) {
            live = false;
        }
    }

    /** Drops the warnings that were read; all of them when none was. */
    public void clear() {
        try (var held = lock.hold()) {
            first = null;
            last = null;
            if (!asked && !live) {
                firstUnseen = null;
                lastUnseen = null;
            }
            asked = false;
        }
    }
}
