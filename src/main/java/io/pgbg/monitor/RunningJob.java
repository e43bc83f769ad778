package io.pgbg.monitor;

import io.pgbg.job.Job;
import io.pgbg.job.JobSql;
import javax.management.ConstructorParameters;

/**
 * A job that has not ended, for JMX, which has to be able to make one of its values. Its cookie is not shown.
 * Immutable.
 */
public final class RunningJob {

    private final int pid;
    private final String state;
    private final String label;
    private final String role;
    private final String sqlPreview;
    private final long ageMillis;
    private final long rowCount;

    /**
     * Makes one of its values.
     *
     * @param pid the process id of its worker
     * @param state {@code starting} or {@code running}
     * @param label a label, or null
     * @param role the role in force at the launch
     * @param sqlPreview the first characters of its SQL
     * @param ageMillis milliseconds
     * @param rowCount those that the server has told of
     */
    @ConstructorParameters({"pid", "state", "label", "role", "sqlPreview", "ageMillis", "rowCount"})
    public RunningJob(int pid, String state, String label, String role, String sqlPreview, long ageMillis,
            long rowCount) {
        this.pid = pid;
        this.state = state;
        this.label = label;
        this.role = role;
        this.sqlPreview = sqlPreview;
        this.ageMillis = ageMillis;
        this.rowCount = rowCount;
    }

    static RunningJob of(Job job) {
        return new RunningJob(job.pid(), job.state().sqlName(), job.request().label(), job.role(),
                JobSql.preview(job.request().sql()), job.facts().ageMillis(), job.facts().rowCount());
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
     * What its launcher has called it.
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
     * How long it is since the launch.
     *
     * @return milliseconds
     */
    public long getAgeMillis() {
        return ageMillis;
    }

    /**
     * How many rows it has given so far.
     *
     * @return those that the server has told of
     */
    public long getRowCount() {
        return rowCount;
    }
}
