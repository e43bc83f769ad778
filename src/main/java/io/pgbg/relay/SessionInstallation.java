package io.pgbg.relay;

import io.pgbg.function.Api;
import io.pgbg.wire.Rows;
import io.pgbg.wire.Wire;
import java.sql.SQLException;

/**
 * What one session knows of the functions installed in its database: the same as the whole JVM, but for what its own
 * open transaction has changed.
 *
 * <p>Used by the thread that executes statements; {@link #doubt} comes from any thread.
 */
final class SessionInstallation {

    private final Installations shared;
    private final Wire wire;
    /** Whether the open transaction has changed it, and what it sees. */
    private volatile boolean changed;
    private volatile Installation own;

    SessionInstallation(Installations shared, Wire wire) {
        this.shared = shared;
        this.wire = wire;
    }

    /** The session begins. */
    void open() {
        shared.refresh(this::look);
    }

    /** For any statement: costs a round trip only when there is reason to doubt, and no transaction is open. */
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

    /** What is known, without asking. */
    Installation last() {
        return changed ? own : shared.installation();
    }

    /**
     * For a statement that calls the functions: looks within a transaction, too, when there is reason to doubt.
     *
     * @throws SQLException when the transaction fails by that
     */
    Installation current() throws SQLException {
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
     * The session has installed or removed the functions, which others see when the transaction is committed.
     *
     * @throws SQLException when the open transaction fails by looking
     */
    void change() throws SQLException {
        changed = true;
        if (wire.inTransaction()) {
            own = look();
        } else {
            settle();
        }
    }

    /** A transaction may have ended: what it has changed is true now for everybody, or has never been. */
    void transactionMayHaveEnded() {
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

    /** The next statement, of whatever session, looks. */
    void doubt() {
        shared.doubt();
    }

    /** The session ends, and a transaction with it. */
    void close() {
        if (changed) {
            shared.doubt();
        }
    }

    private Installation look() throws SQLException {
        Rows row = wire.run(Installation.QUERY, notice -> { }).rows();
        return row.size() == 0 ? null : new Installation(row.text(0, 0), row.text(0, 1),
                Api.of(row.text(0, 2)));
    }
}
