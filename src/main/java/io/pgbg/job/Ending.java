package io.pgbg.job;

/** What a job counts as when it has ended. */
public enum Ending {
    COMPLETED, FAILED, CANCELED, TIMED_OUT
}
