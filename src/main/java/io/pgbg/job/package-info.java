/**
 * Jobs and the connections that run them: launch, state, notices, rows, cancel, waiting, limits, warm workers. Knows
 * nothing of SQL functions or of the statement that called one.
 */
package io.pgbg.job;
