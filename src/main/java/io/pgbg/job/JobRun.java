package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.JobText;
import io.pgbg.sql.ProgressCalls;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.Wire;
import io.pgbg.worker.Worker;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a job on its worker.
 *
 * <p>A job whose last statement returns no rows, or whose rows nobody wants, is one message of the simple query
 * protocol in autocommit: what was sent is carried out, whatever becomes of this process. A job with rows needs a
 * transaction and a cursor, so that memory stays bounded: a window of rows is read ahead, then the worker waits for a
 * reader.
 *
 * <p>Used by one thread at a time, the one that the job has set to work.
 */
final class JobRun {

    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    private final Job job;
    private final Worker worker;
    private final Wire wire;
    private final FetchSize fetchSize;
    private ProgressCalls progress;
    private JobText text;
    private final List<String> tags = new ArrayList<>();
    /** The rows fetched last, and the cursor behind them. */
    private Rows rows;
    /** How many characters of the text stand before the one that was sent last. */
    private int offset;
    /** Whether the last statement's rows come in several pieces. */
    private boolean piecemeal;
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
            prepareProgress();
            job.started();
            if (job.isSubmitted()) {
                runUnread();
            } else if (text.rows()) {
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
            fetchNext();
            readAhead();
        });
    }

    private void guarded(SqlAction step) {
        Thread thread = Thread.currentThread();
        String name = thread.getName();
        thread.setName("pgbg job " + job.pid());
        try {
            step.run();
        } catch (SQLException | RuntimeException | Error e) {
            fail(e);
        } finally {
            job.recycle();
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

    /** Makes the functions that the text calls to report its progress, in a message of their own. */
    private void prepareProgress() throws SQLException {
        progress = ProgressCalls.in(job.request().sql(), dialect());
        if (!progress.names().isEmpty()) {
            text = JobText.read(progress.sql(), dialect());
            wire.run(ProgressNotice.functions(progress.names()), notice -> { });
            job.checkCancelled();
        }
    }

    private Dialect dialect() {
        return Dialect.of(wire.standardConformingStrings(), false);
    }

    private void runUnread() throws SQLException {
        worker.onceSent(job::sent);
        Wire.Answer answer = wire.runDiscarding(progress.sql(), job::notice);
        job.succeed(answer.tags(), null);
    }

    private void runAlone() throws SQLException {
        Wire.Answer answer = wire.run(progress.sql(), job::notice);
        if (answer.rows() != null) {
            job.facts().counted(answer.rows().size());
        }
        job.succeed(answer.tags(), answer.rows());
    }

    private void runWithCursor() throws SQLException {
        if (text.statements().size() > 1) {
            tags.addAll(wire.runInTransaction(text.head(), job::notice).tags());
            job.checkCancelled();
        }
        offset = text.head().length();
        Wire.Answer answer = wire.open(text.last(), FetchSize.FIRST, job::notice);
        tags.addAll(answer.tags());
        rows = answer.rows();
        piecemeal = rows != null && rows.hasMore();
        if (rows == null) {
            commit();
            job.succeed(tags, null);
        } else {
            job.facts().counted(rows.size());
            readAhead();
        }
    }

    /** Fills a window and pauses, or runs to the end where nobody reads. */
    private void readAhead() throws SQLException {
        fetchSize.learn(rows);
        while (rows.hasMore()) {
            boolean pausing = job.mayPause();
            if (!pausing) {
                fetchSize.widen();
            }
            if (fetchSize.hasRoomFor(rows)) {
                job.checkCancelled();
                Rows held = rows;
                fetch(fetchSize.next(held));
                rows = held.plus(rows);
            } else {
                if (pausing) {
                    stayWhileIdle();
                }
                if (job.offer(rows)) {
                    return;
                }
                job.checkCancelled();
                fetchNext();
            }
            fetchSize.learn(rows);
        }
        commit();
        if (piecemeal) {
            // of a statement that is fetched in several pieces pgjdbc does not pass on the tag
            tags.add(text.tag() + job.facts().rowCount());
        }
        job.succeed(tags, rows);
    }

    private void fetchNext() throws SQLException {
        fetch(fetchSize.next());
    }

    private void fetch(int size) throws SQLException {
        rows = wire.fetch(rows, size, job::notice);
        job.facts().counted(rows.size());
    }

    /** A worker that waits for its reader is not idle, and no time-out for idle transactions may end it. */
    private void stayWhileIdle() throws SQLException {
        if (!staying) {
            wire.runInTransaction("SET LOCAL idle_in_transaction_session_timeout = 0", job::notice);
            staying = true;
        }
    }

    private void commit() throws SQLException {
        offset = 0;
        wire.runInTransaction("COMMIT", job::notice);
    }

    private void fail(Throwable error) {
        rollback();
        if (error instanceof SQLException e) {
            job.fail(JobFailure.explain(e, worker, this::position, job.cancelReason()));
        } else {
            LOG.error("{} - job failed in the driver", job.pid(), error);
            job.fail(ServerError.error(SQLState.UNEXPECTED_ERROR, "the job failed in the driver: %s", error)
                    .cause(error).toException());
        }
    }

    /** Where in the job's text an error is that the server has found in what was sent. */
    private int position(int sent) {
        return progress == null ? sent : progress.original(sent + offset);
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
