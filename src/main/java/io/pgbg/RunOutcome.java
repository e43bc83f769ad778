package io.pgbg;

/**
 * How a job ended that was launched and waited for by one call. Immutable.
 *
 * @param outcome what is known of the job; its booleans are never null
 * @param timedOut whether the job was cancelled because its time was over
 * @param elapsedMillis how many milliseconds launch and wait took together
 */
public record RunOutcome(Outcome outcome, boolean timedOut, long elapsedMillis) {
}
