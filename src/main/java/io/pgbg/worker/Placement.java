package io.pgbg.worker;

import io.pgbg.JobServer;

/**
 * What a launch has to know whose job may run on another server than the launcher's. Immutable.
 *
 * @param wanted on which server the job is to run
 * @param position where the launcher's server stood at the launch
 * @param replayNanos how long to wait until a standby has replayed that
 * @param servers the servers to choose from
 */
public record Placement(JobServer wanted, LauncherPosition position, long replayNanos, JobServers servers) {
}
