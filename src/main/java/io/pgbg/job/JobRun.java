package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.sql.JobText;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a job on its worker.
 *
 * <p>A job whose last statement returns no rows is one message of the simple query protocol in autocommit: what was
 * sent is carried out, whatever becomes of this process. A job with rows needs a transaction and a cursor, so that
 * memory stays bounded: a window of rows is read ahead, then the worker waits for a reader.
 *
 * <p>Used by one thread at a time, the one that the job has set to work.
 */
final class JobRun {

    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    private final Job job;
    private final Worker worker;
    private final Wire wire;
    private final JobText text;
    private final FetchSize fetchSize;
    /** The rows fetched last, and the cursor behind them. */
    private Rows rows;
    /** How many characters of the text stand before the one that was sent last. */
    private int offset;
    private boolean staying;

    JobRun(Job job, Worker worker) {
        this.job = job;
        this.worker = worker;
        this.wire = worker.wire();
        this.text = job.request().text();
        this.fetchSize = new FetchSize(job.request().queueSize());
    }

    /** Runs the job as far as it goes without a reader. */
    void start() {
        guarded(() -> {
            refuseWhatNoJobMayDo();
            job.checkCancelled();
            if (text.rows()) {
                runWithCursor();
            } else {
                runAlone();
            }
        });
    }

    /** Goes on after a pause. */
    void resume() {
        guarded(() -> {
            job.checkCancelled();
            rows = wire.fetchNext(rows, fetchSize.next(), job.notices());
            readAhead();
        });
    }

    @FunctionalInterface
    private interface Step {
        void run() throws SQLException;
    }

    private void guarded(Step step) {
        Thread thread = Thread.currentThread();
        String name = thread.getName();
        thread.setName("pgbg job " + job.pid());
        try {
            step.run();
        } catch (SQLException | RuntimeException | Error e) {
            fail(e);
        } finally {
            thread.setName(name);
        }
    }

    private void refuseWhatNoJobMayDo() throws SQLException {
        if (text.transactionControl() != null) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "transaction control statements are not allowed in pg_background").toException();
        }
        if (text.copyWithClient()) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "COPY protocol not allowed in pg_background")
                    .toException();
        }
    }

    private void runAlone() throws SQLException {
        Wire.Answer answer = wire.run(job.request().sql(), job.notices());
        job.succeed(answer.rows() == null ? answer.tags() : null, answer.rows());
    }

    private void runWithCursor() throws SQLException {
        List<String> tags = new ArrayList<>();
        if (text.statements().size() > 1) {
            tags.addAll(wire.runInTransaction(text.head(), job.notices()).tags());
            job.checkCancelled();
        }
        offset = text.head().length();
        Wire.Answer answer = wire.open(text.last(), FetchSize.FIRST, job.notices());
        rows = answer.rows();
        if (rows == null) {
            commit();
            tags.addAll(answer.tags());
            job.succeed(tags, null);
        } else {
            readAhead();
        }
    }

    /** Fills a window and pauses, or runs to the end where nobody reads. */
    private void readAhead() throws SQLException {
        fetchSize.learn(rows);
        while (rows.hasMore()) {
            if (fetchSize.hasRoomFor(rows)) {
                job.checkCancelled();
                rows = wire.fetch(rows, fetchSize.next(rows), job.notices());
            } else {
                Rows full = rows;
                stayWhileIdle();
                if (job.pause(full)) {
                    return;
                }
                job.checkCancelled();
                rows = wire.fetchNext(rows, fetchSize.next(), job.notices());
            }
            fetchSize.learn(rows);
        }
        commit();
        job.succeed(null, rows);
    }

    /** A worker that waits for its reader is not idle, and no time-out for idle transactions may end it. */
    private void stayWhileIdle() throws SQLException {
        if (!staying) {
            wire.runInTransaction("SET LOCAL idle_in_transaction_session_timeout = 0", job.notices());
            staying = true;
        }
    }

    private void commit() throws SQLException {
        offset = 0;
        wire.runInTransaction("COMMIT", job.notices());
    }

    private void fail(Throwable error) {
        rollback();
        if (error instanceof SQLException e) {
            job.fail(e, offset);
        } else {
            LOG.error("{} - job failed in the driver", job.pid(), error);
            job.fail(ServerError.error(SQLState.UNEXPECTED_ERROR, "the job failed in the driver: %s", error)
                    .cause(error).toException(), 0);
        }
    }

    /** Frees the job's locks at once, not when somebody reads the error. */
    private void rollback() {
        if (!wire.inTransaction()) {
            return;
        }
        try {
            wire.run("ROLLBACK", notice -> { });
        } catch (SQLException e) {
            LOG.debug("{} - no rollback, the worker is lost: {}", worker.pid(), e.getMessage());
        }
    }
}
