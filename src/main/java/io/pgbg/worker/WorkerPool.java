package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
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

    /** On a full server, a worker that is being reset is the only hope. */
    private static final long RESET_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long workers beyond the usual number are kept: the application may soon do the same thing again. */
    private static final long SURPLUS_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final WorkerSource source;
    private final Lock lock = new Lock();
    private final Capacity capacity;
    private final IdleQueue<Worker> idle;
    private final SpareConnections spares;
    private final Poolers poolers;
    private final ServerFacts facts = new ServerFacts();
    private boolean retired;

    WorkerPool(WorkerSource source) {
        this.source = source;
        this.capacity = new Capacity(source.limits().maxWorkers(), lock);
        this.idle = new IdleQueue<>(lock, this::keptNanos, capacity::expectBack,
                expired -> expired.forEach(this::closeExpected));
        this.poolers = new Poolers(source);
        this.spares = new SpareConnections(source, poolers, () -> WorkerPools.forgetUnused(this), this::closeIdle);
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
        closeAllIdle();
        spares.retire();
    }

    /** Closes all workers that are idle. */
    void closeAllIdle() {
        boolean more = true;
        while (more) {
            more = closeIdle();
        }
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
            return new WorkerUse(source.toString(), capacity.open(), idle.size(), source.limits().maxWorkers(),
                    capacity.waiting());
        }
    }

    /** Reports that a launch found no worker. */
    void reportExhaustion(String limit) {
        WorkerPools.exhausted(source, limit);
    }

    /** What is known of the server. */
    public ServerFacts facts() {
        return facts;
    }

    /** The host and port of the server, with a colon between them. */
    public String server() {
        return source.host() + ':' + source.port();
    }

    /** A launcher has found that a connection pooler stands between it and the server. */
    public void expectPooler() {
        poolers.expect();
    }

    /** The connections to the same server and login that are not workers. */
    public SpareConnections spares() {
        return spares;
    }

    /**
     * A worker for one job of a launcher: a warm one if one suits, otherwise a new one.
     *
     * @param patient whether to wait when the limit is reached, until another job has ended
     * @throws SQLException 53400 when the limit is reached, 53000 when the server has no room, the wait's end, or the
     *     error that connecting failed with
     */
    Worker acquire(LaunchContext context, boolean patient, Wait wait) throws SQLException {
        Worker warm = warm(findPlace(context, patient, wait), context);
        if (warm != null) {
            return warm;
        }
        try {
            return openReserved(context, wait);
        } catch (SQLException e) {
            // a worker that is being reset may have taken the server's last connection
            if (SQLState.INSUFFICIENT_RESOURCES.isStateOf(e) && awaitReset(wait)) {
                return acquire(context, patient, wait);
            }
            throw e;
        }
    }

    /** The worker of a place, or another one that is idle; null when none is usable, and the place is for a new one. */
    private Worker warm(WorkerPlace found, LaunchContext context) {
        WorkerPlace place = found;
        boolean settled = false;
        try {
            while (!place.isReserved()) {
                Worker warm = place.worker();
                if (!warm.isOutdated(context.freshness()) && warm.isAlive()) {
                    settled = true;
                    return warm;
                }
                warm.close();
                if (context.isElsewhere()) {
                    // one after the other would be asked in vain where the server keeps silent
                    closeAllIdle();
                }
                place = otherPlace(context);
            }
            if (place.worker() != null) {
                place.worker().close();
            }
            settled = true;
            return null;
        } finally {
            if (!settled) {
                release(() -> { });
            }
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

    /** Waits, behind the launches that came before, as long as that promises a worker. */
    private WorkerPlace findPlace(LaunchContext context, boolean patient, Wait wait) throws SQLException {
        long start = System.nanoTime();
        boolean hopeful = false;
        Capacity.Place queued = null;
        try {
            while (true) {
                int seen;
                long left = Wait.FOREVER;
                try (var held = lock.hold()) {
                    WorkerPlace found = capacity.isFirst(queued) ? idlePlace(context) : null;
                    if (found == null && capacity.hasRoom()) {
                        // a new worker pays for itself if it will be kept
                        boolean worthOpening = capacity.open() < source.limits().idleWorkers();
                        // a launch that did not get the worker that was expected waits on: more may come back
                        hopeful |= capacity.expectsAny();
                        left = worthOpening || !hopeful ? 0 : PATIENCE_NANOS - (System.nanoTime() - start);
                        found = left <= 0 ? newPlace() : null;
                    } else if (found == null && !patient && !capacity.isExpectedFor(queued, idle.size())) {
                        throw source.limitReached();
                    }
                    if (found != null) {
                        // at once, or those behind it would count it and what it has taken
                        capacity.leave(queued);
                        return found;
                    }
                    if (queued == null) {
                        queued = capacity.join();
                    }
                    seen = capacity.changes();
                }
                capacity.await(queued, seen, wait, left);
            }
        } finally {
            if (queued != null) {
                leave(queued);
            }
        }
    }

    private WorkerPlace newPlace() {
        capacity.reserve();
        return new WorkerPlace(null, true);
    }

    private void leave(Capacity.Place queued) {
        try (var held = lock.hold()) {
            capacity.leave(queued);
        }
        capacity.tell();
    }

    /** A place for which an idle worker is taken; null when there is none. Called under the lock. */
    private WorkerPlace idlePlace(LaunchContext context) {
        Worker found = fitting(context);
        if (found != null) {
            return new WorkerPlace(found, false);
        }
        if (!idle.isEmpty() && (!capacity.hasRoom() || idle.size() >= source.limits().idleWorkers())) {
            // left in the queue, it would keep the new worker from being kept later
            return new WorkerPlace(idle.takeOldest(), true);
        }
        return null;
    }

    /** Those that are out of date come first, so that they do not stay. */
    private Worker fitting(LaunchContext context) {
        Worker outdated = idle.take(worker -> worker.isOutdated(context.freshness()));
        return outdated != null ? outdated : idle.take(worker -> worker.suits(context.state()));
    }

    /** Another place for a launch whose worker had to be closed, which is still counted. */
    private WorkerPlace otherPlace(LaunchContext context) {
        Worker found;
        try (var held = lock.hold()) {
            found = fitting(context);
            if (found != null) {
                capacity.release();
            }
        }
        if (found == null) {
            return new WorkerPlace(null, true);
        }
        capacity.tell();
        return new WorkerPlace(found, false);
    }

    private Worker openReserved(LaunchContext context, Wait wait) throws SQLException {
        boolean opened = false;
        try {
            Worker worker = Connector.withRoom(spares::closeIdle, "the worker's connection", wait,
                    () -> Worker.open(source, context.names(), context.freshness(), poolers, context.connecting(wait)));
            opened = true;
            return worker;
        } finally {
            if (!opened) {
                release(() -> { });
            }
        }
    }

    /** Waits for a worker that is being reset; false when there is none, or not in time. */
    private boolean awaitReset(Wait wait) throws SQLException {
        long start = System.nanoTime();
        while (capacity.expectsAny() && System.nanoTime() - start < RESET_NANOS) {
            int seen;
            try (var held = lock.hold()) {
                if (!idle.isEmpty()) {
                    return true;
                }
                seen = capacity.changes();
            }
            capacity.awaitChange(seen, wait, RESET_NANOS - (System.nanoTime() - start));
        }
        try (var held = lock.hold()) {
            return !idle.isEmpty();
        }
    }

    /** Waits until a worker has come back or gone, or for some time, after which the server may have room again. */
    void awaitChange(Wait wait, long nanos) throws SQLException {
        int seen;
        try (var held = lock.hold()) {
            seen = capacity.changes();
        }
        capacity.awaitChange(seen, wait, nanos);
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
                    && (source.limits().keepsMore() || idle.size() < source.limits().idleWorkers());
            if (kept) {
                idle.add(worker);
                capacity.cameBack();
            }
        }
        if (kept) {
            capacity.tell();
        } else {
            closeExpected(worker);
        }
    }

    /** Closes a worker that was expected back. A launch that waits for it sees in one that it is gone, and the room. */
    private void closeExpected(Worker worker) {
        try {
            worker.close();
        } finally {
            release(capacity::cameBack);
        }
    }

    /** Closes an idle worker; false when there is none. */
    private boolean closeIdle() {
        Worker oldest;
        try (var held = lock.hold()) {
            oldest = idle.isEmpty() ? null : idle.takeOldest();
            if (oldest != null) {
                capacity.expectBack();
            }
        }
        if (oldest != null) {
            closeExpected(oldest);
        }
        return oldest != null;
    }

    /** Closes a worker that cannot or need not be kept. */
    public void discard(Worker worker) {
        try {
            worker.close();
        } finally {
            release(() -> { });
        }
    }

    /** @param change what is to be seen together with that, under the lock */
    private void release(Runnable change) {
        try (var held = lock.hold()) {
            capacity.release();
            change.run();
        }
        capacity.tell();
        WorkerPools.forgetUnused(this);
    }

    /** How long the last worker in the queue is kept. Called under the lock. */
    private long keptNanos() {
        long usual = source.limits().idleTimeout().toNanos();
        return idle.size() > source.limits().idleWorkers() ? Math.min(SURPLUS_NANOS, usual) : usual;
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
