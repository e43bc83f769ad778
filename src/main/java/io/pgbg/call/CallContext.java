package io.pgbg.call;

import io.pgbg.job.Job;
import io.pgbg.job.NoticeQueue;
import io.pgbg.session.Session;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.worker.Wait;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Collection;

/**
 * What a call needs of the execution that it is a part of: the session, ways to ask the server and to wait that the
 * caller can end, and where results and warnings go.
 *
 * <p>Used by the thread that executes.
 */
public interface CallContext {

    Session session();

    /** Pgjdbc's statement that the result sets belong to. */
    Statement owner();

    /** Runs a step on the launcher's connection and takes over the warnings it leaves on its statement. */
    <T> T on(Statement statement, SqlSupplier<T> step) throws SQLException;

    /** The same for a step that may call functions on the server: it is listened to if it needs to be. */
    <T> T onServer(Statement statement, SqlSupplier<T> step) throws SQLException;

    /** Waits and looks after something meanwhile. */
    <T> T waiting(Wait.Watch watch, SqlFunction<Wait, T> awaited) throws SQLException;

    /** Waits for jobs and looks meanwhile whether they wait for the launcher. */
    <T> T waitingFor(Collection<Job> jobs, SqlFunction<Wait, T> step) throws SQLException;

    /** Reads a job's notices into the warnings while it waits. */
    <T> T listening(NoticeQueue notices, SqlSupplier<T> step) throws SQLException;

    /** Adds warnings: one, or a chain of them. */
    void warn(SQLWarning warning);

    void add(StatementResult result);

    default void add(ResultSet rows) {
        add(new StatementResult.RowsResult(rows));
    }
}
