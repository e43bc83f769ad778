package io.pgbg.worker;

/**
 * Where a job runs. Immutable.
 *
 * @param pool the pool that the worker goes back to
 * @param worker the background connection
 * @param besideLauncher whether its server is the launcher's, so that the two may wait for each other's locks
 * @param standby whether the server was a standby when the job began
 */
public record Seat(WorkerPool pool, Worker worker, boolean besideLauncher, boolean standby) {
}
