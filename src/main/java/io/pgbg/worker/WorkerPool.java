package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The workers of one source in this JVM: at most so many, some of them kept warm. Shared by all launchers of the
 * source; forgotten when no launcher and no worker is left.
 *
 * <p>Thread-safe. The lock guards counters and queues and is never held while talking to a server.
 */
public final class WorkerPool {

    private static final ConcurrentMap<WorkerSource, WorkerPool> POOLS = new ConcurrentHashMap<>();

    private static volatile PoolObserver observer = new PoolObserver() {
        @Override
        public void poolsChanged() {
            // nobody is interested
        }

        @Override
        public void exhausted(String source, String limit) {
            // nobody is interested
        }
    };

    /** A worker that is just being reset is ready before a new one could be opened. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** At the limit a worker that is just being reset is the only hope. */
    private static final long PATIENCE_AT_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long workers are kept that are more than usual: as long as the same thing may be done once more. */
    private static final long SURPLUS_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final WorkerSource source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    /** Raised when a worker has come back or is gone. */
    private final Signal freed = new Signal();
    private final Deque<Worker> idle = new ArrayDeque<>();
    private final SpareConnections spares;
    private int users;
    private int open;
    /** How many workers are being made new, to be kept. */
    private final AtomicInteger expected = new AtomicInteger();
    /** How often a worker has come back or gone. */
    private int freedCount;
    /** When idle workers are looked after next, and by what. */
    private DriverThreads.Timeout expiry;
    private long expiryNanos;
    private volatile SettingNames settingNames;

    private WorkerPool(WorkerSource source) {
        this.source = source;
        this.spares = new SpareConnections(source, this::forgetUnused);
    }

    /** From now on somebody is told what becomes of all pools. */
    public static void observe(PoolObserver newObserver) {
        observer = newObserver;
    }

    /** No worker was to be had of this pool. */
    void reportExhaustion(String limit) {
        observer.exhausted(toString(), limit);
    }

    /** The pool of a source, to be given back with {@link #leave()}. */
    public static WorkerPool join(WorkerSource source) {
        WorkerPool joined = POOLS.compute(source, (key, present) -> {
            WorkerPool pool = present != null ? present : new WorkerPool(key);
            pool.users++;
            return pool;
        });
        observer.poolsChanged();
        return joined;
    }

    /** Gives the pool back. Idle workers stay until their time is over. */
    public void leave() {
        POOLS.computeIfPresent(source, (key, pool) -> {
            pool.users--;
            return pool.isForgettable() ? null : pool;
        });
        observer.poolsChanged();
    }

    /** Whether there is any pool in this JVM. */
    public static boolean anyPool() {
        return !POOLS.isEmpty();
    }

    /** How many workers there are, pool by pool. */
    public static List<WorkerUse> uses() {
        return POOLS.values().stream().map(WorkerPool::use).toList();
    }

