package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactions of one session, as far as the driver begins, ends or fails them itself.
 *
 * <p>As thread-safe as the session's connection.
 */
public final class Transactions {

    private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

    private final Wire wire;
    private final Runnable mayHaveEnded;
    /** The thread whose transaction of the driver's own is open; null when there is none. */
    private volatile Thread own;

    /** @param mayHaveEnded told whenever a transaction may have ended */
    Transactions(Wire wire, Runnable mayHaveEnded) {
        this.wire = wire;
        this.mayHaveEnded = mayHaveEnded;
    }

    /**
     * Does several things as one transaction, unless there is one already: what a text of several statements, or a
     * batch, is for the server. Whatever the work throws ends the transaction. Other threads that use the connection
     * wait until it is over, so that nothing of theirs becomes a part of it.
     *
     * @param commit executes COMMIT; not called when the work has ended the transaction itself
     */
    public void asOne(SqlAction work, SqlAction commit) throws SQLException {
        wire.alone(() -> asOneAlone(work, commit));
    }

    private void asOneAlone(SqlAction work, SqlAction commit) throws SQLException {
        if (!wire.jdbc().getAutoCommit() || wire.inTransaction()) {
            work.run();
            return;
        }
        wire.run("BEGIN", notice -> { });
        own = Thread.currentThread();
        try {
            work.run();
            if (isOpen()) {
                commit.run();
                mayHaveEnded.run();
            }
        } catch (SQLException | RuntimeException | Error e) {
            rollback(e);
            throw e;
        } finally {
            own = null;
        }
    }

    /**
     * Whether the calling thread is within a transaction of the driver's own: the application knows nothing of it, and
     * no cursor must be left open, as in autocommit.
     */
    public boolean isOwn() {
        return own == Thread.currentThread();
    }

    private boolean isOpen() throws SQLException {
        return !wire.isClosed() && wire.inTransaction();
    }

    private void rollback(Throwable failure) {
        try {
            if (isOpen()) {
                wire.run("ROLLBACK", notice -> { });
                mayHaveEnded.run();
            }
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Does something of the driver's whose error ends the transaction block, if there is one or the statement would
     * have begun one, as the error of a function does: the server raises the very error.
     */
    public <T> T failing(SqlSupplier<T> work) throws SQLException {
        // another thread may turn it off meanwhile, and begin a transaction of its own
        boolean begins = !wire.isClosed() && !wire.jdbc().getAutoCommit();
        try {
            return work.get();
        } catch (SQLException e) {
            ServerErrorMessage message = ServerError.messageOf(e);
            // what pgjdbc refuses by itself never gets to the server
            if (message != null) {
                wire.alone(() -> raise(e, message, begins));
            }
            throw e;
        }
    }

    private void raise(SQLException error, ServerErrorMessage message, boolean begins) throws SQLException {
        if (wire.isClosed() || wire.inFailedTransaction()
                || !begins && !(wire.inTransaction() && wire.jdbc().getAutoCommit())) {
            return;
        }
        try {
            // dollar signs would end the quotes
            String plain = String.valueOf(message.getMessage()).replace('$', '?');
            wire.runInTransaction("DO LANGUAGE plpgsql $pgbg$BEGIN RAISE EXCEPTION USING ERRCODE = '"
                    + error.getSQLState() + "', MESSAGE = $text$" + plain + "$text$; END$pgbg$", notice -> { });
        } catch (SQLException expected) {
            // the error is the purpose; a connection that is lost has no transaction any more
            LOG.trace("{} - transaction failed: {}", wire.pid(), expected.getSQLState());
        }
    }

    /**
     * For what the driver does without the server, which would refuse any statement in a failed transaction block.
     *
     * @throws SQLException 25P02 in one
     */
    public void refuseFailed() throws SQLException {
        if (wire.inFailedTransaction()) {
            throw ServerError.error(SQLState.IN_FAILED_SQL_TRANSACTION,
                    "current transaction is aborted, commands ignored until end of transaction block").toException();
        }
    }
}
