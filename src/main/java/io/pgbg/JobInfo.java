package io.pgbg;

import java.time.Instant;

/**
 * An attached job as lists of jobs show it. Immutable.
 *
 * @param handle the job's handle
 * @param launchedAt when it was launched
 * @param userId the oid of the role that launched it, unsigned; 0 when it is not known
 * @param queueSize the size of the queue for its rows, in bytes as for the extension: how far they may run ahead of
 *     their reader
 * @param state its state
 * @param sqlPreview the first {@value #PREVIEW_LENGTH} characters of its SQL
 * @param lastError the message of the error that ended it, or null
 * @param consumed whether a reader has begun to read its result
 * @param label the label that it was launched with, or null
 * @param server the host and port of the server that it runs on, or has run on last; null when it is not known
 */
public record JobInfo(Handle handle, Instant launchedAt, long userId, int queueSize, JobState state, String sqlPreview,
        String lastError, boolean consumed, String label, String server) {

    /** How many characters of the SQL a list shows. */
    public static final int PREVIEW_LENGTH = 120;

    /**
     * The same without the server.
     *
     * @param handle the job's handle
     * @param launchedAt when it was launched
     * @param userId the oid of the role that launched it
     * @param queueSize the size of the queue for its rows
     * @param state its state
     * @param sqlPreview the first characters of its SQL
     * @param lastError the message of the error that ended it, or null
     * @param consumed whether a reader has begun to read its result
     * @param label its label, or null
     */
    public JobInfo(Handle handle, Instant launchedAt, long userId, int queueSize, JobState state, String sqlPreview,
            String lastError, boolean consumed, String label) {
        this(handle, launchedAt, userId, queueSize, state, sqlPreview, lastError, consumed, label, null);
    }
}
