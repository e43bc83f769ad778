package io.pgbg.job;

/** As what a job counts when it has ended. */
public enum Ending {
    COMPLETED, FAILED, CANCELED, TIMED_OUT
}
