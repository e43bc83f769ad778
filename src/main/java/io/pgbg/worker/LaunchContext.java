package io.pgbg.worker;

/**
 * What a launch has to know of the session it comes from, as that is at this moment. Immutable.
 *
 * @param pool where workers come from
 * @param names the settings that the job takes over
 * @param state the state of the launcher's session, which the job takes over
 * @param freshness how new a worker must be
 * @param maxWorkers how many jobs the launcher may have attached
 * @param onExhaustion what to do when there is no room for another worker
 */
public record LaunchContext(WorkerPool pool, SettingNames names, SessionState state, Freshness freshness,
        int maxWorkers, OnExhaustion onExhaustion) {
}
