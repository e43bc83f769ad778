package io.pgbg.job;

import io.pgbg.sql.JobText;

/**
 * What is to be run.
 *
 * @param sql the job's SQL
 * @param text what its statements are
 * @param queueSize how much the reader may lag behind, in bytes of the extension's queue
 * @param timeoutMillis how long the job may run altogether; 0 for as long as it takes
 * @param role the role in whose name it is launched
 */
public record JobRequest(String sql, JobText text, int queueSize, long timeoutMillis, String role) {
}
