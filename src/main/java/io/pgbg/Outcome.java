package io.pgbg;

import java.time.Instant;

/**
 * What is known of a job at one moment. Of a job that is not attached nothing is: then all but the handle is null.
 *
 * <p>Immutable.
 *
 * @param handle the job's name
 * @param state how far it has come
 * @param consumed whether somebody has begun to read its result
 * @param completed whether it has ended in good order
 * @param hasError whether an error, a cancel included, has ended it
 * @param rowCount how many rows the last statement has given or affected so far, as far as the server has told
 * @param commandTag the last statement's command tag; null before the end, after an error, and for an empty text
 * @param sqlState the error's SQLSTATE, or null
 * @param errorMessage the error's message, or null
 * @param label what the launcher has called the job, or null
 * @param launchedAt when it was launched
 */
public record Outcome(Handle handle, JobState state, Boolean consumed, Boolean completed, Boolean hasError,
        Long rowCount, String commandTag, String sqlState, String errorMessage, String label, Instant launchedAt) {

    /**
     * What there is to say of a job that is not attached, or whose cookie is another one.
     *
     * @param handle the name that was asked for
     * @return an outcome that knows nothing else
     */
    public static Outcome unknown(Handle handle) {
        return new Outcome(handle, null, null, null, null, null, null, null, null, null, null);
    }
}
