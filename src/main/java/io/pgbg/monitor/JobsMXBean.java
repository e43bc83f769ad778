package io.pgbg.monitor;

import io.pgbg.worker.WorkerUse;
import java.util.List;

/**
 * The jobs and workers of this JVM, for JMX: {@code io.pgbg:type=Jobs}. Registered from the first launch until the last
 * worker has gone and the last connection that has launched a job is closed. Thread-safe.
 */
public interface JobsMXBean {

    /**
     * How many jobs were launched since the driver was loaded.
     *
     * @return jobs that have ended and jobs that have not
     */
    long getLaunched();

    /**
     * How many jobs have ended without an error.
     *
     * @return since the driver was loaded
     */
    long getCompleted();

    /**
     * How many jobs have failed with an error.
     *
     * @return since the driver was loaded
     */
    long getFailed();

    /**
     * How many jobs were cancelled.
     *
     * @return since the driver was loaded
     */
    long getCanceled();

    /**
     * How many jobs a time limit has ended.
     *
     * @return since the driver was loaded
     */
    long getTimedOut();

    /**
     * How long the jobs that have ended took on average.
     *
     * @return milliseconds; 0 when none has ended
     */
    double getAverageExecutionMillis();

    /**
     * How long launches took on average until their jobs had a worker.
     *
     * @return milliseconds; 0 when none was launched
     */
    double getAverageLaunchMillis();

    /**
     * How many launches have found no worker, those that then waited for one included.
     *
     * @return since the driver was loaded
     */
    long getExhausted();

    /**
     * How many calls of functions on the server were answered.
     *
     * @return since the driver was loaded
     */
    long getRelayedCalls();

    /**
     * The jobs that have not ended.
     *
     * @return the oldest first
     */
    List<RunningJob> getRunning();

    /**
     * Where workers are connected to, and how many there are.
     *
     * @return one element for each server, database, login and set of properties
     */
    List<WorkerUse> getWorkers();

    /**
     * Cancels a job: the oldest, where jobs run on servers that have given their processes the same id.
     *
     * @param pid the process id of its worker
     * @return whether a job of this JVM runs there
     */
    boolean cancel(int pid);

    /**
     * Cancels the job that runs on a server.
     *
     * @param server host and port as {@link RunningJob#getServer()} has them
     * @param pid the process id of its worker
     * @return whether a job of this JVM runs there
     */
    boolean cancelAt(String server, int pid);
}
