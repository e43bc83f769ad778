package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.Wire;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Turn;
import io.pgbg.worker.Wait;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of the driver's own over which the mailboxes of one or several sessions of a login are written. Nothing
 * that is sent over it holds a secret, a reply or an argument in its text.
 *
 * <p>Thread-safe: sessions use it {@linkplain #with one after the other}, in the order in which they come.
 */
final class AnswerConnection {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerConnection.class);

    private static final String BEGIN_WRITING = "SELECT pg_catalog.unnest(ARRAY["
            + "pg_catalog.pg_backend_pid()::pg_catalog.text, pg_catalog.current_setting('lo_compat_privileges'),"
            + " pg_catalog.pg_try_advisory_lock(?)::pg_catalog.text, pg_catalog.pg_is_in_recovery()::pg_catalog.text])";

    private static final String UNLOCK_ALL = "SELECT pg_catalog.pg_advisory_unlock_all()";

    private static final String STILL_THERE = "SELECT 1";

    /** How long connecting may take: functions wait for replies. */
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How long it is trusted to be there after the server has answered. */
    private static final long TRUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

    /** How long the server may take for little; so much for more bytes than these takes its time. */
    private static final int QUICK_MILLIS = 2000;
    private static final int LARGE = 1 << 16;

    private final SpareConnections source;
    private final boolean needed;
    private final Turn turn = new Turn();
    // written by the one whose turn it is
    private volatile Wire connection;
    private Writer writer;
    /** How long the connection may usually be silent. */
    private int usualMillis;
    private boolean patient;
    private volatile boolean broken;
    private long answered;
    /** The error of connecting last, which those who have waited for it need not wait for once more. */
    private volatile SQLException failure;

    /** @param needed whether an idle worker may be closed for it where the server has no room */
    AnswerConnection(SpareConnections source, boolean needed) {
        this.source = source;
        this.needed = needed;
    }

    /**
     * Does something over the connection, when it is this thread's turn; when it is lost meanwhile, does it again over
     * another one.
     *
     * @param wait ends the waiting for the turn, and the connecting
     * @throws SQLException when the server accepts no connection; 25006 when it is a standby, which writes nothing;
     *     0A000 when every role may read every large object, and with it what only the login may read; the step's own
     */
    <T> T with(SqlFunction<AnswerConnection, T> step, Wait wait) throws SQLException {
        SQLException before = failure;
        turn.take(wait);
        try {
            connect(before, wait);
            try {
                return step.apply(this);
            } catch (SQLException e) {
                if (!broken) {
                    throw e;
                }
                LOG.debug("{} - the connection for answers was lost: {}", connection.pid(), e.getMessage());
                connect(failure, wait);
                return step.apply(this);
            }
        } finally {
            turn.leave();
        }
    }

    /**
     * Does something over the connection if it is there.
     *
     * @throws SQLException the step's own
     */
    void ifUsable(SqlFunction<AnswerConnection, Void> step) throws SQLException {
        turn.take();
        try {
            if (isUsable()) {
                step.apply(this);
            }
        } finally {
            turn.leave();
        }
    }

    /** Whether an idle worker is closed for it where the server has no room. */
    boolean isNeeded() {
        return needed;
    }

    /**
     * Whether it is more than an attempt to connect where there is room: it is connected, or is being connected anew, or
     * is to be connected whatever idle connection has to go for it.
     */
    boolean isEstablished() {
        return needed || connection != null;
    }

    /** Whether it is connected, as far as is known. Exact where the calling thread has the turn. */
    boolean isUsable() {
        return connection != null && !broken;
    }

    // ---- connecting

    private void connect(SQLException before, Wait wait) throws SQLException {
        if (isUsable()) {
            return;
        }
        SQLException last = failure;
        if (last != null && last != before) {
            throw ServerError.again(last);
        }
        Wait limited = wait.limited(CONNECT_NANOS, () -> ServerError.error(SQLState.SYSTEM_ERROR,
                "the server has accepted no connection for answers in time").toException());
        try {
            if (connection == null) {
                open(limited);
            } else {
                reconnect(limited);
            }
            failure = null;
        } catch (SQLException e) {
            // that of a statement that has ended concerns nobody else
            if (!SQLState.QUERY_CANCELED.is(e.getSQLState()) && !wait.hasEnded()) {
                failure = e;
            }
            throw e;
        }
    }

    private void open(Wait wait) throws SQLException {
        Wire taken = needed ? source.take(wait) : source.takeIfRoom(wait);
        boolean usable = false;
        try {
            use(taken);
            try {
                beginWriting();
            } catch (SQLException e) {
                if (!broken) {
                    throw e;
                }
                reconnect(wait);
            }
            usable = true;
        } finally {
            if (!usable) {
                end();
            }
        }
    }

    private void use(Wire taken) throws SQLException {
        connection = taken;
        broken = false;
        usualMillis = taken.jdbc().getNetworkTimeout();
    }

    private void beginWriting() throws SQLException {
        long life = Writer.newLife();
        List<String> values = values(BEGIN_WRITING, life);
        if ("true".equals(values.get(3))) {
            throw ServerError.error(SQLState.READ_ONLY_SQL_TRANSACTION,
                    "pg_background functions cannot be called from other SQL during recovery")
                    .hint("Over jdbc:pgbg: a statement that is nothing but the call works here.").toException();
        }
        if (!"off".equals(values.get(1))) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "pg_background functions cannot be called in other SQL while lo_compat_privileges is on")
                    .hint("A statement that is nothing but the call works.").toException();
        }
        writer = new Writer(Integer.parseInt(values.get(0)), life);
    }

    /**
     * Takes a new connection in place of one that was lost. From now on the server has as much time as it usually has:
     * perhaps it was only slow.
     */
    private void reconnect(Wait wait) throws SQLException {
        // the lost one may have left a long reply
        source.leaveForSweep();
        SpareConnections.close(connection);
        broken = true;
        Wire opened = source.open(wait);
        boolean usable = false;
        try {
            use(opened);
            patient = true;
            beginWriting();
            usable = true;
        } finally {
            broken |= !usable;
        }
    }

    // ---- of the one whose turn it is

    /** The server process at the other end. */
    Writer writer() {
        return writer;
    }

    /** Finds out whether the connection is still there, unless the server has just answered. */
    void check() throws SQLException {
        if (System.nanoTime() - answered > TRUSTED_NANOS) {
            ask(STILL_THERE);
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
        return talk(wire -> {
            try (PreparedStatement statement = wire.jdbc().prepareStatement(sql)) {
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
                answered = System.nanoTime();
                return values;
            }
        }, parameters);
    }

    /**
     * Does something over the connection, whose loss is noted. All that is sent over it goes this way.
     *
     * @param dialog leaves the session as it was
     * @param parameters what it sends besides little
     */
    <T> T talk(SqlFunction<Wire, T> dialog, Object... parameters) throws SQLException {
        boolean complete = false;
        try {
            limitSilence(parameters);
            T result = dialog.apply(connection);
            complete = true;
            return result;
        } catch (SQLException e) {
            complete = true;
            throw noted(e);
        } finally {
            // after another failure in the middle the next answer might be that to an earlier question
            broken |= !complete;
        }
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

    // ---- the end

    /** The last session has left: gives the connection back. */
    void close() {
        turn.take();
        try {
            if (connection != null) {
                end();
            }
        } finally {
            turn.leave();
        }
    }

    private void end() {
        Wire ended = connection;
        boolean kept = false;
        try {
            if (!broken) {
                // its life
                ask(UNLOCK_ALL);
                ended.jdbc().setNetworkTimeout(Runnable::run, usualMillis);
                kept = true;
            }
        } catch (SQLException e) {
            LOG.debug("{} - the connection for answers is given up: {}", ended.pid(), e.getMessage());
        } finally {
            connection = null;
            broken = false;
            if (kept) {
                source.giveBack(ended);
            } else {
                source.leaveForSweep();
                SpareConnections.close(ended);
            }
        }
    }
}
