package io.pgbg.worker;

import javax.management.ConstructorParameters;

/**
 * How many workers there are for one server, database and login, as JMX shows it. Immutable.
 */
public final class WorkerUse {

    private final String source;
    private final int open;
    private final int idle;
    private final int maximum;
    private final int waiting;

    /**
     * Makes an object of its values, as JMX does on the side of the reader.
     *
     * @param source host, port and database
     * @param open the number of connected workers, idle ones included
     * @param idle the number of workers without a job
     * @param maximum the value of the property {@code pgbgMaxWorkers}
     * @param waiting the number of launches that wait for a worker
     */
    @ConstructorParameters({"source", "open", "idle", "maximum", "waiting"})
    public WorkerUse(String source, int open, int idle, int maximum, int waiting) {
        this.source = source;
        this.open = open;
        this.idle = idle;
        this.maximum = maximum;
        this.waiting = waiting;
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
     * @return the number, idle ones included
     */
    public int getOpen() {
        return open;
    }

    /**
     * How many workers have no job.
     *
     * @return the number of workers that are kept for later jobs
     */
    public int getIdle() {
        return idle;
    }

    /**
     * How many workers there may be.
     *
     * @return the value of the property {@code pgbgMaxWorkers}
     */
    public int getMaximum() {
        return maximum;
    }

    /**
     * How many launches wait for a worker.
     *
     * @return the number, those of other connections to the same source included
     */
    public int getWaiting() {
        return waiting;
    }
}
