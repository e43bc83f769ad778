package io.pgbg.worker;

import io.pgbg.wire.Rows;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background connection. It runs one job at a time and belongs to the job until it is released.
 *
 * <p>Used by one thread at a time, except for {@link #markCancelled()}, {@link #cancel()}, {@link #signal} and
 * {@link #abort()}.
 */
public final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** After a longer pause a connection is tested before it gets a job. */
    private static final long TRUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long the test of a connection may take. */
    private static final int TEST_SECONDS = 2;

    /** How long the server may take for all else that is asked of it between two jobs. */
    private static final int PATIENCE_SECONDS = 10;

    private final Wire wire;
    private final SendWatch socket;
    private final WorkerSession session;
    /** When the worker was about to connect. */
    private final long connectedNanos;
    /** The stamp that the launcher had seen before the worker connected: the session is at least as new. */
    private final String stamp;
    private final int patienceSeconds;
    private volatile boolean cancelSent;
    private boolean warm;
    private boolean beyondLimit;
    /** Whether it is not known that the connection leads to the worker's process, behind a pooler that changes them. */
    private boolean astray;
    private long resetAt;
    private String system;

    private Worker(Wire wire, SendWatch socket, WorkerSession session, long connectedNanos, String stamp,
            int patienceSeconds) {
        this.wire = wire;
        this.socket = socket;
        this.session = session;
        this.connectedNanos = connectedNanos;
        this.stamp = stamp;
        this.patienceSeconds = patienceSeconds;
    }

    /**
     * Connects, and reads what the session is like.
     *
     * @param freshness what the launcher has seen of its login
     * @param poolers see to it that the connection leads to a session of its own
     * @param wait ends the connecting
     */
    static Worker open(WorkerSource source, SettingNames names, Freshness freshness, Poolers poolers, Wait wait)
            throws SQLException {
        return poolers.open(wait, check -> open(source, names, freshness, check, wait));
    }

    private static Worker open(WorkerSource source, SettingNames names, Freshness freshness, Poolers.Check check,
            Wait wait) throws SQLException {
        long connectedNanos = System.nanoTime();
        Properties properties = new Properties();
        properties.putAll(source.properties());
        return Connector.open(properties, wait, (connection, socket) -> {
            Wire wire = new Wire(connection);
            WorkerSession session = wait.breakable(socket::abort, () -> {
                check.passes(wire, socket);
                return new WorkerSession(wire, names);
            });
            // a job may take hours without sending a byte
            connection.setNetworkTimeout(Runnable::run, 0);
            LOG.debug("{} - worker opened to {}", session.pid(), source);
            return new Worker(wire, socket, session, connectedNanos, freshness.stamp(),
                    source.patienceSeconds(PATIENCE_SECONDS));
        });
    }

    /** The process id of the server process. */
    public int pid() {
        return session.pid();
    }

    public Wire wire() {
        return wire;
    }

    /** Asks to be told when the next request has left for the server. */
    public void onceSent(Runnable told) {
        socket.onceSent(told);
    }

    /** Whether a new connection might begin differently, as far as the launcher can tell. */
    boolean isOutdated(Freshness freshness) {
        return freshness.outdates(session.configuredMicros(), stamp, connectedNanos);
    }

    /** Whether a launcher in this state would find no custom setting here that it does not know. */
    boolean suits(SessionState state) {
        return session.suits(state);
    }

    /**
     * Brings the session into the launcher's state. Behind a connection pooler the server is asked first whether the
     * connection still leads to the same process.
     *
     * @param wait ends it
     * @throws SQLException the server's, when it refuses a setting or the role; then no job may run here. 58000 when it
     *     does not answer; 0A000 when the pooler has changed the process
     */
    void take(SessionState state, Wait wait) throws SQLException {
        boolean differs = session.differsFrom(state);
        if (differs || wire.isPooled()) {
            wait.breakable(this::abort, () -> {
                answered(patienceSeconds, () -> {
                    if (wire.isPooled()) {
                        astray = true;
                        Poolers.askAgain(wire);
                        astray = false;
                    }
                    if (differs) {
                        session.change();
                    }
                });
                return null;
            });
        }
    }

    /**
     * Asks the server something that has nothing to do with the session.
     *
     * @param seconds how long it may take
     * @param wait ends it
     * @throws SQLException 58000 when it does not answer
     */
    Rows ask(String sql, int seconds, Wait wait) throws SQLException {
        Rows[] rows = new Rows[1];
        wait.breakable(this::abort, () -> {
            answered(Math.min(seconds, patienceSeconds), () -> rows[0] = wire.run(sql, notice -> { }).rows());
            return null;
        });
        return rows[0];
    }

    /** {@link ServerFacts#system}, of the very server that the connection leads to; it does not change. */
    String system(int seconds, Wait wait) throws SQLException {
        if (system == null) {
            system = ServerFacts.askSystem(sql -> ask(sql, seconds, wait));
        }
        return system;
    }

    /** Whether the session was read before its process has loaded the server's configuration for the last time. */
    boolean isConfiguredBefore(long loadedMicros) {
        return loadedMicros > session.configuredMicros();
    }

    /** How the session writes values as long as the job does not change that. */
    public TextSettings texts() {
        return session.texts();
    }

    /** Remembers the names of custom settings that the text of a job sets. */
    public void remember(Set<String> customNames) {
        session.remember(customNames);
    }

    /** Keeps this worker from being used again, because a cancel request may arrive late. */
    public void markCancelled() {
        cancelSent = true;
    }

    /** Asks the server to cancel the job; only after {@link #markCancelled()}. */
    public void cancel() throws SQLException {
        wire.cancel();
    }

    /**
     * Has the server do something to this worker's process, over another connection.
     *
     * @param function of the pid
     * @return false when the process is gone
     */
    public boolean signal(String function, Wire via) throws SQLException {
        return session.signal(function, via.jdbc());
    }

    /** Closes the connection without a word to the server: what waits for its answer fails. Called by any thread. */
    public void abort() {
        if (socket.isCounting()) {
            socket.abort();
        } else {
            wire.abort();
        }
    }

    /**
     * Resets the session, so that another job can run here.
     *
     * @return false when the worker cannot be used again
     */
    public boolean reset() {
        if (cancelSent || astray || isLost() || !session.isResettable()) {
            return false;
        }
        try {
            answered(patienceSeconds, session::reset);
            // if it is kept it takes the place of one that was closed, and the next launch is within the limit
            beyondLimit = false;
            warm = true;
            resetAt = System.nanoTime();
            return true;
        } catch (SQLException e) {
            LOG.debug("{} - worker cannot be used again: {}", pid(), e.getMessage());
            return false;
        }
    }

    /** For the job that it was opened for this worker is one more than the limit allows. */
    void markBeyondLimit() {
        beyondLimit = true;
    }

    public boolean isBeyondLimit() {
        return beyondLimit;
    }

    /** Whether this worker was kept from an earlier job, and may have been lost unnoticed since. */
    boolean isWarm() {
        return warm;
    }

    /** Whether the server still answers over this connection. */
    boolean isAlive() {
        if (isLost()) {
            return false;
        }
        boolean trusted = System.nanoTime() - resetAt < TRUSTED_NANOS && !socket.hasUnread();
        try {
            if (trusted) {
                // the end of the session may have been read together with the answer before it
                socket.look(wire::look);
                return true;
            }
            answered(Math.min(TEST_SECONDS, patienceSeconds), () -> wire.run("", notice -> { }));
            return true;
        } catch (SQLException e) {
            LOG.debug("{} - worker was lost while idle: {}", pid(), e.getMessage());
            return false;
        }
    }

    /** Asks the server, which answers soon if it lives and the network does not keep silent. */
    private void answered(int seconds, SqlAction question) throws SQLException {
        DriverThreads.Timeout patience = DriverThreads.runAfter(seconds, TimeUnit.SECONDS, this::abort);
        try {
            question.run();
        } catch (SQLException e) {
            throw ServerError.ofOtherConnection(e);
        } finally {
            patience.cancel();
        }
    }

    /** Whether the connection to the server is lost. */
    public boolean isLost() {
        try {
            return wire.isClosed();
        } catch (SQLException e) {
            LOG.debug("{} - worker is in doubt and given up: {}", pid(), e.getMessage());
            return true;
        }
    }

    void close() {
        try {
            if (wire.isPooled() && !astray && !isLost()) {
                // the pooler gives the process to somebody else, and may not reset it
                answered(patienceSeconds, session::discard);
            }
            wire.jdbc().close();
            LOG.debug("{} - worker closed", pid());
        } catch (SQLException e) {
            LOG.debug("{} - worker did not close in good order: {}", pid(), e.getMessage());
        }
    }

}
