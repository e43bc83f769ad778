package io.pgbg;

import java.util.Locale;

/** The states of a job. */
public enum JobState {
    /** It was launched, but its text has not been sent to the server yet. */
    STARTING,
    /** The server is working on it, or the job waits for its rows to be read. */
    RUNNING,
    /** It has ended without an error. */
    STOPPED,
    /** It was cancelled and ended by that. */
    CANCELED,
    /** An error has ended it, which may be a time-out that was set for jobs. */
    ERROR;

    /**
     * The state as SQL shows it.
     *
     * @return its name in lower case
     */
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Tells whether a job in this state has ended.
     *
     * @return whether the job has ended
     */
    public boolean isEnded() {
        return this != STARTING && this != RUNNING;
    }
}
