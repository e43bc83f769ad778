package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's end of a session's requests: a connection of its own, over which the session's {@link MailboxStore} is
 * written. Nothing that it sends holds a secret, a reply or an argument in its text.
 *
 * <p>Used by one thread at a time.
 */
final class AnswerChannel {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerChannel.class);

    private static final String PRIVILEGES = "SELECT pg_catalog.current_setting('lo_compat_privileges')";

    private static final String UNLOCK_ALL = "SELECT pg_catalog.pg_advisory_unlock_all()";

    /** How long the server may take for little; so much for more bytes than these takes its time. */
    private static final int QUICK_MILLIS = 2000;
    private static final int LARGE = 1 << 16;

    private final SpareConnections source;
    private final int launcher;
    private final MailboxStore mailbox;
    private Wire connection;
    /** How long the connection may usually be silent. */
    private int usualMillis;
    private boolean patient;
    private boolean broken;

    /**
     * Takes a connection.
     *
     * @param launcher pid of the session's backend
     * @param wait ends the connecting
     * @throws SQLException when the server accepts no connection; 0A000 when every role may read every large object,
     *     and with it what only the login may read
     */
    AnswerChannel(SpareConnections source, int launcher, Wait wait) throws SQLException {
        this.source = source;
        this.launcher = launcher;
        this.mailbox = new MailboxStore(this, launcher);
        use(source.take(wait));
        boolean usable = false;
        try {
            if (!"off".equals(privileges(wait))) {
                throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                        "pg_background functions cannot be called in other SQL while lo_compat_privileges is on")
                        .hint("A statement that is nothing but the call works.").toException();
            }
            usable = true;
        } finally {
            if (!usable) {
                close();
            }
        }
    }

    private void use(Wire taken) throws SQLException {
        connection = taken;
        usualMillis = taken.jdbc().getNetworkTimeout();
        broken = false;
    }

    private String privileges(Wait wait) throws SQLException {
        try {
            return ask(PRIVILEGES);
        } catch (SQLException e) {
            if (!broken) {
                throw e;
            }
            reconnect(wait);
            return ask(PRIVILEGES);
        }
    }

    MailboxStore mailbox() {
        return mailbox;
    }

    /** The connection, over which what all sessions of the login have in common may be queried. */
    Wire connection() {
        return connection;
    }

    /** Whether the connection was lost. */
    boolean isBroken() {
        return broken;
    }

    /**
     * Takes a new connection in place of one that was lost; the mailbox stays. From now on the server has as much time
     * as it usually has: perhaps it was only slow.
     *
     * @param wait ends the connecting
     */
    void reconnect(Wait wait) throws SQLException {
        // the lost one may have left a long reply
        source.leaveForSweep();
        SpareConnections.close(connection);
        use(source.open(wait));
        patient = true;
        mailbox.writtenBy(connection.pid());
    }

    /** A function waits for what is asked, and gives up after some seconds. */
    private void limitSilence(Object[] parameters) throws SQLException {
        boolean quick = !patient
                && Arrays.stream(parameters).noneMatch(value -> value instanceof byte[] bytes && bytes.length > LARGE);
        int millis = quick ? Math.min(QUICK_MILLIS, usualMillis) : usualMillis;
        if (connection.jdbc().getNetworkTimeout() != millis) {
            connection.jdbc().setNetworkTimeout(Runnable::run, millis);
        }
    }

    /**
     * Executes one or several statements.
     *
     * @param parameters texts, numbers and bytes
     * @return the first value of the first statement; null when it returns no row
     */
    String ask(String sql, Object... parameters) throws SQLException {
        List<String> values = values(sql, parameters);
        return values.isEmpty() ? null : values.get(0);
    }

    /** Does the same and returns the first value of each row. */
    List<String> values(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.jdbc().prepareStatement(sql)) {
            limitSilence(parameters);
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<String> values = new ArrayList<>(1);
            if (statement.execute()) {
                try (ResultSet rows = statement.getResultSet()) {
                    while (rows.next()) {
                        values.add(rows.getString(1));
                    }
                }
            }
            return values;
        } catch (SQLException e) {
            throw noted(e);
        }
    }

    private SQLException noted(SQLException error) {
        broken |= SQLState.isSessionEnd(error.getSQLState());
        if (!broken) {
            try {
                connection.run("ROLLBACK", notice -> { });
            } catch (SQLException e) {
                broken = true;
                error.addSuppressed(e);
            }
        }
        return ServerError.ofOtherConnection(error);
    }

    /** Removes the mailbox and gives the connection back. */
    void close() {
        try {
            if (!broken) {
                mailbox.remove();
                // that of a reply that could not be written
                ask(UNLOCK_ALL);
                if (source.takeSweep()) {
                    new Sweep(this, launcher).run();
                }
                connection.jdbc().setNetworkTimeout(Runnable::run, usualMillis);
            }
        } catch (SQLException e) {
            broken = true;
            LOG.debug("{} - the connection for answers is given up: {}", launcher, e.getMessage());
        }
        if (broken) {
            source.leaveForSweep();
            SpareConnections.close(connection);
        } else {
            source.giveBack(connection);
        }
    }
}
