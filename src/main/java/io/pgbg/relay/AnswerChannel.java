package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's end of a session's requests: a connection of its own, on which it holds the answer lock and writes the
 * session's {@link Mailbox}. Nothing that it sends holds a secret, an answer or an argument in its text.
 *
 * <p>Used by one thread at a time.
 */
final class AnswerChannel {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerChannel.class);

    private static final String MAKE = "SELECT pg_catalog.pg_try_advisory_lock(?), pg_catalog.lo_from_bytea(?, ?)";

    private static final String REMOVE = "SELECT pg_catalog.lo_unlink(?), pg_catalog.pg_advisory_unlock(?)";

    private static final String OPEN = "SELECT pg_catalog.pg_advisory_unlock(?)";

    private static final String OPEN_ALL = "SELECT pg_catalog.pg_advisory_unlock_all()";

    /** The lock that the function waits for is opened when it can see the answer, and it finds the next one closed. */
    private static final String ANSWER = "BEGIN; SELECT pg_catalog.pg_try_advisory_lock(?), pg_catalog.lo_put(?, 0, ?)"
            + "; COMMIT; SELECT pg_catalog.pg_advisory_unlock(?)";

    private static final String LONG_ANSWER = "BEGIN; SELECT pg_catalog.pg_try_advisory_lock(?),"
            + " pg_catalog.lo_put(?, 0, ?), pg_catalog.lo_from_bytea(?, ?); COMMIT;"
            + " SELECT pg_catalog.pg_advisory_unlock(?)";

    /** It may never have been made, when the connection was lost just then. */
    private static final String REMOVE_ANSWER = "SELECT pg_catalog.lo_unlink(m.oid) FROM"
            + " pg_catalog.pg_largeobject_metadata AS m WHERE m.oid OPERATOR(pg_catalog.=) ?::pg_catalog.oid";

    /** Large objects of the login's under the numbers of mailboxes that nobody has removed. */
    private static final String LEFT_BEHIND = """
            SELECT m.oid FROM pg_catalog.pg_largeobject_metadata AS m JOIN pg_catalog.pg_roles AS r
              ON r.oid OPERATOR(pg_catalog.=) m.lomowner
            WHERE m.oid OPERATOR(pg_catalog.>=) ?::pg_catalog.oid AND r.rolname OPERATOR(pg_catalog.=) current_user
            ORDER BY m.oid LIMIT 1000""";

    /** Both a mailbox and a long answer tell the pid of the connection that writes them; a dead one writes no more. */
    private static final String REMOVE_DEAD = """
            SELECT CASE WHEN w.pid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(w.pid))
              THEN pg_catalog.lo_unlink(b.number) END
            FROM (SELECT n.number, pg_catalog.substr(pg_catalog.lo_get(n.number, 0, 512), 1, 512) AS head
                FROM (SELECT ?::pg_catalog.oid AS number) AS n) AS b,
              LATERAL (SELECT CASE
                WHEN pg_catalog.substr(b.head, 1, 7) OPERATOR(pg_catalog.=) '{pgbg2,'::pg_catalog.bytea
                THEN (pg_catalog.convert_from(b.head, 'UTF8')::pg_catalog.text[])[5]::pg_catalog.int4
                WHEN pg_catalog.substr(b.head, 1, 6) OPERATOR(pg_catalog.=) 'pgbg2 '::pg_catalog.bytea
                THEN pg_catalog.convert_from(pg_catalog.substr(b.head, 7, 10), 'UTF8')::pg_catalog.int4 END AS pid)
                AS w""";

    private static final String PRIVILEGES = "SELECT pg_catalog.current_setting('lo_compat_privileges')";

    /** So many numbers are tried before somebody must be taking them on purpose. */
    private static final int NUMBERS = 20;

    private final SpareConnections source;
    private final int launcher;
    private Wire connection;
    private Mailbox mailbox;
    private byte[] names = new byte[0];
    private List<String> toldSettings = List.of();
    private List<String> toldCustomSettings = List.of();
    private boolean broken;

    /**
     * Takes a connection.
     *
     * @param launcher pid of the session's backend
     * @param wait ends the connecting
     * @throws SQLException when there is none to be had; 0A000 when everybody may read every large object, and with it
     *     what is for the login alone
     */
    AnswerChannel(SpareConnections source, int launcher, Wait wait) throws SQLException {
        this.source = source;
        this.launcher = launcher;
        this.connection = source.take(wait);
        boolean usable = false;
        try {
            if (!"off".equals(ask(PRIVILEGES))) {
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

    /** Whether the connection was lost. */
    boolean isBroken() {
        return broken;
    }

    /** The connection, to be asked for what all sessions of the login have in common. */
    Wire connection() {
        return connection;
    }

    /** Takes another connection in place of one that was lost; the mailbox stays. */
    void reconnect() throws SQLException {
        SpareConnections.close(connection);
        connection = source.take();
        broken = false;
        if (mailbox != null) {
            mailbox.writtenBy(connection.pid());
        }
    }

    /** The number of the mailbox; makes one if there is none. */
    long number() throws SQLException {
        if (mailbox == null) {
            for (int i = 0; i < NUMBERS && mailbox == null; i++) {
                make(Mailbox.newNumber(), "");
            }
            if (mailbox == null) {
                throw ServerError.error(SQLState.INSUFFICIENT_RESOURCES,
                        "the numbers of large objects that the driver needs are in use").toException();
            }
        }
        return mailbox.number();
    }

    /** The names of the settings that a launch takes over: those of the server, and those of the application. */
    void tellNames(List<String> settings, List<String> customSettings) throws SQLException {
        if (settings != toldSettings || !customSettings.equals(toldCustomSettings)) {
            toldSettings = settings;
            toldCustomSettings = customSettings;
            names = TextArray.write(List.of(TextArray.write(settings), TextArray.write(customSettings)))
                    .getBytes(StandardCharsets.UTF_8);
            // the next one has them; there is no request now that waits for this one
            removeMailbox();
        }
    }

    /**
     * Makes a mailbox in place of the one that there is, if the number is free.
     *
     * @param token what the function wants to see in it
     */
    void make(long number, String token) throws SQLException {
        Mailbox made = new Mailbox(number, connection.pid(), token);
        try (PreparedStatement statement = connection.jdbc().prepareStatement(MAKE)) {
            statement.setLong(1, made.gate());
            statement.setLong(2, number);
            statement.setBytes(3, made.content(names));
            statement.executeQuery().close();
        } catch (SQLException e) {
            if (!SQLState.UNIQUE_VIOLATION.is(noted(e).getSQLState())) {
                throw e;
            }
            LOG.debug("{} - a large object has the number that a mailbox was to have", launcher);
            open(made.gate());
            return;
        }
        removeMailbox();
        mailbox = made;
    }

    /** Opens a lock, which the server keeps when the statement that has taken it fails. */
    private void open(long gate) throws SQLException {
        try (PreparedStatement statement = connection.jdbc().prepareStatement(OPEN)) {
            statement.setLong(1, gate);
            statement.executeQuery().close();
        } catch (SQLException e) {
            throw noted(e);
        }
    }

    private void removeMailbox() throws SQLException {
        if (mailbox == null) {
            return;
        }
        removeAnswer(mailbox.answerNumber());
        try (PreparedStatement statement = connection.jdbc().prepareStatement(REMOVE)) {
            statement.setLong(1, mailbox.number());
            statement.setLong(2, mailbox.gate());
            statement.executeQuery().close();
        } catch (SQLException e) {
            throw noted(e);
        } finally {
            mailbox = null;
        }
    }

    /** Whether who made a call could read the mailbox. */
    boolean isProven(Request.Call call) {
        return mailbox != null && mailbox.isProven(call);
    }

    /** Whether a token is that of the request that was answered last. */
    boolean hasAnswered(String token) {
        return mailbox != null && mailbox.hasAnswered(token);
    }

    /**
     * Writes an answer and wakes the function.
     *
     * @param digest what the driver knows of the session, so that it need not be told again
     * @throws SQLException 08006 when this channel has taken the place of a lost one, and does not have the secret of its
     *     mailbox
     */
    void answer(String token, EncodedReply answer, String digest) throws SQLException {
        if (mailbox == null) {
            throw SQLState.CONNECTION_FAILURE.exception("The connection for the answer was lost.");
        }
        long opened = mailbox.gate();
        long before = mailbox.answerNumber();
        byte[] content = answer.content();
        byte[] page = mailbox.write(token, answer, content, digest);
        boolean outside = Mailbox.isLong(content);
        try (PreparedStatement statement = connection.jdbc().prepareStatement(outside ? LONG_ANSWER : ANSWER)) {
            int parameter = 1;
            statement.setLong(parameter++, mailbox.gate());
            statement.setLong(parameter++, mailbox.number());
            statement.setBytes(parameter++, page);
            if (outside) {
                statement.setLong(parameter++, mailbox.answerNumber());
                statement.setBytes(parameter++, mailbox.answerObject(content));
            }
            statement.setLong(parameter, opened);
            statement.execute();
        } catch (SQLException e) {
            throw noted(e);
        }
        removeAnswer(before);
    }

    private void removeAnswer(long number) throws SQLException {
        if (number == 0) {
            return;
        }
        try (PreparedStatement statement = connection.jdbc().prepareStatement(REMOVE_ANSWER)) {
            statement.setLong(1, number);
            statement.executeQuery().close();
        } catch (SQLException e) {
            throw noted(e);
        }
    }

    /** Asks the server something that needs no values. */
    String ask(String sql) throws SQLException {
        try (PreparedStatement statement = connection.jdbc().prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getString(1) : null;
        } catch (SQLException e) {
            throw noted(e);
        }
    }

    /** Asks the server something with texts for its parameters. */
    String ask(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.jdbc().prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        } catch (SQLException e) {
            throw noted(e);
        }
    }

    private SQLException noted(SQLException error) {
        broken |= SQLState.isConnectionError(error.getSQLState());
        if (!broken) {
            try {
                connection.run("ROLLBACK", notice -> { });
            } catch (SQLException e) {
                broken = true;
                error.addSuppressed(e);
            }
        }
        return error;
    }

    /**
     * Removes what was left behind by connections for answers of this login that were killed, or whose process or server
     * was.
     */
    private void sweep() {
        try (PreparedStatement left = connection.jdbc().prepareStatement(LEFT_BEHIND);
                PreparedStatement remove = connection.jdbc().prepareStatement(REMOVE_DEAD)) {
            left.setLong(1, Mailbox.FIRST_NUMBER);
            List<Long> numbers = new ArrayList<>();
            try (ResultSet rows = left.executeQuery()) {
                while (rows.next()) {
                    numbers.add(rows.getLong(1));
                }
            }
            for (long number : numbers) {
                remove.setLong(1, number);
                remove.executeQuery().close();
            }
        } catch (SQLException e) {
            // another process may just be removing the same
            LOG.debug("{} - what was left behind is left to the next one: {}", launcher, noted(e).getMessage());
        }
    }

    /** Removes the mailbox and gives the connection back. */
    void close() {
        try {
            if (!broken) {
                removeMailbox();
                // that of an answer that could not be written
                ask(OPEN_ALL);
                if (source.takeSweep()) {
                    sweep();
                }
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
