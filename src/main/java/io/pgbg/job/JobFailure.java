package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Worker;
import java.sql.SQLException;
import java.util.function.IntUnaryOperator;
import org.postgresql.util.ServerErrorMessage;

/** A job's error as the reader of the job gets it: the server's own, and where it came from. Stateless. */
public final class JobFailure {

    private static final String WORKER = "background worker, pid ";

    private JobFailure() {
    }

    /** The line of context that names the worker. */
    static String context(int pid) {
        return WORKER + pid;
    }

    /** Whether the context of an error, which may be empty, says that a job has raised it. */
    public static boolean isOfJob(String context) {
        return context.contains(WORKER);
    }

    /** The same, if it was the job's own text and no code that this has called. */
    public static boolean isOfJobText(String context) {
        return context.startsWith(WORKER);
    }

    /**
     * The error that a reader of the job gets: when its worker was lost, one that does not say so of the reader's own
     * connection.
     *
     * @param reason why the job was cancelled, or null
     */
    static SQLException forReader(JobEnd end, int pid, CancelReason reason) {
        SQLException failure = end.failure();
        if (end.ending() == Ending.FAILED || !SQLState.isSessionEnd(failure.getSQLState())) {
            return ServerError.ofOtherConnection(failure);
        }
        return ServerError.error(SQLState.QUERY_CANCELED, reason.message()).context(context(pid)).cause(failure)
                .toException();
    }

    /**
     * Turns a worker's error into the job's.
     *
     * @param pid what names the job
     * @param worker the connection that the error comes from
     * @param position turns a position in what was sent into one in the job's text
     * @param reason why the job was cancelled, or null
     */
    static SQLException explain(SQLException error, int pid, Worker worker, IntUnaryOperator position,
            CancelReason reason) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message != null) {
            ServerError copy = ServerError.copyOf(message).context(context(pid)).cause(error.getCause());
            if (message.getPosition() > 0) {
                copy.position(position.applyAsInt(message.getPosition()));
            }
            if (reason != null && SQLState.QUERY_CANCELED.is(message.getSQLState())) {
                copy.message(reason.message());
            }
            SQLException explained = copy.toException(worker.wire().showsErrorDetails());
            for (Throwable before : error.getSuppressed()) {
                explained.addSuppressed(before);
            }
            return explained;
        }
        if (worker.isLost()) {
            return ServerError.error(SQLState.CONNECTION_FAILURE, "lost connection to worker process with PID %d",
                    pid).detail(error.getMessage()).cause(error).toException();
        }
        return error;
    }
}
