package io.pgbg;

import java.util.Arrays;

/**
 * On which of the servers that a URL names a job runs. The words are those of the PostgreSQL driver's property
 * {@code targetServerType}, which chooses the server of the connection itself.
 */
public enum JobServer {

    /** On the server that the connection is connected to. */
    LAUNCHER("launcher"),

    /** On the primary, also where the connection itself is on a standby. */
    PRIMARY("primary"),

    /** On a standby and nowhere else. */
    SECONDARY("secondary"),

    /**
     * On a standby; on the primary if there is no standby that has replayed in time what was committed before the
     * launch, or if the job writes.
     */
    PREFER_SECONDARY("preferSecondary");

    private final String propertyValue;

    JobServer(String propertyValue) {
        this.propertyValue = propertyValue;
    }

    /**
     * The value of the property {@code pgbgJobServer} that means this.
     *
     * @return the value, in which upper and lower case matter
     */
    public String propertyValue() {
        return propertyValue;
    }

    /** The choice that a checked value of the property means. */
    static JobServer of(String propertyValue) {
        return Arrays.stream(values()).filter(one -> one.propertyValue.equals(propertyValue)).findFirst()
                .orElseThrow();
    }
}
