package io.pgbg.worker;

/**
 * Where a job is launched from, as it is at this moment. Immutable.
 *
 * @param pool where workers come from
 * @param names the settings that are taken over
 * @param state the launcher's session, which the job takes over
 * @param freshness how new a worker must be
 * @param maxWorkers how many jobs the launcher may have attached
 * @param onExhaustion what to do when there is no worker to be had
 */
public record LaunchContext(WorkerPool pool, SettingNames names, SessionState state, Freshness freshness,
        int maxWorkers, OnExhaustion onExhaustion) {
}
