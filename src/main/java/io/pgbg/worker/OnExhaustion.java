package io.pgbg.worker;

/** What a launch does when there is no room for another worker. */
public enum OnExhaustion {
    /** It fails at once. */
    ERROR,
    /** It waits until a worker is free or may be opened, at most for the time that its statement may take. */
    QUEUE,
    /**
     * It runs the job on a worker beyond the driver's limit and returns when the job has ended, so that never more such
     * workers are at work than threads launch jobs. When it is the server that has no room, it waits.
     */
    SYNC
}
