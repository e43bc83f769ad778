package io.pgbg.job;

/** Why a job is cancelled: decides what its reader is told and as what it counts. */
public enum CancelReason {
    /** Somebody has asked for it. */
    REQUESTED("canceling statement due to user request", Ending.CANCELED),
    /** The time-out that was set when it was launched. */
    TIMED_OUT("canceling statement due to statement timeout", Ending.TIMED_OUT),
    /** Who launched it and waited for it at once would not wait any longer. */
    OVERRUN("canceling statement due to user request", Ending.TIMED_OUT);

    private final String message;
    private final Ending ending;

    CancelReason(String message, Ending ending) {
        this.message = message;
        this.ending = ending;
    }

    String message() {
        return message;
    }

    Ending ending() {
        return ending;
    }
}
