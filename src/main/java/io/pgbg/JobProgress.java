package io.pgbg;

/**
 * How far a job says it has come. Immutable.
 *
 * @param percent 0 to 100, or null when that is not known
 * @param message what it does at the moment, or null
 */
public record JobProgress(Integer percent, String message) {

    /** Nothing was reported. */
    public static final JobProgress NONE = new JobProgress(null, null);
}
