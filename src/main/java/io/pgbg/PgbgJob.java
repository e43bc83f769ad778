package io.pgbg;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One job, as the connection knows it that gave it. Thread-safe.
 *
 * <p>What blocks is ended by {@link Thread#interrupt()} with 57014 and by the closing of the connection with 08006; the
 * job goes on then. What is told of a job can still be asked when it is no longer attached.
 */
public interface PgbgJob {

    /**
     * The job's name, by which SQL knows it too.
     *
     * @return its pid and cookie
     */
    Handle handle();

    /**
     * The job as a list shows it.
     *
     * @return how it is at the moment
     */
    JobInfo info();

    /**
     * What is known of the job.
     *
     * @return how it is at the moment
     */
    Outcome outcome();

    /**
     * What can be told of the result without reading it.
     *
     * @return how it is at the moment
     */
    ResultInfo resultInfo();

    /**
     * The error that has ended the job, a cancel included.
     *
     * @return empty when there is none, or not yet
     */
    Optional<ErrorInfo> errorInfo();

    /**
     * How far the job has come: as it reports by {@code pg_background_progress}, otherwise as the server tells.
     *
     * @return percent and message, each null when it is not known
     * @throws SQLException the server's, when it is asked and cannot answer
     */
    JobProgress progress() throws SQLException;

    /**
     * The job's SQL.
     *
     * @return its first 64 kB
     */
    String sql();

    /**
     * Completes when the job has ended, however it has. Asking for it counts as waiting: rows that nobody has read yet
     * go to a temporary file, so that they do not hold up the job.
     *
     * @return a future of the caller's own; to cancel it leaves the job alone
     */
    CompletableFuture<Outcome> completion();

    /**
     * Waits until the job has ended, whether anybody has read its rows or not.
     *
     * @return what has become of it; its error is told, not thrown
     * @throws SQLException what has ended the wait; 40P01 when the job waits for a lock of this very connection
     */
    Outcome await() throws SQLException;

    /**
     * Waits until the job has ended, but not for ever.
     *
     * @param timeout at most 24 hours; zero only looks
     * @return whether it has ended
     * @throws SQLException what has ended the wait; 40P01 when the job waits for a lock of this very connection
     */
    boolean await(Duration timeout) throws SQLException;

    /**
     * Hands over the job's notices: those that nobody has read, at once, and the others as they come.
     *
     * @param consumer must neither block nor fail; called by any thread, one notice after the other
     */
    void onNotice(Consumer<SQLWarning> consumer);

    /**
     * Waits for the result and gives its rows, which can be done once: what
     * {@code SELECT * FROM pg_background_result(pid, cookie)} gives on the connection, with its columns, and with the
     * notices as warnings of its statement, which is closed with it. Another thread may cancel that statement. To be
     * closed by the caller; while it is open only some of many rows are in memory.
     *
     * @return the rows, or the command tags of a job whose last statement returns none
     * @throws SQLException the job's error; 42704 when the result was read before; 0A000 when the job was submitted;
     *     what has ended the wait; 25P02 in a failed transaction
     */
    ResultSet result() throws SQLException;

    /**
     * Reads the result, which can be done once, and waits for it as long as it takes. However many rows there are, only
     * some of them are in memory. A job whose last statement returns no rows gives its command tags, one a row. The job
     * is no longer attached afterwards.
     *
     * @param consumer takes the rows
     * @return how many there were
     * @throws SQLException the job's error; 42704 when the result was read before; 0A000 when the job was submitted;
     *     what has ended the wait; the consumer's
     */
    long forEachRow(RowConsumer consumer) throws SQLException;

    /** Ends the job: asks at once, and again until it has ended. Returns at once. Nothing happens when it has ended. */
    void cancel();

    /**
     * Ends the job and limits how long it is only asked: after that its session is ended.
     *
     * @param grace at most an hour; zero leaves it to the driver: ten seconds
     */
    void cancel(Duration grace);

    /** Forgets the job: it runs on and commits, and nobody can read it any more. */
    void detach();
}
