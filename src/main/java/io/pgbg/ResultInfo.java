package io.pgbg;

import java.time.Instant;

/**
 * What can be told of a job's result without reading it. Immutable.
 *
 * @param rowCount how many rows the last statement has given or affected so far, as far as the server has told
 * @param commandTag the last statement's command tag; null before the end, after an error, and for an empty text
 * @param completed whether the job has ended in good order
 * @param hasError whether an error, a cancel included, has ended it
 * @param startedAt when its text was sent, or null
 * @param finishedAt when it ended, or null
 */
public record ResultInfo(long rowCount, String commandTag, boolean completed, boolean hasError, Instant startedAt,
        Instant finishedAt) {
}
