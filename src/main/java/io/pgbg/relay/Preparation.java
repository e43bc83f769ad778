package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.Wire;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Collection;

/**
 * Makes a session ready for a statement that calls functions on the server: they are there, know the mailbox, and will
 * be answered.
 *
 * <p>Used by the thread that executes the statement, which has the connection to itself ({@link Wire#alone}) until the
 * statement has ended.
 */
public final class Preparation {

    private final Wire wire;
    private final SessionFunctions functions;
    private final SessionInstallation installation;
    private final ChannelLease lease;
    /** The number of the mailbox that the session was told last. */
    private long toldNumber;

    Preparation(Wire wire, SessionFunctions functions, SessionInstallation installation, ChannelLease lease) {
        this.wire = wire;
        this.functions = functions;
        this.installation = installation;
        this.lease = lease;
    }

    /**
     * Sees to it that there is a connection for answers. Connecting may take long, and is better done before the
     * launcher's connection is held.
     *
     * @param wait ends the waiting for it
     */
    public void connect(Wait wait) throws SQLException {
        lease.mailbox(wait);
    }

    /**
     * Does something with the mailbox kept as it is, however long it takes: from the first of these methods until the
     * statement has ended.
     */
    public void holding(SqlAction step) throws SQLException {
        try (var held = lease.hold()) {
            step.run();
        }
    }

    /** Whether a statement that names these uses the session's own type of handles. */
    public boolean usesType(Collection<String> names) {
        return functions.usesType(names);
    }

    /**
     * Makes ready for a statement that calls the session's own functions: what it names is in the session's
     * {@value SessionFunctions#SCHEMA} and was made by the driver.
     *
     * @param names what the statement names: functions, the type, views
     * @param wait ends the waiting for a connection for answers
     * @throws SQLException 42501 when the role may not make temporary objects, 25006 in a read-only transaction, 25P02
     *     in a failed one; 53000 when the server accepts no connection for answers
     */
    public void ofSession(Collection<String> names, Wait wait) throws SQLException {
        functions.prepare(names, lease.mailbox(wait));
    }

    /**
     * Makes ready for a statement that calls installed functions.
     *
     * @param wait ends the waiting for a connection for answers
     * @throws SQLException 55000 when an older driver has installed them; 53000 when the server accepts no connection
     *     for answers
     */
    public void ofInstalled(Wait wait) throws SQLException {
        Installation known = installation.last();
        if (known != null && known.isOlder()) {
            throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                    "the pg_background functions in schema %s are those of an older release of the driver",
                    known.schema()).hint("Renew them: ALTER EXTENSION pg_background UPDATE over jdbc:pgbg:.")
                    .toException();
        }
        long number = lease.mailbox(wait);
        if (number != toldNumber && !wire.inFailedTransaction()) {
            wire.run(SessionFunctions.tell(number), notice -> { });
            toldNumber = number;
        }
    }
}
