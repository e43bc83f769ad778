package io.pgbg.worker;

/**
 * Where a job can run.
 *
 * @param worker a worker taken from the queue: to be tried, or, when a place is reserved, to be closed because the
 *     new one takes its place; null for none
 * @param isReserved whether a new worker may be opened, and is counted already
 */
record WorkerPlace(Worker worker, boolean isReserved) {
}
