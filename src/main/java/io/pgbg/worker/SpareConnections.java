package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections of the driver's own that run no jobs: as workers, they go to one server with one login, and are kept for
 * a while for whoever needs one next. They do not count as workers.
 *
 * <p>Thread-safe. The lock guards the queue and is never held while talking to a server.
 */
public final class SpareConnections {

    private static final Logger LOG = LoggerFactory.getLogger(SpareConnections.class);

    /** How long connecting may take where nobody can say how long he would wait. */
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** After so long a pause a connection is tried before it is trusted. */
    private static final long TRUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * What is written here is for the moment: it may be lost with the server, and must not be squeezed hard. Nobody
     * holds locks for long.
     */
    private static final String SETTINGS = """
            SET synchronous_commit TO off; SET lock_timeout TO '5s'; SET statement_timeout TO 0;
            SET search_path TO ''; SET default_transaction_read_only TO off;
            SET default_transaction_isolation TO 'read committed';
            SELECT pg_catalog.set_config(name, 'lz4', false) FROM pg_catalog.pg_settings
            WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)""";

    private final WorkerSource source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Idle> idle = new ArrayDeque<>();
    private final Runnable onClose;
    /** At first because of other processes, and of this one before the server was restarted. */
    private final AtomicBoolean sweep = new AtomicBoolean(true);
    private boolean expiring;

    private record Idle(Wire connection, long since) {

        long nanos() {
            return System.nanoTime() - since;
        }
    }

    /** @param onClose told when a connection was closed that had been kept */
    SpareConnections(WorkerSource source, Runnable onClose) {
        this.source = source;
        this.onClose = onClose;
    }

    /** Whether none is kept. */
    boolean isEmpty() {
        lock.lock();
        try {
            return idle.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether somebody is to look for what lost connections have left behind; whoever is told so does it. */
    public boolean takeSweep() {
        return sweep.getAndSet(false);
    }

    /** A lost connection has left something behind. */
    public void leaveForSweep() {
        sweep.set(true);
    }

    /** The same for who cannot wait but for the time that a server may take to let somebody in. */
    public Wire take() throws SQLException {
        return take(new Wait(CONNECT_NANOS, Wait.Watch.NEVER));
    }

    /**
     * A connection, to be given back or closed.
     *
     * @param wait ends the connecting
     * @throws SQLException 53000 when the server has no room, what connecting gave, or the wait's end
     */
    public Wire take(Wait wait) throws SQLException {
        Idle kept = poll();
        while (kept != null) {
            if (kept.nanos() < TRUSTED_NANOS || kept.connection().jdbc().isValid(1)) {
                return kept.connection();
            }
            close(kept.connection());
            kept = poll();
        }
        try {
            return open(wait);
        } catch (SQLException e) {
            if (!SQLState.TOO_MANY_CONNECTIONS.is(e.getSQLState())) {
                throw e;
            }
            throw ServerError.error(SQLState.INSUFFICIENT_RESOURCES, "could not register background process")
                    .detail("The server refused a connection: %s", e.getMessage())
                    .hint("You may need to increase max_connections or the connection limit of the role.")
                    .cause(e).toException();
        }
    }

    private Wire open(Wait wait) throws SQLException {
        Properties properties = source.spareProperties();
        SendWatch socket = SendWatch.of(properties);
        Connection connection;
        try {
            connection = wait.breakable(socket::abort, () -> Worker.connect(properties));
        } finally {
            socket.settle();
        }
        boolean ready = false;
        try (Statement statement = connection.createStatement()) {
            statement.execute(SETTINGS);
            ready = true;
            return new Wire(connection);
        } finally {
            if (!ready) {
                close(connection);
            }
        }
    }

    private Idle poll() {
        lock.lock();
        try {
            return idle.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a connection back, its session as it was given out. */
    public void giveBack(Wire connection) {
        boolean kept;
        lock.lock();
        try {
            kept = idle.size() < source.idleWorkers();
            if (kept) {
                idle.addFirst(new Idle(connection, System.nanoTime()));
                expireLater();
            }
        } finally {
            lock.unlock();
        }
        if (!kept) {
            close(connection);
        }
    }

    /** The connection that has been idle longest stands last. Called under the lock. */
    private void expireLater() {
        if (!expiring) {
            expiring = true;
            long left = source.idleTimeout().toNanos() - idle.getLast().nanos();
            DriverThreads.runAfter(Math.max(left, 0), TimeUnit.NANOSECONDS, this::expire);
        }
    }

    private void expire() {
        List<Wire> expired = new ArrayList<>();
        lock.lock();
        try {
            expiring = false;
            while (!idle.isEmpty() && idle.peekLast().nanos() >= source.idleTimeout().toNanos()) {
                expired.add(idle.pollLast().connection());
            }
            if (!idle.isEmpty()) {
                expireLater();
            }
        } finally {
            lock.unlock();
        }
        expired.forEach(SpareConnections::close);
        onClose.run();
    }

    /** Closes a connection that is not to be kept. */
    public static void close(Wire connection) {
        close(connection.jdbc());
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("spare connection did not close in good order: {}", e.getMessage());
        }
    }
}
