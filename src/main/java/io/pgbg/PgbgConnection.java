package io.pgbg;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The pg_background functions as Java methods: {@code connection.unwrap(PgbgConnection.class)}. A job is the same
 * whether it is launched here or in SQL, with the same limits: it stays attached to the connection until it is read or
 * detached, or the connection closes.
 *
 * <p>No argument may be null. A time that is less than zero means the same as zero. Methods that ask the server throw
 * 25P02 in a failed transaction. On a connection that is closed, what launches or waits throws 08003.
 *
 * <p>As thread-safe as the connection, over which a launch talks to the server.
 */
public interface PgbgConnection {

    /**
     * Launches a job with the session's queue size and no label.
     *
     * @param sql one statement, or several that are one transaction
     * @return the running job
     * @throws SQLException as {@link #launch(String, LaunchOptions)}
     */
    default PgbgJob launch(String sql) throws SQLException {
        return launch(sql, LaunchOptions.DEFAULT);
    }

    /**
     * Launches a job whose result can be read.
     *
     * @param sql one statement, or several that are one transaction
     * @param options the queue size, the label and the server
     * @return the running job
     * @throws SQLException 53400 or 53000 when there is no room for another job; 22023 when the queue size is not
     *     allowed; 42501 or another error of the server's when the job cannot take over the session's settings or role;
     *     55000 when there is no server of the kind that is demanded; 0A000 behind a connection pooler that does not
     *     pool sessions; 57014 when the wait for a connection was ended. Errors of the SQL are the job's, not the
     *     launch's
     */
    PgbgJob launch(String sql, LaunchOptions options) throws SQLException;

    /**
     * Submits a job with no label.
     *
     * @param sql one statement, or several that are one transaction
     * @return the running job
     * @throws SQLException as {@link #launch(String, LaunchOptions)}
     */
    default PgbgJob submit(String sql) throws SQLException {
        return submit(sql, LaunchOptions.DEFAULT);
    }

    /**
     * Submits a job whose rows are discarded and whose outcome is kept. When this returns, the job has left for the
     * server, which runs and commits it even if this process dies.
     *
     * @param sql one statement, or several that are one transaction
     * @param options the queue size, the label and the server
     * @return the running job
     * @throws SQLException as {@link #launch(String, LaunchOptions)}
     */
    PgbgJob submit(String sql, LaunchOptions options) throws SQLException;

    /**
     * Launches a job, waits for its end and detaches it. Its rows are discarded.
     *
     * @param sql one statement, or several that are one transaction
     * @param options the queue size, the label and the server
     * @param timeout the time after which the job is cancelled; zero for never
     * @return how the job ended; an error of the job is returned here, not thrown
     * @throws SQLException as {@link #launch(String, LaunchOptions)}, or the error that ended the wait, by which the
     *     job is cancelled
     */
    RunOutcome run(String sql, LaunchOptions options, Duration timeout) throws SQLException;

    /**
     * Launches a job and reads its rows.
     *
     * @param sql one statement, or several that are one transaction
     * @param options the queue size, the label and the server
     * @param timeout the time after which the job is cancelled; with a time-out the consumer gets the rows when the job
     *     has ended. Zero for never; then it gets them as they arrive
     * @param consumer gets the rows
     * @return the number of rows
     * @throws SQLException as {@link #launch(String, LaunchOptions)}; 57014 when the time is over; the job's error; the
     *     consumer's; the error that ended the wait, by which the job is cancelled
     */
    long query(String sql, LaunchOptions options, Duration timeout, RowConsumer consumer) throws SQLException;

    /**
     * Finds an attached job.
     *
     * @param handle its handle
     * @return the job
     * @throws SQLException 42704 when no job with this pid is attached, 55000 when the job has another cookie, 42501
     *     when it belongs to another role
     */
    PgbgJob job(Handle handle) throws SQLException;

    /**
     * The jobs that this connection has launched and that are attached.
     *
     * @return the jobs, the oldest first
     * @throws SQLException the server's error when it is asked for the roles whose jobs the session may use
     */
    List<JobInfo> list() throws SQLException;

    /**
     * The numbers of this connection's jobs by how they ended.
     *
     * @return the current numbers
     * @throws SQLException the server's error when it is asked for the limit
     */
    JobStatistics statistics() throws SQLException;

    /**
     * What is known of a job, which need not be attached.
     *
     * @param handle its handle
     * @return what is known; only the handle if the job is not attached
     * @throws SQLException the server's error
     */
    Outcome outcome(Handle handle) throws SQLException;

    /**
     * Waits until one of several jobs has ended. Ignores handles of jobs that are not attached.
     *
     * @param handles the jobs
     * @param timeout how long to wait; zero for as long as it takes
     * @return the first job that has ended; empty when none has ended in time, or none of the jobs is attached
     * @throws SQLException the error that ended the wait
     */
    Optional<Handle> awaitAny(Collection<Handle> handles, Duration timeout) throws SQLException;

    /**
     * Waits for several jobs until one deadline and detaches them all. Jobs that have not ended by then run on.
     *
     * @param handles the jobs
     * @param timeout how long to wait for all together; zero for as long as it takes
     * @return what is known of each job, in the order of the handles
     * @throws SQLException the error that ended the wait; then all jobs are still attached
     */
    List<Outcome> drain(Collection<Handle> handles, Duration timeout) throws SQLException;

    /**
     * Cancels all jobs of this connection.
     *
     * @return the number of jobs that had not ended
     * @throws SQLException the server's error when it is asked for the roles whose jobs the session may use
     */
    int cancelAll() throws SQLException;

    /**
     * Cancels the jobs of this connection whose labels match a pattern.
     *
     * @param pattern a pattern as for SQL's LIKE
     * @return the number of jobs that had not ended
     * @throws SQLException 22025 when the pattern ends with a backslash
     */
    int cancelByLabel(String pattern) throws SQLException;

    /**
     * Detaches all jobs of this connection.
     *
     * @return the number of jobs
     * @throws SQLException the server's error when it is asked for the roles whose jobs the session may use
     */
    int detachAll() throws SQLException;

    /**
     * Detaches the jobs of this connection that have ended.
     *
     * @return the number of jobs
     * @throws SQLException the server's error when it is asked for the roles whose jobs the session may use
     */
    int purge() throws SQLException;
}
