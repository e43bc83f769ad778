package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The workers of one source in this JVM, shared by all launchers of the source: a limited number, some of them kept
 * warm.
 *
 * <p>Thread-safe. The lock guards the capacity and the idle queue and is never held while talking to a server.
 */
public final class WorkerPool {

    /** A worker that is being reset is ready before a new one could be opened. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** At the limit, a worker that is being reset is the only hope. */
    private static final long PATIENCE_AT_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long workers beyond the usual number are kept: the application may soon do the same thing again. */
    private static final long SURPLUS_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final WorkerSource source;
    private final Lock lock = new Lock();
    private final Capacity capacity;
    private final IdleQueue<Worker> idle;
    private final SpareConnections spares;
    private volatile SettingNames settingNames;
    private boolean retired;

    WorkerPool(WorkerSource source) {
        this.source = source;
        this.capacity = new Capacity(source.maxWorkers(), lock);
        this.idle = new IdleQueue<>(lock, this::keptNanos, expired -> expired.forEach(this::discard));
        this.spares = new SpareConnections(source, () -> WorkerPools.forgetUnused(this), this::closeIdle);
    }

    /** Gives the pool back. Idle workers stay until their time is over. */
    public void leave() {
        WorkerPools.leave(this);
    }

    WorkerSource source() {
        return source;
    }

    /** Closes all connections that are idle, and keeps none from now on. */
    void retire() {
        try (var held = lock.hold()) {
            retired = true;
        }
        boolean more = true;
        while (more) {
            more = closeIdle();
        }
        spares.retire();
    }

    /** Whether the pool holds connections: workers, or spare ones that the next session is to find. */
    boolean hasConnections() {
        try (var held = lock.hold()) {
            if (capacity.open() > 0) {
                return true;
            }
        }
        return !spares.isEmpty();
    }

    WorkerUse use() {
        try (var held = lock.hold()) {
            return new WorkerUse(source.toString(), capacity.open(), idle.size(), source.maxWorkers());
        }
    }

    /** Reports that a launch found no worker. */
    void reportExhaustion(String limit) {
        WorkerPools.exhausted(source, limit);
    }

    /** The names of the settings that a session of this source may change; asks the server once. */
    public SettingNames settingNames(Wire launcher) throws SQLException {
        SettingNames names = settingNames;
        if (names == null) {
            names = SettingNames.read(launcher);
            settingNames = names;
        }
        return names;
    }

    /** The connections to the same server and login that are not workers. */
    public SpareConnections spares() {
        return spares;
    }

    /**
     * A worker for one job of a launcher: a warm one if one suits, otherwise a new one.
     *
     * @throws SQLException 53400 when the limit is reached, 53000 when the server has no room, the wait's end, or the
     *     error that connecting failed with
     */
    Worker acquire(LaunchContext context, Wait wait) throws SQLException {
        Place place = findPlace(context, wait);
        while (!place.isReserved()) {
            Worker warm = place.worker();
            if (!warm.isOutdated(context.freshness()) && warm.isAlive()) {
                return warm;
            }
            discard(warm);
            place = findPlace(context, wait);
        }
        if (place.worker() != null) {
            place.worker().close();
        }
        try {
            return openReserved(context, wait);
        } catch (SQLException e) {
            // a worker that is being reset may have taken the server's last connection
            if (SQLState.INSUFFICIENT_RESOURCES.isStateOf(e) && awaitReset(wait)) {
                return acquire(context, wait);
            }
            throw e;
        }
    }

    /** Opens one more worker for a single job, even if the limit is reached. */
    Worker openBeyondLimit(LaunchContext context, Wait wait) throws SQLException {
        try (var held = lock.hold()) {
            capacity.reserve();
        }
        Worker worker = openReserved(context, wait);
        worker.markBeyondLimit();
        return worker;
    }

    /**
     * Where a job can run.
     *
     * @param worker a worker taken from the queue: to be tried, or, when a place is reserved, to be closed because the
     *     new one takes its place; null for none
     * @param isReserved whether a new worker may be opened, and is counted already
     */
    private record Place(Worker worker, boolean isReserved) {
    }

