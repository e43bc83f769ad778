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
 * @param userId that role's oid, unsigned; 0 when it is not known
 * @param label what the launcher calls it, or null
 * @param submitted whether its rows are thrown away, and only its outcome is kept
 */
public record JobRequest(String sql, JobText text, int queueSize, long timeoutMillis, String role, long userId,
        String label, boolean submitted) {

    /** The same, its rows thrown away. */
    JobRequest asSubmitted() {
        return submitted ? this : new JobRequest(sql, text, queueSize, timeoutMillis, role, userId, label, true);
    }
}
