package io.pgbg.worker;

/** Told what becomes of the pools of this JVM. Must neither block nor fail; called by any thread. */
public interface PoolObserver {

    /** A pool was made or forgotten. */
    void poolsChanged();

    /**
     * No worker was to be had.
     *
     * @param source where it was to come from
     * @param limit what has kept it away: {@code pgbgMaxWorkers} or {@code server}
     */
    void exhausted(String source, String limit);
}
