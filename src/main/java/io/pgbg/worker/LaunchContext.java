package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.util.concurrent.TimeUnit;

/**
 * What a launch has to know of the session it comes from, as that is at this moment. Immutable.
 *
 * @param pool where workers come from
 * @param names the settings that the job takes over
 * @param state the state of the launcher's session, which the job takes over
 * @param freshness how new a worker must be
 * @param maxWorkers how many jobs the launcher may have attached
 * @param onExhaustion what to do when there is no room for another worker
 * @param launcher pid of the launcher's backend
 * @param jobName whether the job has a name of its own
 * @param placement what to know if the job may run on another server than the launcher's, or null
 * @param connectNanos how long connecting may take; 0 for as long as the server lets it
 */
public record LaunchContext(WorkerPool pool, SettingNames names, SessionState state, Freshness freshness,
        int maxWorkers, OnExhaustion onExhaustion, int launcher, JobName jobName,
        Placement placement, long connectNanos) {

    /** For a job on the launcher's own server. */
    public LaunchContext(WorkerPool pool, SettingNames names, SessionState state, Freshness freshness, int maxWorkers,
            OnExhaustion onExhaustion, int launcher, JobName jobName) {
        this(pool, names, state, freshness, maxWorkers, onExhaustion, launcher, jobName, null, 0);
    }

    /** The same for a job that may run on another server. */
    public LaunchContext with(Placement newPlacement) {
        return new LaunchContext(pool, names, state, freshness, maxWorkers, onExhaustion, launcher, jobName,
                newPlacement, 0);
    }

    /**
     * The same for one job.
     *
     * @param label what the launcher calls it, or null
     */
    public LaunchContext forJob(String label) {
        SessionState named = jobName.named(state, launcher, label);
        return named == state ? this : new LaunchContext(pool, names, named, freshness, maxWorkers, onExhaustion,
                launcher, jobName, placement, connectNanos);
    }

    /** The same with workers of another pool of the same server. */
    LaunchContext from(WorkerPool own) {
        return own == pool ? this : new LaunchContext(own, names, state, freshness, maxWorkers, onExhaustion, launcher,
                jobName, placement, connectNanos);
    }

    /**
     * The same on another server. Of the launcher's login it knows all that the launcher's does once it has replayed
     * that; its configuration is its own, and read by a clock of its own.
     */
    LaunchContext on(WorkerPool other, SessionState stateThere) {
        return new LaunchContext(other, names, stateThere, freshness.ofOtherServer(), maxWorkers, onExhaustion,
                launcher, jobName, placement, placement.servers().connectNanos());
    }

    /** Whether the launcher may write, as far as it can tell, so that its jobs may. */
    public boolean mayWrite() {
        // on a standby nothing may, whatever the session is like elsewhere
        return placement != null && placement.position().standby() || !state.isReadOnly();
    }

    /** Whether this is about another server than the launcher's. */
    boolean isElsewhere() {
        return connectNanos > 0;
    }

    /** A wait that ends as another one does, or when connecting has taken too long. */
    Wait connecting(Wait wait) {
        return connectNanos == 0 ? wait : wait.limited(connectNanos, () -> ServerError.error(SQLState.SYSTEM_ERROR,
                "the server at %s lets nobody in within %d s", pool.server(),
                TimeUnit.NANOSECONDS.toSeconds(connectNanos)).toException());
    }
}