    private Place findPlace(LaunchContext context, Wait wait) throws SQLException {
        long start = System.nanoTime();
        boolean hopeful = false;
        while (true) {
            int seen;
            long left;
            try (var held = lock.hold()) {
                Worker found = idle.take(worker -> worker.isOutdated(context.freshness()));
                if (found == null) {
                    found = idle.take(worker -> worker.suits(context.state()));
                }
                if (found != null) {
                    return new Place(found, false);
                }
                boolean room = capacity.hasRoom();
                if (!idle.isEmpty() && (!room || idle.size() >= source.idleWorkers())) {
                    // left in the queue, it would keep the new worker from being kept later
                    return new Place(idle.takeOldest(), true);
                }
                // a new worker pays for itself if it will be kept
                boolean worthOpening = room && capacity.open() < source.idleWorkers();
                long patience = room ? PATIENCE_NANOS : PATIENCE_AT_LIMIT_NANOS;
                // a launch that did not get the worker that was expected waits on: more may come back
                hopeful |= capacity.expectsAny();
                left = worthOpening || !hopeful ? 0 : patience - (System.nanoTime() - start);
                if (left <= 0) {
                    if (!room) {
                        throw limitReached();
                    }
                    capacity.reserve();
                    return new Place(null, true);
                }
                seen = capacity.changes();
            }
            capacity.await(wait, left, () -> capacity.changes() != seen);
        }
    }

    private SQLException limitReached() {
        return ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED, "too many background workers")
                .detail("pgbgMaxWorkers allows this JVM %d workers for %s, and as many are in use.",
                        source.maxWorkers(), source)
                .hint("Read or detach the results of ended jobs, or raise pgbgMaxWorkers in the URL.")
                .toException();
    }

    private Worker openReserved(LaunchContext context, Wait wait) throws SQLException {
        boolean opened = false;
        try {
            Worker worker = Connector.withRoom(spares::closeIdle, "the worker's connection", wait,
                    () -> Worker.open(source, context.names(), context.freshness(), wait));
            opened = true;
            return worker;
        } finally {
            if (!opened) {
                release();
            }
        }
    }

    /** Waits until a worker that is being reset is idle; false when there is none, or not in time. */
    private boolean awaitReset(Wait wait) throws SQLException {
        return capacity.await(wait, capacity.expectsAny() ? PATIENCE_AT_LIMIT_NANOS : 0, () -> !idle.isEmpty());
    }

    /** Waits until the limit leaves room for a worker, or a worker is idle. */
    void awaitRoom(Wait wait) throws SQLException {
        capacity.await(wait, Wait.FOREVER, () -> !idle.isEmpty() || capacity.hasRoom());
    }

    /** Waits until a worker has come back or gone, or for some time, after which the server may have room again. */
    void awaitChange(Wait wait, long nanos) throws SQLException {
        int seen;
        try (var held = lock.hold()) {
            seen = capacity.changes();
        }
        capacity.await(wait, nanos, () -> capacity.changes() != seen);
    }

    /** Resets a worker that has run no job, and takes it back. */
    void takeBack(Worker worker) {
        expectBack();
        boolean reusable = false;
        try {
            reusable = worker.reset();
        } finally {
            giveBack(worker, reusable);
        }
    }

    /** Announces that a worker is about to be given back. */
    public void expectBack() {
        capacity.expectBack();
    }

    /**
     * Takes a worker back that was expected.
     *
     * @param reusable whether its session has been reset
     */
    public void giveBack(Worker worker, boolean reusable) {
        boolean kept;
        try (var held = lock.hold()) {
            kept = reusable && !retired && !capacity.isExceeded()
                    && (source.keepsMore() || idle.size() < source.idleWorkers());
            if (kept) {
                idle.add(worker);
            }
            capacity.cameBack();
        }
        if (!kept) {
            discard(worker);
        }
    }

    /** Closes an idle worker; false when there is none. */
    private boolean closeIdle() {
        Worker oldest;
        try (var held = lock.hold()) {
            oldest = idle.isEmpty() ? null : idle.takeOldest();
        }
        if (oldest != null) {
            discard(oldest);
        }
        return oldest != null;
    }

    /** Closes a worker that cannot or need not be kept. */
    public void discard(Worker worker) {
        try {
            worker.close();
        } finally {
            release();
        }
    }

    private void release() {
        try (var held = lock.hold()) {
            capacity.release();
        }
        WorkerPools.forgetUnused(this);
    }

    /** How long the last worker in the queue is kept. Called under the lock. */
    private long keptNanos() {
        long usual = source.idleTimeout().toNanos();
        return idle.size() > source.idleWorkers() ? Math.min(SURPLUS_NANOS, usual) : usual;
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
