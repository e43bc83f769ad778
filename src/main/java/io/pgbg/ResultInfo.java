package io.pgbg;

import java.time.Instant;

/**
 * What is known of a job's result without reading it. Immutable.
 *
 * @param rowCount how many rows the last statement has returned or affected so far, as far as the server has told
 * @param commandTag the last statement's command tag; null before the end, after an error, and for an empty text
 * @param completed whether the job has ended without an error
 * @param hasError whether it was ended by an error, or cancelled
 * @param startedAt when its text was sent; null before that
 * @param finishedAt when it ended; null before that
 */
public record ResultInfo(long rowCount, String commandTag, boolean completed, boolean hasError, Instant startedAt,
        Instant finishedAt) {
}
