package io.pgbg.relay;

import io.pgbg.function.Api;
import io.pgbg.wire.Rows;
import io.pgbg.wire.Wire;
import java.sql.SQLException;

/**
 * What one session knows of the functions installed in its database: the same as the whole JVM, except for what its own
 * open transaction has changed.
 *
 * <p>Used by the thread that executes statements; {@link #doubt} and {@link #last} are called by any thread.
 */
public final class SessionInstallation {

    private final Installations shared;
    private final Wire wire;
    /** Whether the open transaction has changed the installation, and what it sees. */
    private volatile boolean changed;
    private volatile Installation own;
    private final SeenLists seen;

    SessionInstallation(Installations shared, Wire wire) {
        this.shared = shared;
        this.wire = wire;
        this.seen = new SeenLists(wire);
    }

    /** The column definition lists that may stand behind a call. */
    SeenLists seen() {
        return seen;
    }

    /** Whether functions that are installed in the database are answered. */
    public boolean isUsed() {
        return shared != Installations.NONE;
    }

    /** The session begins. */
    void open() {
        shared.refresh(this::look);
    }

    /**
     * For any statement: what is installed, null when nothing. Asks the server only when there is doubt, and no
     * transaction is open.
     */
    Installation known() {
        if (changed) {
            if (wire.inTransaction()) {
                return own;
            }
            settle();
        } else if (shared.isDoubtful() && !wire.inTransaction()) {
            shared.ask(this::look);
        }
        return shared.installation();
    }

    /** What is installed as far as it is known, without asking the server; null when nothing. */
    public Installation last() {
        return changed ? own : shared.installation();
    }

    /**
     * For a statement that calls the functions: what is installed, null when nothing. Asks the server when there is
     * doubt, within a transaction as well.
     *
     * @throws SQLException when the question makes the transaction fail
     */
    public Installation current() throws SQLException {
        boolean doubtful = changed || shared.isDoubtful();
        if (!doubtful || !wire.inTransaction() || wire.inFailedTransaction()) {
            return known();
        }
        Installation seen = look();
        if (changed) {
            own = seen;
        }
        return seen;
    }

    /**
     * The session has installed or removed the functions; other sessions see that once the transaction is committed.
     *
     * @throws SQLException when the question what is installed makes the open transaction fail
     */
    public void change() throws SQLException {
        changed = true;
        if (wire.inTransaction()) {
            own = look();
        } else {
            settle();
        }
    }

    /** A transaction may have ended: its changes have become true for all sessions, or were rolled back. */
    public void transactionMayHaveEnded() {
        if (changed && !wire.inTransaction()) {
            settle();
        }
    }

    private void settle() {
        changed = false;
        own = null;
        shared.doubt();
        shared.ask(this::look);
    }

    /** The next statement of any session asks the server. */
    void doubt() {
        shared.doubt();
    }

    /** The session ends, and its transaction with it. */
    void close() {
        if (changed) {
            shared.doubt();
        }
    }

    /** The error of a statement that the server has executed, as the caller is to see it. */
    public SQLException explain(SQLException error) {
        return StoredCode.explain(error, this, wire.showsErrorDetails());
    }

    private Installation look() throws SQLException {
        Rows row = wire.run(Installation.QUERY, notice -> { }).rows();
        return row.size() == 0 ? null : new Installation(row.text(0, 0), row.text(0, 1), Api.of(row.text(0, 2)));
    }
}
