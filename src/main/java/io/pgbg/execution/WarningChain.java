package io.pgbg.execution;

import io.pgbg.wire.Lock;
import io.pgbg.wire.NewestWarnings;
import io.pgbg.wire.ServerError;
import java.sql.SQLWarning;

/**
 * The warnings of a statement that notices are still being added to. A tool polls them from another thread: it walks
 * the chain, then clears it. So that nothing is lost between its last look and the clearing, a warning joins the chain
 * only when a reader asks for the chain, and clearing drops what was read and keeps what came since. Of those that no
 * reader has asked for only the newest are kept, and the chain that a reader does not clear begins with the newest.
 *
 * <p>Thread-safe; nothing blocks.
 */
final class WarningChain {

    private final Lock lock = new Lock();
    /** What is in the chain, each chained to the one before it: with room for all that can be unseen, and a note. */
    private final NewestWarnings seen = new NewestWarnings(2);
    /** With room for all that a job can have kept, and its note. */
    private final NewestWarnings unseen = new NewestWarnings(1);
    /** Whether a reader has asked since the last clearing. */
    private boolean asked;
    /** Whether the statement still runs; who clears then is a poller, and may have asked before this chain was. */
    private boolean live = true;

    /** Adds warnings: one, or a chain of them. */
    public void add(SQLWarning warning) {
        try (var held = lock.hold()) {
            for (SQLWarning next = warning; next != null; next = next.getNextWarning()) {
                unseen.add(next);
            }
        }
    }

    /** All warnings since the last clearing, or null. */
    public SQLWarning get() {
        try (var held = lock.hold()) {
            asked = true;
            long dropped = unseen.takeDropped();
            if (dropped > 0) {
                join(ServerError.warning(dropped + " earlier notices were not kept until they were read").toWarning());
            }
            for (SQLWarning next = unseen.poll(); next != null; next = unseen.poll()) {
                join(next);
            }
            return seen.first();
        }
    }

    private void join(SQLWarning next) {
        SQLWarning last = seen.last();
        // those that came as a chain are chained already
        if (last != null && last.getNextWarning() == null) {
            last.setNextWarning(next);
        }
        seen.add(next);
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
            seen.clear();
            if (!asked && !live) {
                unseen.clear();
            }
            asked = false;
        }
    }
}
