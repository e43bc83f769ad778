package io.pgbg.worker;

import javax.management.ConstructorParameters;

/**
 * How many workers there are for one server, database and login, for JMX, which has to be able to make one of its
 * values. Immutable.
 */
public final class WorkerUse {

    private final String source;
    private final int open;
    private final int idle;
    private final int maximum;

    /**
     * Makes one of its values.
     *
     * @param source host, port and database
     * @param open idle ones included
     * @param idle those that are kept for the next one
     * @param maximum the property {@code pgbgMaxWorkers}
     */
    @ConstructorParameters({"source", "open", "idle", "maximum"})
    public WorkerUse(String source, int open, int idle, int maximum) {
        this.source = source;
        this.open = open;
        this.idle = idle;
        this.maximum = maximum;
    }

    /**
     * Where the workers are connected to.
     *
     * @return host, port and database
     */
    public String getSource() {
        return source;
    }

    /**
     * How many workers are connected.
     *
     * @return idle ones included
     */
    public int getOpen() {
        return open;
    }

    /**
     * How many workers have no job.
     *
     * @return those that are kept for the next one
     */
    public int getIdle() {
        return idle;
    }

    /**
     * How many workers there may be.
     *
     * @return the property {@code pgbgMaxWorkers}
     */
    public int getMaximum() {
        return maximum;
    }
}
