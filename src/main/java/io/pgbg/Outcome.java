package io.pgbg;

import java.time.Instant;

/**
 * What is known of a job at one moment. Of a job that is not attached only the handle is known; then all else is null.
 *
 * <p>Immutable.
 *
 * @param handle the job's handle
 * @param state its state
 * @param consumed whether a reader has begun to read its result
 * @param completed whether it has ended without an error
 * @param hasError whether it was ended by an error, or cancelled
 * @param rowCount how many rows its last statement has returned or affected so far, as far as the server has told
 * @param commandTag the last statement's command tag; null before the end, after an error, and for an empty text
 * @param sqlState the error's SQLSTATE, or null
 * @param errorMessage the error's message, or null
 * @param label the label that the job was launched with, or null
 * @param launchedAt when it was launched
 */
public record Outcome(Handle handle, JobState state, Boolean consumed, Boolean completed, Boolean hasError,
        Long rowCount, String commandTag, String sqlState, String errorMessage, String label, Instant launchedAt) {

    /**
     * The outcome of a job that is not attached, or whose cookie is another one.
     *
     * @param handle the handle that was asked for
     * @return an outcome with the handle and nothing else
     */
    public static Outcome unknown(Handle handle) {
        return new Outcome(handle, null, null, null, null, null, null, null, null, null, null);
    }
}
