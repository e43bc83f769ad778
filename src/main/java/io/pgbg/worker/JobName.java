package io.pgbg.worker;

import java.util.Map;

/**
 * Which jobs the server's administrator sees under a name of their own: {@code application_name} is then
 * {@code job of 4711: label - the launcher's own name}, with the pid of the launcher first, because the server cuts what is
 * longer than 63 bytes.
 */
public enum JobName {

    /** Those that have a label. */
    LABEL,
    /** All. It is one more thing to be set in each worker, which is a round trip if there is nothing else. */
    ALL,
    /** None: a job's name is its launcher's, as all settings are. */
    NONE;

    private static final String SETTING = "application_name";

    /**
     * The state that a job takes over.
     *
     * @param state the launcher's
     * @param launcher pid of its backend
     * @param label the job's, or null
     */
    SessionState named(SessionState state, int launcher, String label) {
        if (this == NONE || this == LABEL && label == null) {
            return state;
        }
        String application = state.settings().getOrDefault(SETTING, "");
        String name = "job of " + launcher + (label == null ? "" : ": " + label)
                + (application.isEmpty() ? "" : " - " + application);
        return state.with(Map.of(SETTING, name));
    }
}
