package io.pgbg;

import java.time.Instant;

/**
 * One attached job, as a list of them shows it. Immutable.
 *
 * @param handle the job's name
 * @param launchedAt when it was launched
 * @param userId the oid of the role that launched it, unsigned; 0 when nobody has told
 * @param queueSize how far its rows may run ahead of their reader, in bytes of the extension's queue
 * @param state how far it has come
 * @param sqlPreview the first {@value #PREVIEW_LENGTH} characters of its SQL
 * @param lastError the message of the error that has ended it, or null
 * @param consumed whether somebody has begun to read its result
 * @param label what the launcher has called it, or null
 */
public record JobInfo(Handle handle, Instant launchedAt, long userId, int queueSize, JobState state, String sqlPreview,
        String lastError, boolean consumed, String label) {

    /** How many characters of the SQL a list shows. */
    public static final int PREVIEW_LENGTH = 120;
}
