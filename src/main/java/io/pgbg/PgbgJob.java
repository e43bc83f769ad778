package io.pgbg;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A job, as seen by the connection that has launched or found it. Thread-safe.
 *
 * <p>Methods that wait end with 57014 when their thread is interrupted, and with 08006 when the connection is closed
 * meanwhile; the job goes on. On a connection that is closed already they throw 08003. Methods that only tell of the
 * job also work when it is no longer attached, or its connection is closed. No argument may be null.
 */
public interface PgbgJob {

    /**
     * The job's handle, which SQL uses too.
     *
     * @return its pid and cookie
     */
    Handle handle();

    /**
     * The job as lists of jobs show it.
     *
     * @return the job as it is now
     */
    JobInfo info();

    /**
     * What is known of the job.
     *
     * @return the outcome as it is now
     */
    Outcome outcome();

    /**
     * What is known of the result without reading it.
     *
     * @return the result as it is now
     */
    ResultInfo resultInfo();

    /**
     * The error that has ended the job, which may be that of a cancel.
     *
     * @return the error; empty when the job has not ended, or has ended without one
     */
    Optional<ErrorInfo> errorInfo();

    /**
     * How far the job has come: what it has reported by {@code pg_background_progress}, otherwise what the server's
     * views of progress show.
     *
     * @return percent and message, each null when it is not known
     * @throws SQLException the server's error when its views are read
     */
    JobProgress progress() throws SQLException;

    /**
     * The server that the job runs on, or has run on last. That is the one of its handle's pid, but for a job that a
     * standby has refused because it writes, and that runs on the primary instead ({@link
     * JobServer#PREFER_SECONDARY}).
     *
     * @return host and port with a colon between them
     */
    String server();

    /**
     * The job's SQL.
     *
     * @return at most its first 64 kB
     */
    String sql();

    /**
     * A future that completes when the job has ended, with or without an error. Calling this counts as waiting: rows
     * that are not read yet go to a temporary file, so that they do not hold up the job.
     *
     * @return a new future; cancelling it does not cancel the job
     */
    CompletableFuture<Outcome> completion();

    /**
     * Waits until the job has ended, whether or not its rows are read.
     *
     * @return how the job ended; an error of the job is returned here, not thrown
     * @throws SQLException the error that ended the wait; 40P01 when the job waits for a lock that this connection
     *     holds
     */
    Outcome await() throws SQLException;

    /**
     * Waits until the job has ended or a time is over.
     *
     * @param timeout how long to wait, at most 24 hours; zero or less only looks, and changes nothing
     * @return whether the job has ended
     * @throws SQLException the error that ended the wait; 40P01 when the job waits for a lock that this connection
     *     holds
     */
    boolean await(Duration timeout) throws SQLException;

    /**
     * Hands over the job's notices: at once those that have not been read, and the others as they arrive. A submitted
     * job has none but INFO.
     *
     * @param consumer called by any thread, with one notice at a time; must neither block nor throw
     */
    void onNotice(Consumer<SQLWarning> consumer);

    /**
     * Waits for the result and returns its rows, which is possible once. The result set is that of
     * {@code SELECT * FROM pg_background_result(pid, cookie)} on the connection, with the job's columns. The job's
     * notices are warnings of its statement, which another thread may cancel, and which is closed with it. The caller
     * closes the result set. While it is open only some of the rows are in memory, however many there are.
     *
     * @return the rows, or the command tags of a job whose last statement returns no rows
     * @throws SQLException the job's error; 42704 when the result was read before; 0A000 when the job was submitted;
     *     42501 when the job belongs to a role whose rights the current one does not have, or when the functions are
     *     installed and the role may not execute {@code pg_background_result}; the error that ended the wait; 25P02 in
     *     a failed transaction
     */
    ResultSet result() throws SQLException;

    /**
     * Waits for the result and reads it, which is possible once. Only some of the rows are in memory, however many
     * there are. If the job's last statement returns no rows the consumer gets the command tags, one in each row.
     * Afterwards the job is no longer attached.
     *
     * @param consumer gets the rows
     * @return the number of rows
     * @throws SQLException the job's error; 42704 when the result was read before; 0A000 when the job was submitted;
     *     42501 when the job belongs to a role whose rights the current one does not have; the error that ended the
     *     wait; the consumer's
     */
    long forEachRow(RowConsumer consumer) throws SQLException;

    /**
     * Cancels the job, and returns without waiting for its end. The request is repeated until the job has ended. Does
     * nothing when it has ended already.
     */
    void cancel();

    /**
     * Cancels the job, and terminates its session if it has not ended after some time.
     *
     * @param grace the time after which the session is terminated, at most an hour; zero or less for ten seconds
     */
    void cancel(Duration grace);

    /** Detaches the job: it runs on and commits, but its result can no longer be read. */
    void detach();
}
