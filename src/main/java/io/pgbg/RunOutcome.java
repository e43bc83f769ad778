package io.pgbg;

/**
 * How a job ended that somebody launched and waited for at once. Immutable.
 *
 * @param outcome what became of the job; its booleans are never null
 * @param timedOut whether it was cancelled because it took too long
 * @param elapsedMillis how long the whole took
 */
public record RunOutcome(Outcome outcome, boolean timedOut, long elapsedMillis) {
}
