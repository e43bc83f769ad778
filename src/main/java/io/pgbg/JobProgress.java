package io.pgbg;

/**
 * How far a job has come. Immutable.
 *
 * @param percent 0 to 100, or null when it is not known
 * @param message what the job is doing, or null when it is not known
 */
public record JobProgress(Integer percent, String message) {

    /** Nothing is known. */
    public static final JobProgress NONE = new JobProgress(null, null);
}
