package io.pgbg;

import io.pgbg.monitor.JobMonitor;
import java.util.List;

/**
 * What all connections of this JVM have done over the driver, as far as its class loader has loaded it. JMX shows the same
 * ({@code io.pgbg:type=Jobs}), and the artifact {@code pgbg-micrometer} hands it to Micrometer. Counts begin when the
 * driver is loaded. Immutable.
 *
 * @param launched how many jobs were launched
 * @param completed how many have ended without an error
 * @param failed how many have ended with an error
 * @param canceled how many were cancelled
 * @param timedOut how many a time limit has ended
 * @param running how many have not ended
 * @param executionMillis how many milliseconds all jobs that have ended took together
 * @param launchMillis how many milliseconds all launches have waited together until their jobs had a worker
 * @param exhausted how many launches have found no worker, because of {@code pgbgMaxWorkers} or the server; those that then
 *     waited for one included
 * @param relayedCalls how many calls of functions on the server were answered: inside other SQL and in stored code
 * @param workers the workers of each server, database and login; connections with other properties have others
 */
public record DriverStatistics(long launched, long completed, long failed, long canceled, long timedOut, int running,
        double executionMillis, double launchMillis, long exhausted, long relayedCalls, List<Workers> workers) {

    /** Copies the list. */
    public DriverStatistics {
        workers = List.copyOf(workers);
    }

    /**
     * The background connections for jobs of one server, database, login and set of properties. Immutable.
     *
     * @param source host, port and database
     * @param open how many are connected
     * @param idle how many of them have no job
     * @param maximum how many there may be ({@code pgbgMaxWorkers})
     * @param waiting how many launches wait for one
     */
    public record Workers(String source, int open, int idle, int maximum, int waiting) {
    }

    /**
     * The numbers as they are now. Asks no server.
     *
     * @return numbers of one moment; those of the workers are of another one, just after that
     */
    public static DriverStatistics now() {
        return JobMonitor.INSTANCE.driverStatistics();
    }
}
