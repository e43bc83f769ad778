package io.pgbg.worker;

import io.pgbg.wire.Lock;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections of the driver's own that run no jobs. They go to the same server with the same login as a pool's workers,
 * are not counted as workers, and are kept for a while after use.
 *
 * <p>Thread-safe. The lock guards the queue and is never held while talking to a server.
 */
public final class SpareConnections {

    private static final Logger LOG = LoggerFactory.getLogger(SpareConnections.class);

    /** After a longer pause a connection is tested before it is given out. */
    private static final long TRUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * What is written over these connections is short-lived: it may be lost with the server, and is not worth much
     * compression. Locks are held only briefly.
     */
    private static final String SETTINGS = """
            SET synchronous_commit TO off; SET lock_timeout TO '5s'; SET statement_timeout TO 0;
            SET search_path TO ''; SET default_transaction_read_only TO off;
            SET default_transaction_isolation TO 'read committed';
            SELECT pg_catalog.set_config(name, 'lz4', false) FROM pg_catalog.pg_settings
            WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)""";

    private static final long SWEEP_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long NEVER = Long.MIN_VALUE;

    private final WorkerSource source;
    private final Lock lock = new Lock();
    private final IdleQueue<Wire> idle;
    private final BooleanSupplier makeRoom;
    /** True at first, for what other processes have left, and this one before the server was restarted. */
    private final AtomicBoolean sweep = new AtomicBoolean(true);
    /** When to do so once more. */
    private final AtomicLong sweepAgain = new AtomicLong(NEVER);
    private boolean retired;

    /**
     * @param onExpiry called after connections have expired and were closed
     * @param makeRoom closes an idle connection of another kind; false when there is none
     */
    SpareConnections(WorkerSource source, Runnable onExpiry, BooleanSupplier makeRoom) {
        this.source = source;
        this.makeRoom = makeRoom;
        this.idle = new IdleQueue<>(lock, source.idleTimeout()::toNanos, expired -> {
            expired.forEach(SpareConnections::close);
            onExpiry.run();
        });
    }

    /** Whether no connection is kept. */
    boolean isEmpty() {
        try (var held = lock.hold()) {
            return idle.isEmpty();
        }
    }

    /**
     * Whether the caller is to remove what lost connections have left behind; true for one caller only, and, because
     * the server may not have noticed yet that they are lost, for another one some time later.
     */
    public boolean takeSweep() {
        if (sweep.getAndSet(false)) {
            return true;
        }
        long due = sweepAgain.get();
        return due != NEVER && System.nanoTime() - due >= 0 && sweepAgain.compareAndSet(due, NEVER);
    }

    /** Notes that a lost connection has left something behind. */
    public void leaveForSweep() {
        sweepAgain.set(System.nanoTime() + SWEEP_AGAIN_NANOS);
        sweep.set(true);
    }

    /**
     * A connection, which the caller gives back or closes.
     *
     * @param wait ends the connecting
     * @throws SQLException 53000 when the server has no room, the error that connecting failed with, or the wait's end
     */
    public Wire take(Wait wait) throws SQLException {
        for (IdleQueue.Idle<Wire> kept = poll(); kept != null; kept = poll()) {
            if (kept.nanos() < TRUSTED_NANOS || kept.connection().jdbc().isValid(1)) {
                return kept.connection();
            }
            close(kept.connection());
        }
        return open(wait);
    }

    /** As {@link #take}, but none that was kept: where one is silent, others may be. */
    public Wire open(Wait wait) throws SQLException {
        return Connector.withRoom(makeRoom, "a connection", wait, () -> connect(wait));
    }

    private Wire connect(Wait wait) throws SQLException {
        return Connector.open(source.spareProperties(), wait, (connection, socket) -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(SETTINGS);
            }
            return new Wire(connection);
        });
    }

    /** Closes the connections that are idle; false when there are none. */
    boolean closeIdle() {
        boolean any = false;
        for (IdleQueue.Idle<Wire> kept = poll(); kept != null; kept = poll()) {
            close(kept.connection());
            any = true;
        }
        return any;
    }

    /** Closes the connections that are idle, and keeps none from now on. */
    void retire() {
        try (var held = lock.hold()) {
            retired = true;
        }
        closeIdle();
    }

    /**
     * Does something over a connection that leaves its session as it was.
     *
     * @param wait ends the connecting
     * @throws SQLException as {@link #take(Wait)}, or the step's own
     */
    public <T> T with(Wait wait, SqlFunction<Wire, T> step) throws SQLException {
        Wire connection = take(wait);
        boolean done = false;
        try {
            T result = step.apply(connection);
            done = true;
            return result;
        } finally {
            if (done) {
                giveBack(connection);
            } else {
                close(connection);
            }
        }
    }

    private IdleQueue.Idle<Wire> poll() {
        try (var held = lock.hold()) {
            return idle.poll();
        }
    }

    /** Takes a connection back, whose session must be as it was given out. */
    public void giveBack(Wire connection) {
        boolean kept;
        try (var held = lock.hold()) {
            kept = !retired && idle.size() < source.idleWorkers();
            if (kept) {
                idle.add(connection);
            }
        }
        if (!kept) {
            close(connection);
        }
    }

    /** Closes a connection that is not to be kept. */
    public static void close(Wire connection) {
        try {
            connection.jdbc().close();
        } catch (SQLException e) {
            LOG.debug("spare connection did not close in good order: {}", e.getMessage());
        }
    }
}
