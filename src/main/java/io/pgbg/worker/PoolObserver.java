package io.pgbg.worker;

/** Is told what happens to the pools of this JVM. Must neither block nor throw; called by any thread. */
public interface PoolObserver {

    /** Ignores everything. */
    PoolObserver NONE = new PoolObserver() {
        @Override
        public void poolsChanged() {
            // ignored
        }

        @Override
        public void exhausted(String source, String limit) {
            // ignored
        }
    };

    /** A pool was made or forgotten, or may have been. */
    void poolsChanged();

    /**
     * A launch found no worker.
     *
     * @param source where the worker would have been connected to
     * @param limit the limit that was reached: {@code pgbgMaxWorkers} or {@code server}
     */
    void exhausted(String source, String limit);
}
