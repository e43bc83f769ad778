package io.pgbg;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The functions for those who write Java: {@code connection.unwrap(PgbgConnection.class)}. Jobs launched here and jobs
 * launched in SQL are the same, with the same limits and the same life: they are attached to the connection until they
 * are read, detached, or the connection closes.
 *
 * <p>Thread-safe, as far as the connection is: launching talks to the server over it.
 */
public interface PgbgConnection {

    /**
     * Launches a job with the session's queue size and no label.
     *
     * @param sql one statement, or several that are one transaction
     * @return the job, which runs
     * @throws SQLException as {@link #launch(String, LaunchOptions)}
     */
    default PgbgJob launch(String sql) throws SQLException {
        return launch(sql, LaunchOptions.DEFAULT);
    }

    /**
     * Launches a job to be read.
     *
     * @param sql one statement, or several that are one transaction
     * @param options how
     * @return the job, which runs
     * @throws SQLException 53400 or 53000 when there is no room for it, 22023 when the queue size is not allowed, the
     *     server's when the job cannot take over the session
     */
    PgbgJob launch(String sql, LaunchOptions options) throws SQLException;

    /**
     * Submits a job with no label.
     *
     * @param sql one statement, or several that are one transaction
     * @return the job, which runs
     * @throws SQLException as {@link #launch(String, LaunchOptions)}
     */
    default PgbgJob submit(String sql) throws SQLException {
        return submit(sql, LaunchOptions.DEFAULT);
    }

    /**
     * Submits a job whose rows are thrown away; its outcome is kept. When this returns the server has it: it commits
     * even if this process dies.
     *
     * @param sql one statement, or several that are one transaction
     * @param options how
     * @return the job, which runs
     * @throws SQLException as {@link #launch(String, LaunchOptions)}
     */
    PgbgJob submit(String sql, LaunchOptions options) throws SQLException;

    /**
     * Launches a job, waits for its end and forgets it. Its rows are thrown away.
     *
     * @param sql one statement, or several that are one transaction
     * @param options how
     * @param timeout after which time the job is cancelled; zero for never
     * @return how it ended; its error is told, not thrown
     * @throws SQLException as {@link #launch(String, LaunchOptions)}, or what has ended the wait, which cancels the job
     */
    RunOutcome run(String sql, LaunchOptions options, Duration timeout) throws SQLException;

    /**
     * Launches a job and reads its rows.
     *
     * @param sql one statement, or several that are one transaction
     * @param options how
     * @param timeout the time the job has to its end, after which it is cancelled; then its rows are given when it has
     *     ended. Zero for no end; then they are given as they come
     * @param consumer takes the rows
     * @return how many there were
     * @throws SQLException as {@link #launch(String, LaunchOptions)}; 57014 when the time is over; the job's error; the
     *     consumer's; what has ended the wait, which cancels the job
     */
    long query(String sql, LaunchOptions options, Duration timeout, RowConsumer consumer) throws SQLException;

    /**
     * Finds an attached job.
     *
     * @param handle its name
     * @return the job
     * @throws SQLException 42704 when none of this pid is attached, 55000 when it has another cookie, 42501 when it is
     *     another role's
     */
    PgbgJob job(Handle handle) throws SQLException;

    /**
     * The jobs that this connection has launched and that are attached.
     *
     * @return the oldest first
     * @throws SQLException the server's, when it is asked whose jobs the session may touch
     */
    List<JobInfo> list() throws SQLException;

    /**
     * What has become of the jobs of this connection.
     *
     * @return the numbers at the moment
     * @throws SQLException the server's, which is asked for the limit
     */
    JobStatistics statistics() throws SQLException;

    /**
     * What is known of a job that may not be attached.
     *
     * @param handle its name
     * @return what is known; nothing but the handle of one that is not attached
     * @throws SQLException the server's
     */
    Outcome outcome(Handle handle) throws SQLException;

    /**
     * Waits until one of several jobs has ended. Handles that name none are left out.
     *
     * @param handles the jobs
     * @param timeout how long; zero for as long as it takes
     * @return the first that has ended; empty when none has in time, or none of the handles names a job
     * @throws SQLException what has ended the wait
     */
    Optional<Handle> awaitAny(Collection<Handle> handles, Duration timeout) throws SQLException;

    /**
     * Waits for several jobs under one deadline and detaches each; one that has not ended in time runs on.
     *
     * @param handles the jobs
     * @param timeout how long altogether; zero for as long as it takes
     * @return what is known of each, in the same order
     * @throws SQLException what has ended the wait; then all are still attached
     */
    List<Outcome> drain(Collection<Handle> handles, Duration timeout) throws SQLException;

    /**
     * Cancels all jobs of this connection.
     *
     * @return how many had not ended
     * @throws SQLException the server's, when it is asked whose jobs the session may touch
     */
    int cancelAll() throws SQLException;

    /**
     * Cancels the jobs of this connection by their labels.
     *
     * @param pattern a pattern of SQL's LIKE
     * @return how many had not ended
     * @throws SQLException 22025 when the pattern ends with a backslash
     */
    int cancelByLabel(String pattern) throws SQLException;

    /**
     * Detaches all jobs of this connection.
     *
     * @return how many
     * @throws SQLException the server's, when it is asked whose jobs the session may touch
     */
    int detachAll() throws SQLException;

    /**
     * Detaches those jobs of this connection that have ended.
     *
     * @return how many
     * @throws SQLException the server's, when it is asked whose jobs the session may touch
     */
    int purge() throws SQLException;
}
