package io.pgbg.job;

import io.pgbg.JobState;

/** Why a job is cancelled. Decides what its reader is told, what the job counts as, and the state that SQL shows. */
public enum CancelReason {
    /** A caller, or an operator, has asked for it. */
    REQUESTED("canceling statement due to user request", Ending.CANCELED, JobState.CANCELED),
    /** The time limit that was set at the launch is over. */
    TIMED_OUT("canceling statement due to statement timeout", Ending.TIMED_OUT, JobState.ERROR),
    /** The caller that launched the job and waited for it does not wait any longer. */
    OVERRUN("canceling statement due to user request", Ending.TIMED_OUT, JobState.CANCELED);

    private final String message;
    private final Ending ending;
    private final JobState state;

    CancelReason(String message, Ending ending, JobState state) {
        this.message = message;
        this.ending = ending;
        this.state = state;
    }

    String message() {
        return message;
    }

    Ending ending() {
        return ending;
    }

    JobState state() {
        return state;
    }
}
