package io.pgbg.worker;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/**
 * The pools of this JVM, or rather of this driver's class loader in it: one for each source of workers, from the first
 * session that joins it until no session, no worker and no spare connection is left.
 *
 * <p>Thread-safe.
 */
public final class WorkerPools {

    private static final ConcurrentMap<WorkerSource, Shared> POOLS = new ConcurrentHashMap<>();

    private static volatile PoolObserver observer = PoolObserver.NONE;

    /** A pool and the number of sessions that use it, which only changes while the map computes the entry. */
    private static final class Shared {

        final WorkerPool pool;
        int users;

        Shared(WorkerSource source) {
            pool = new WorkerPool(source);
        }

        /** This entry, or null when the pool can be forgotten. */
        Shared ifNeeded() {
            return users > 0 || pool.hasConnections() ? this : null;
        }
    }

    private WorkerPools() {
    }

    /** Replaces the observer of all pools. */
    public static void observe(PoolObserver newObserver) {
        observer = newObserver;
    }

    /** The pool of a source, which the caller gives back with {@link WorkerPool#leave()}. */
    public static WorkerPool join(WorkerSource source) {
        Shared joined = POOLS.compute(source, (key, present) -> {
            Shared shared = present != null ? present : new Shared(key);
            shared.users++;
            return shared;
        });
        observer.poolsChanged();
        return joined.pool;
    }

    static void leave(WorkerPool pool) {
        change(pool, shared -> shared.users--);
    }

    /** Forgets a pool if nothing is left of it. */
    static void forgetUnused(WorkerPool pool) {
        change(pool, shared -> { });
    }

    /** There may be a newer pool of the same source, once all were closed. */
    private static void change(WorkerPool pool, Consumer<Shared> change) {
        POOLS.computeIfPresent(pool.source(), (key, shared) -> {
            if (shared.pool != pool) {
                return shared;
            }
            change.accept(shared);
            return shared.ifNeeded();
        });
        observer.poolsChanged();
    }

    /**
     * Closes all connections that are idle, and forgets all pools: who has one still gets new workers from it, but none
     * of them is kept.
     */
    public static void closeAll() {
        List<Shared> all = List.copyOf(POOLS.values());
        POOLS.values().removeAll(all);
        all.forEach(shared -> shared.pool.retire());
        KnownServers.forget();
        observer.poolsChanged();
    }

    /** A launch has found no worker: tells the observer. */
    static void exhausted(WorkerSource source, String limit) {
        observer.exhausted(source.toString(), limit);
    }

    /** Whether this JVM has any pool. */
    public static boolean isAny() {
        return !POOLS.isEmpty();
    }

    /** How many workers there are, pool by pool. */
    public static List<WorkerUse> uses() {
        return POOLS.values().stream().map(shared -> shared.pool.use()).toList();
    }
}
