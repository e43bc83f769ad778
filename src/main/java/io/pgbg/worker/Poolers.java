package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.Rows;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sees to it that each of the driver's own connections to one server leads to a session of its own, also where a
 * connection pooler stands in between. One that gives a server process to each transaction, or to each statement, would
 * run a job with the role and the settings of somebody else, and others with those of the job. It is refused before
 * anything is set.
 *
 * <p>Without a pooler this costs nothing: the pid that was announced when connecting is compared with the one that the
 * server process tells in answer to the first question, which then does nothing if it is another one.
 *
 * <p>Thread-safe. Behind a pooler one connection is opened at a time, so that two threads cannot take away each other's
 * room; the lock is held meanwhile.
 */
public final class Poolers {

    /** What the server process tells of itself. */
    private static final String PROCESS = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery()";

    /** A text that is no number fails where it is made one; the server's log shows it. */
    private static final String UNLESS = "SELECT CASE WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %d THEN 0"
            + " ELSE pg_catalog.concat('no session of its own: process ', pg_catalog.pg_backend_pid())"
            + "::pg_catalog.int4 END";

    /** How long a pooler may take until it has a server process for a connection. */
    private static final int PATIENCE_SECONDS = 8;

    private final WorkerSource source;
    private final Turn turn = new Turn();
    private volatile boolean there;

    Poolers(WorkerSource source) {
        this.source = source;
    }

    /** Opens a connection, and prepares it for its use when the check has passed. */
    @FunctionalInterface
    interface Opening<T> {

        T open(Check check) throws SQLException;
    }

    /** What a new connection must pass before anything is set in its session. */
    @FunctionalInterface
    interface Check {

        void passes(Wire connection, SendWatch socket) throws SQLException;
    }

    /** The server process that a connection leads to is not the one that it was thought to be. Nothing was done. */
    static final class Found extends SQLException {

        private static final long serialVersionUID = 1L;

        Found(Throwable cause) {
            super("A connection pooler is between the driver and the server.", SQLState.FEATURE_NOT_SUPPORTED.code(),
                    cause);
        }
    }

    /** From now on connections are opened as behind a pooler. */
    void expect() {
        there = true;
    }

    /**
     * Opens a connection.
     *
     * @param wait ends it
     * @throws SQLException 0A000 when a pooler gives it no session of its own, 53300 when it gives it no server process
     *     in time; or what the opening fails with
     */
    <T> T open(Wait wait, Opening<T> opening) throws SQLException {
        if (!there) {
            try {
                return opening.open((connection, socket) -> { });
            } catch (Found e) {
                there = true;
            }
        }
        turn.take(wait);
        try {
            return openChecked(wait, opening);
        } catch (Found e) {
            throw refused("The process has changed while the session began.");
        } finally {
            turn.leave();
        }
    }

    private <T> T openChecked(Wait wait, Opening<T> opening) throws SQLException {
        Wire witness = Connector.open(source.spareProperties(), wait, (connection, socket) ->
                wait.breakable(socket::abort, () -> {
                    Wire wire = new Wire(connection);
                    wire.learnPid(ask(wire, socket).pid());
                    return wire;
                }));
        try {
            return opening.open((connection, socket) -> {
                Process process = ask(connection, socket);
                connection.learnPid(process.pid());
                if (connection.isPooled()) {
                    new OwnSession(connection, witness).show(!process.standby());
                }
            });
        } finally {
            SpareConnections.closeAsItIs(witness);
        }
    }

    // ---- questions

    /**
     * The server process that answers.
     *
     * @param standby whether it can do nothing that writes
     */
    private record Process(int pid, boolean standby) {
    }

    /** Asks for the first time: a pooler lets a connection wait that it has no server process for. */
    private static Process ask(Wire connection, SendWatch socket) throws SQLException {
        AtomicBoolean late = new AtomicBoolean();
        DriverThreads.Timeout patience = DriverThreads.runAfter(PATIENCE_SECONDS, TimeUnit.SECONDS, () -> {
            late.set(true);
            if (socket.isCounting()) {
                socket.abort();
            } else {
                connection.abort();
            }
        });
        try {
            Rows row = connection.run(PROCESS, notice -> { }).rows();
            return new Process(Integer.parseInt(row.text(0, 0)), "t".equals(row.text(0, 1)));
        } catch (SQLException e) {
            if (late.get()) {
                throw ServerError.error(SQLState.TOO_MANY_CONNECTIONS,
                        "the connection pooler has given no server connection within %d s", PATIENCE_SECONDS)
                        .cause(e).toException();
            }
            throw ServerError.ofOtherConnection(e);
        } finally {
            patience.cancel();
        }
    }

    /** The pid of the server process that answers now. */
    static int pid(Wire connection) throws SQLException {
        return Integer.parseInt(connection.run(PROCESS, notice -> { }).rows().text(0, 0));
    }

    /**
     * Asks whether a connection behind a pooler leads to the process that it has led to before.
     *
     * @throws SQLException 0A000 when it does not
     */
    static void askAgain(Wire connection) throws SQLException {
        int now = pid(connection);
        if (now != connection.pid()) {
            throw refused("The session was in process %d before and is in process %d now.", connection.pid(), now);
        }
    }

    /** SQL that fails in every process but one, and with it all that is sent behind it in the same message. */
    static String unlessProcess(int pid) {
        return String.format(UNLESS, pid);
    }

    /** The error of a message that begins with {@link #unlessProcess}. */
    static SQLException explain(SQLException error) {
        return SQLState.INVALID_TEXT_REPRESENTATION.isStateOf(error) ? new Found(error) : error;
    }

    /**
     * The process that has answered must be the one that the connection is known to lead to.
     *
     * @throws Found if it is not
     */
    static void demandProcess(Wire connection, int pid) throws SQLException {
        if (connection.pid() != pid) {
            throw new Found(null);
        }
        connection.learnPid(pid);
    }

    /** The refusal of a pooler. */
    public static SQLException refused(String detail, Object... arguments) {
        return ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "pg_background functions cannot be used through a"
                + " connection pooler with transaction or statement pooling")
                .detail(detail, arguments)
                .hint("Have the pooler pool sessions (PgBouncer: pool_mode = session), or connect to the server"
                        + " itself.")
                .toException();
    }
}
