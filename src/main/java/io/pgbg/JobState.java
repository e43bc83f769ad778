package io.pgbg;

import java.util.Locale;

/** How far a job has come. */
public enum JobState {
    /** Launched; its text has not been sent to the server yet. */
    STARTING,
    /** The server works on it, or waits for somebody to read its rows. */
    RUNNING,
    /** It has ended in good order. */
    STOPPED,
    /** Somebody has cancelled it, and that has ended it. */
    CANCELED,
    /** An error has ended it, a time-out set for jobs among them. */
    ERROR;

    /**
     * The state as SQL shows it.
     *
     * @return the name in lower case
     */
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Tells whether the server is done with a job in this state.
     *
     * @return whether the job has ended
     */
    public boolean isEnded() {
        return this != STARTING && this != RUNNING;
    }
}