    private WorkerUse use() {
        lock.lock();
        try {
            return new WorkerUse(source.toString(), open, idle.size(), source.maxWorkers());
        } finally {
            lock.unlock();
        }
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

    /**
     * A worker for one job of a launcher, warm if there is one that suits.
     *
     * @throws SQLException 53400 when the limit is reached, 53000 when the server has no room, otherwise what
     *     connecting gave
     */
    Worker acquire(LaunchContext context, Wait wait) throws SQLException {
        Place place = findPlace(context);
        while (place.isToBeTriedAgain()) {
            discard(place.removed());
            place = findPlace(context);
        }
        if (place.warm() != null) {
            return place.warm();
        }
        if (place.removed() != null) {
            place.removed().close();
        }
        try {
            return openReserved(context, wait);
        } catch (SQLException e) {
            // a worker that is just being reset may have taken the server's last place
            if (SQLState.INSUFFICIENT_RESOURCES.isStateOf(e) && awaitReset()) {
                return acquire(context, wait);
            }
            throw e;
        }
    }

    /** Waits for the workers that are being reset; false when there is none, or none of them is kept. */
    private boolean awaitReset() {
        lock.lock();
        try {
            long left = PATIENCE_AT_LIMIT_NANOS;
            while (idle.isEmpty() && expected.get() > 0 && left > 0) {
                left = returned.awaitNanos(left);
            }
            return !idle.isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Where a job can run: on a warm worker, or in a place reserved for a new one, which may be that of an idle worker
     * that does not suit.
     *
     * @param warm the worker; null where a place is reserved
     * @param removed an idle worker that is to be closed
     * @param reserved whether there is a place for a new one
     */
    private record Place(Worker warm, Worker removed, boolean reserved) {

        static Place of(Worker idle) {
            return idle.isAlive() ? new Place(idle, null, false) : withoutUse(idle);
        }

        /** None yet: there was a worker that is of no use any more. */
        static Place withoutUse(Worker worker) {
            return new Place(null, worker, false);
        }

        boolean isToBeTriedAgain() {
            return warm == null && !reserved;
        }
    }

    private Place findPlace(LaunchContext context) throws SQLException {
        Worker idleOne;
        lock.lock();
        try {
            long start = System.nanoTime();
            while (true) {
                Worker outdated = takeIdle(worker -> worker.isOutdated(context.freshness()));
                if (outdated != null) {
                    return Place.withoutUse(outdated);
                }
                idleOne = takeIdle(worker -> worker.suits(context.state()));
                if (idleOne != null) {
                    break;
                }
                boolean room = open < source.maxWorkers();
                if (!idle.isEmpty() && (!room || idle.size() >= source.idleWorkers())) {
                    // it would keep the next one from being kept
                    return new Place(null, idle.pollLast(), true);
                }
                // one more worker pays for itself as long as it will be kept
                boolean worthOpening = room && open < source.idleWorkers();
                long patience = room ? PATIENCE_NANOS : PATIENCE_AT_LIMIT_NANOS;
                long left = expected.get() == 0 || worthOpening ? 0 : patience - (System.nanoTime() - start);
                if (left <= 0 && room) {
                    open++;
                    return new Place(null, null, true);
                }
                if (left <= 0) {
                    throw limitReached();
                }
                returned.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request")
                    .cause(e).toException();
        } finally {
            lock.unlock();
        }
        return Place.of(idleOne);
    }

    /** Takes the first idle worker of some kind out of the queue; null when there is none. Called under the lock. */
    private Worker takeIdle(Predicate<Worker> kind) {
        for (Iterator<Worker> workers = idle.iterator(); workers.hasNext();) {
            Worker worker = workers.next();
            if (kind.test(worker)) {
                workers.remove();
                return worker;
            }
        }
        return null;
    }

    private SQLException limitReached() {
        return ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED, "too many background workers")
                .detail("pgbgMaxWorkers allows this JVM %d workers for %s, and as many are in use.",
                        source.maxWorkers(), source)
                .hint("Read or detach the results of ended jobs, or raise pgbgMaxWorkers in the URL.")
                .toException();
    }

    /** Another worker for one job, however many there are. */
    Worker openBeyondLimit(LaunchContext context, Wait wait) throws SQLException {
        lock.lock();
        try {
            open++;
        } finally {
            lock.unlock();
        }
        Worker worker = openReserved(context, wait);
        worker.markBeyondLimit();
        return worker;
    }

    /** Waits until the limit leaves room for a worker, or one is idle. */
    void awaitRoom(Wait wait) throws SQLException {
        wait.within(Wait.FOREVER, this::hasRoom, List.of(freed));
    }

    /** Waits until a worker has come back or gone, or some time has passed, in which the server may have got room. */
    void awaitChange(Wait wait, long nanos) throws SQLException {
        int seen = freedSeen();
        wait.within(nanos, () -> freedSeen() != seen, List.of(freed));
    }

    private int freedSeen() {
        lock.lock();
        try {
            return freedCount;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom() {
        lock.lock();
        try {
            return !idle.isEmpty() || open < source.maxWorkers();
        } finally {
            lock.unlock();
        }
    }

    private Worker openReserved(LaunchContext context, Wait wait) throws SQLException {
        boolean opened = false;
        try {
            Worker worker = Worker.open(source, context.names(), context.freshness(), wait);
            opened = true;
            return worker;
        } catch (SQLException e) {
            if (!SQLState.TOO_MANY_CONNECTIONS.is(e.getSQLState())) {
                throw e;
            }
            throw ServerError.error(SQLState.INSUFFICIENT_RESOURCES, "could not register background process")
                    .detail("The server refused the worker's connection: %s", e.getMessage())
                    .hint("You may need to increase max_connections or the connection limit of the role.")
                    .cause(e).toException();
        } finally {
            if (!opened) {
                closed();
            }
        }
    }

    /** The connections to the same server and login that are no workers. */
    public SpareConnections spares() {
        return spares;
    }

    /** A connection of its own for a moment, which does not count. */
    public Connection connect() throws SQLException {
        return Worker.connect(source.properties());
    }

    /** Makes a worker new again that has run no job, and takes it back. */
    void takeBack(Worker worker) {
        expectBack();
        boolean reusable = false;
        try {
            reusable = worker.reset();
        } finally {
            giveBack(worker, reusable);
        }
    }

    /** A worker is about to be given back. */
    public void expectBack() {
        expected.incrementAndGet();
    }

    /**
     * Takes a worker back that was expected.
     *
     * @param reusable whether it is new again
     */
    public void giveBack(Worker worker, boolean reusable) {
        boolean kept = false;
        lock.lock();
        try {
            expected.decrementAndGet();
            kept = reusable && open <= source.maxWorkers()
                    && (source.keepsMore() || idle.size() < source.idleWorkers());
            if (kept) {
                worker.rest();
                idle.addFirst(worker);
                expireLater();
            }
            freedCount++;
            returned.signal();
        } finally {
            lock.unlock();
        }
        freed.raise();
        if (!kept) {
            discard(worker);
        }
    }

    /** Gives up a worker that cannot or need not be kept. */
    public void discard(Worker worker) {
        try {
            worker.close();
        } finally {
            closed();
        }
    }

    private void closed() {
        lock.lock();
        try {
            open--;
            freedCount++;
            returned.signal();
        } finally {
            lock.unlock();
        }
        freed.raise();
        forgetUnused();
    }

    private void forgetUnused() {
        POOLS.computeIfPresent(source, (key, pool) -> pool.isForgettable() ? null : pool);
        observer.poolsChanged();
    }

    /** Looks after the worker that has been idle longest, which stands last. Called under the lock. */
    private void expireLater() {
        long left = Math.max(0, keptNanos() - idle.getLast().idleNanos());
        long next = System.nanoTime() + left;
        if (expiry == null || next - expiryNanos < 0) {
            if (expiry != null) {
                expiry.cancel();
            }
            expiryNanos = next;
            expiry = DriverThreads.runAfter(left, TimeUnit.NANOSECONDS, this::expire);
        }
    }

    /** How long the last one in the queue is kept. Called under the lock. */
    private long keptNanos() {
        long usual = source.idleTimeout().toNanos();
        return idle.size() > source.idleWorkers() ? Math.min(SURPLUS_NANOS, usual) : usual;
    }

    private void expire() {
        List<Worker> expired = new ArrayList<>();
        lock.lock();
        try {
            expiry = null;
            while (!idle.isEmpty() && idle.peekLast().idleNanos() >= keptNanos()) {
                expired.add(idle.pollLast());
            }
            if (!idle.isEmpty()) {
                expireLater();
            }
        } finally {
            lock.unlock();
        }
        expired.forEach(this::discard);
    }

    @Override
    public String toString() {
        return source.toString();
    }

    private boolean isForgettable() {
        lock.lock();
        try {
            // those that connect next are to find what is kept
            return users == 0 && open == 0 && spares.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
