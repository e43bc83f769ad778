package io.pgbg.worker;

import io.pgbg.wire.Lock;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.Locale;
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
            SELECT pg_catalog.pg_backend_pid(), pg_catalog.count(pg_catalog.set_config(s.n, s.v, false))
            FROM (VALUES ('synchronous_commit'::pg_catalog.text, 'off'::pg_catalog.text), ('lock_timeout', '1s'),
                ('statement_timeout', '0'), ('search_path', ''), ('default_transaction_read_only', 'off'),
                ('default_transaction_isolation', 'read committed'),
                ((SELECT c.name FROM pg_catalog.pg_settings AS c
                  WHERE c.name OPERATOR(pg_catalog.=) 'default_toast_compression'
                    AND 'lz4' OPERATOR(pg_catalog.=) ANY (c.enumvals)), 'lz4')) AS s(n, v)
            WHERE s.n IS NOT NULL AND pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %d""";

    private static final long SWEEP_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Other processes may leave something behind at any time. */
    private static final long SWEEP_ANYWAY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final WorkerSource source;
    private final Poolers poolers;
    private final Lock lock = new Lock();
    private final IdleQueue<Wire> idle;
    private final BooleanSupplier makeRoom;
    /** True at first, for what other processes have left, and this one before the server was restarted. */
    private final AtomicBoolean sweep = new AtomicBoolean(true);
    /** When to do so the next time. */
    private final AtomicLong sweepAgain = new AtomicLong(System.nanoTime());
    private boolean retired;

    /**
     * @param poolers see to it that a connection leads to a session of its own
     * @param onExpiry called after connections have expired and were closed
     * @param makeRoom closes an idle connection of another kind; false when there is none
     */
    SpareConnections(WorkerSource source, Poolers poolers, Runnable onExpiry, BooleanSupplier makeRoom) {
        this.source = source;
        this.poolers = poolers;
        this.makeRoom = makeRoom;
        this.idle = new IdleQueue<>(lock, source.limits().idleTimeout()::toNanos, () -> { }, expired -> {
            expired.forEach(SpareConnections::close);
            onExpiry.run();
        });
    }

    /** How many connections may answer functions inside other SQL. */
    public int maxAnswerers() {
        return source.limits().maxAnswerers();
    }

    /** Whether no connection is kept. */
    boolean isEmpty() {
        try (var held = lock.hold()) {
            return idle.isEmpty();
        }
    }

    /**
     * Whether the caller is to remove what lost connections have left behind; true for one caller only, because the
     * server may not have noticed yet that they are lost for another one some time later, and then now and again.
     */
    public boolean takeSweep() {
        if (sweep.getAndSet(false)) {
            return true;
        }
        long due = sweepAgain.get();
        long now = System.nanoTime();
        return now - due >= 0 && sweepAgain.compareAndSet(due, now + SWEEP_ANYWAY_NANOS);
    }

    /** Notes that a lost connection may have left something behind. */
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
        return take(wait, makeRoom);
    }

    /** As {@link #take}, but closes no connection of another kind where the server has no room. */
    public Wire takeIfRoom(Wait wait) throws SQLException {
        return take(wait, () -> false);
    }

    private Wire take(Wait wait, BooleanSupplier room) throws SQLException {
        for (IdleQueue.Idle<Wire> kept = poll(); kept != null; kept = poll()) {
            if (isUsable(kept)) {
                return kept.connection();
            }
            // perhaps the server has crashed, and has undone what was removed last
            leaveForSweep();
            close(kept.connection());
        }
        return open(wait, room);
    }

    private static boolean isUsable(IdleQueue.Idle<Wire> kept) throws SQLException {
        Wire connection = kept.connection();
        boolean alive = kept.nanos() < TRUSTED_NANOS || connection.jdbc().isValid(1);
        if (alive && connection.isPooled()) {
            boolean same = false;
            try {
                Poolers.askAgain(connection);
                same = true;
            } finally {
                if (!same) {
                    closeAsItIs(connection);
                }
            }
        }
        return alive;
    }

    /** As {@link #take}, but none that was kept: where one is silent, others may be. */
    public Wire open(Wait wait) throws SQLException {
        return open(wait, makeRoom);
    }

    private Wire open(Wait wait, BooleanSupplier room) throws SQLException {
        return Connector.withRoom(room, "a connection", wait, () -> connect(wait));
    }

    private Wire connect(Wait wait) throws SQLException {
        return poolers.open(wait, check -> Connector.open(source.spareProperties(), wait, (connection, socket) ->
                wait.breakable(socket::abort, () -> {
                    Wire wire = new Wire(connection);
                    check.passes(wire, socket);
                    prepare(wire);
                    return wire;
                })));
    }

    /** Does not name the statement: a pooler may give the process to others. */
    private static void prepare(Wire wire) throws SQLException {
        Rows row = wire.run(String.format(Locale.ROOT, SETTINGS, wire.pid()), notice -> { }).rows();
        Poolers.demandProcess(wire, Integer.parseInt(row.text(0, 0)));
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
     * @throws SQLException as {@link #take(Wait)}, or the step's own; 58000 when the connection was lost
     */
    public <T> T with(Wait wait, SqlFunction<Wire, T> step) throws SQLException {
        Wire connection = take(wait);
        boolean done = false;
        try {
            T result = step.apply(connection);
            done = true;
            return result;
        } catch (SQLException e) {
            throw ServerError.ofOtherConnection(e);
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
            kept = !retired && idle.size() < source.limits().idleWorkers();
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
            if (connection.isPooled() && !connection.isClosed()) {
                // the pooler gives the process to somebody else, and may not reset it
                connection.run("DISCARD ALL", notice -> { });
            }
        } catch (SQLException e) {
            LOG.debug("spare connection cannot be reset: {}", e.getMessage());
        }
        closeAsItIs(connection);
    }

    /** Closes a connection in whose session nothing was set. */
    static void closeAsItIs(Wire connection) {
        try {
            connection.jdbc().close();
        } catch (SQLException e) {
            LOG.debug("spare connection did not close in good order: {}", e.getMessage());
        }
    }
}
