package io.pgbg.worker;

import java.time.Duration;

/**
 * How many connections a pool may have, and how long it keeps those that nobody uses.
 *
 * @param maxWorkers how many workers there may be, idle ones included
 * @param idleWorkers how many of them are kept warm
 * @param keepsMore whether more are kept for some seconds: as many as were in use at the same time
 * @param idleTimeout how long an idle worker is kept
 * @param maxAnswerers how many connections answer functions inside other SQL
 */
public record PoolLimits(int maxWorkers, int idleWorkers, boolean keepsMore, Duration idleTimeout, int maxAnswerers) {
}
