package io.pgbg.monitor;

import io.pgbg.job.Job;
import javax.management.ConstructorParameters;

/**
 * A job that has not ended, for JMX, whose clients rebuild it from its attributes. Its cookie is not shown. Immutable.
 */
public final class RunningJob {

    private final int pid;
    private final String state;
    private final String label;
    private final String role;
    private final String sqlPreview;
    private final long ageMillis;
    private final long rowCount;
    private final String server;

    /**
     * Rebuilds it from its attributes.
     *
     * @param pid the process id of its worker
     * @param state {@code starting} or {@code running}
     * @param label a label, or null
     * @param role the role in force at the launch
     * @param sqlPreview the first characters of its SQL
     * @param ageMillis milliseconds since the launch
     * @param rowCount how many rows the last statement has returned so far
     * @param server the host and port that it runs on
     */
    @ConstructorParameters({"pid", "state", "label", "role", "sqlPreview", "ageMillis", "rowCount", "server"})
    public RunningJob(int pid, String state, String label, String role, String sqlPreview, long ageMillis,
            long rowCount, String server) {
        this.pid = pid;
        this.state = state;
        this.label = label;
        this.role = role;
        this.sqlPreview = sqlPreview;
        this.ageMillis = ageMillis;
        this.rowCount = rowCount;
        this.server = server;
    }

    static RunningJob of(Job job) {
        return new RunningJob(job.process(), job.facts().state().sqlName(), job.request().label(), job.role(),
                job.request().sqlPreview(), job.facts().ageMillis(), job.facts().rowCount(),
                job.facts().server());
    }

    /**
     * The job's pid.
     *
     * @return the process id of its worker
     */
    public int getPid() {
        return pid;
    }

    /**
     * How far the job has come.
     *
     * @return {@code starting} or {@code running}
     */
    public String getState() {
        return state;
    }

    /**
     * What its launcher calls it.
     *
     * @return a label, or null
     */
    public String getLabel() {
        return label;
    }

    /**
     * Who launched it.
     *
     * @return the role in force at the launch
     */
    public String getRole() {
        return role;
    }

    /**
     * What it does.
     *
     * @return the first characters of its SQL
     */
    public String getSqlPreview() {
        return sqlPreview;
    }

    /**
     * The time since the launch.
     *
     * @return milliseconds
     */
    public long getAgeMillis() {
        return ageMillis;
    }

    /**
     * How many rows the last statement has returned so far.
     *
     * @return the rows that the driver has received
     */
    public long getRowCount() {
        return rowCount;
    }

    /**
     * Where it runs.
     *
     * @return host and port of the server, with a colon between them
     */
    public String getServer() {
        return server;
    }
}
