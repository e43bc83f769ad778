package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Worker;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.postgresql.util.ServerErrorMessage;

/**
 * What ended a job, as its reader and its statistics are to see it. Stateless.
 */
final class JobFailure {

    private JobFailure() {
    }

    /**
     * The job's error as its reader is to see it: the server's own, and where it came from.
     *
     * @param position turns a position in what was sent into one in the job's text
     * @param reason why the job was cancelled, or null
     */
    static SQLException explain(SQLException error, Worker worker, IntUnaryOperator position, CancelReason reason) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message != null) {
            ServerError copy = ServerError.copyOf(message).context("background worker, pid " + worker.pid()).cause(
                    error.getCause());
            if (message.getPosition() > 0) {
                copy.position(position.applyAsInt(message.getPosition()));
            }
            if (reason != null && SQLState.QUERY_CANCELED.is(message.getSQLState())) {
                copy.message(reason.message());
            }
            return copy.toException(worker.wire().showsErrorDetails());
        }
        if (worker.isLost(error)) {
            return ServerError.error(SQLState.CONNECTION_FAILURE, "lost connection to worker process with PID %d",
                    worker.pid()).cause(error).toException();
        }
        return error;
    }

    /**
     * As what the error counts.
     *
     * @param reason why the job was cancelled, or null
     * @param timeoutMillis the time-out that the server has watched too
     */
    static Ending ending(SQLException error, CancelReason reason, long timeoutMillis, JobFacts facts) {
        boolean canceled = SQLState.QUERY_CANCELED.isStateOf(error);
        boolean ended = canceled || SQLState.ADMIN_SHUTDOWN.isStateOf(error)
                || SQLState.isConnectionError(error.getSQLState());
        if (reason != null) {
            return ended ? reason.ending() : Ending.FAILED;
        }
        if (!canceled) {
            return Ending.FAILED;
        }
        // the server's clock may be quicker than ours
        boolean late = timeoutMillis > 0 && facts.elapsedNanos() >= TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        return late ? Ending.TIMED_OUT : Ending.CANCELED;
    }
}
