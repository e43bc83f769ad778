package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.JobText;
import io.pgbg.sql.ProgressCalls;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
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
 * <p>A job whose rows are thrown away, or whose last statement returns none, is one message of the simple query
 * protocol in autocommit: the server carries out what was sent, whatever becomes of this process. A job with rows needs
 * a transaction and a cursor, so that memory stays bounded: it reads a window of rows ahead, then pauses until a reader
 * takes them.
 *
 * <p>Used by one thread at a time. A thread that has made the job pause is done with this object.
 */
final class JobRun {

    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    private static final String QUIET = "SET client_min_messages TO error";

    /** The version of the server that introduced {@code transaction_timeout}. */
    private static final int TRANSACTION_TIMEOUT = 170_000;

    private final Job job;
    private final Worker worker;
    private final Wire wire;
    private final RowHandover handover;
    private final FetchSize fetchSize;
    private final HeldQuery held;
    private ProgressCalls progress;
    private JobText text;
    private final List<String> tags = new ArrayList<>();
    /** The rows fetched last, and the cursor behind them. */
    private Rows rows;
    /** How many characters of the text stand before the statement that was sent last. */
    private int offset;
    /** How many characters were sent before the last statement that are not the job's. */
    private int added;
    /** Whether the last statement's rows come in several pieces. */
    private boolean piecemeal;
    private boolean mayStayIdle;

    JobRun(Job job, Worker worker, RowHandover handover) {
        this.held = new HeldQuery(worker.wire(), job.texts(), job::notice);
        this.job = job;
        this.worker = worker;
        this.wire = worker.wire();
        this.handover = handover;
        this.text = job.request().text();
        this.fetchSize = new FetchSize(job.request().queueSize());
    }

    /** Runs the job until it is over or pauses. */
    void start() {
        guarded(() -> {
            refuseWhatNoJobMayDo();
            handover.checkCancelled();
            prepareProgress();
            job.facts().started();
            if (job.request().submitted()) {
                return runUnread();
            }
            return text.rows() ? runWithCursor() : runAlone();
        });
    }

    /** Goes on after a pause. */
    void goOn() {
        guarded(() -> {
            handover.checkCancelled();
            fetch(fetchSize.next());
            return readAhead();
        });
    }

    /** @param step returns whether the job is over; otherwise it pauses, and may already be on another thread */
    private void guarded(SqlSupplier<Boolean> step) {
        Thread thread = Thread.currentThread();
        String name = thread.getName();
        thread.setName("pgbg job " + job.pid());
        boolean over = true;
        JobRun elsewhere = null;
        try {
            over = step.get();
        } catch (SQLException | RuntimeException | Error e) {
            elsewhere = goElsewhere(e);
            over = elsewhere == null;
        } finally {
            if (over) {
                job.resetWorker();
            }
            thread.setName(name);
        }
        if (elsewhere != null) {
            elsewhere.start();
        }
    }

    /** What runs the job elsewhere, if that helps against an error; otherwise it fails. */
    private JobRun goElsewhere(Throwable error) {
        Throwable failure = error;
        try {
            if (error instanceof SQLException refusal) {
                rollback();
                JobRun elsewhere = job.move(refusal);
                if (elsewhere != null) {
                    return elsewhere;
                }
            }
        } catch (SQLException | RuntimeException | Error e) {
            e.addSuppressed(error);
            failure = e;
        }
        fail(failure);
        return null;
    }

    private void refuseWhatNoJobMayDo() throws SQLException {
        if (text.transactionControl() != null) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "transaction control statements are not allowed in pg_background").toException();
        }
        if (text.listens()) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "cannot execute LISTEN within a background process").toException();
        }
        if (text.copyWithClient()) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "COPY protocol not allowed in pg_background")
                    .toException();
        }
    }

    /** Makes the functions by which the text reports its progress, in a message of their own. */
    private void prepareProgress() throws SQLException {
        progress = ProgressCalls.in(job.request().sql(), dialect());
        if (!progress.names().isEmpty()) {
            makeProgress();
            text = JobText.read(progress.sql(), dialect());
            handover.checkCancelled();
        }
    }

    /** Makes the functions; on a standby, which makes none, the calls are left out. */
    private void makeProgress() throws SQLException {
        try {
            wire.run(ProgressNotice.functions(progress.names()), notice -> { });
        } catch (SQLException e) {
            rollback();
            if (!isStandby()) {
                throw e;
            }
            progress = ProgressCalls.leftOut(job.request().sql(), dialect());
        }
    }

    private boolean isStandby() throws SQLException {
        return "t".equals(wire.run("SELECT pg_catalog.pg_is_in_recovery()", notice -> { }).rows().text(0, 0));
    }

    private Dialect dialect() {
        return Dialect.of(wire.standardConformingStrings(), false);
    }

    private boolean runUnread() throws SQLException {
        if (job.request().quiet()) {
            wire.run(QUIET, notice -> { });
            handover.checkCancelled();
        }
        worker.onceSent(job::sent);
        return succeed(wire.runDiscarding(progress.sql(), text.statements().size(), job::notice).tags(), null);
    }

    /** Whether the last statement's values may be written in another way than the reader is told. */
    private boolean mayNeedHolding() {
        return text.holdable() && (text.changesTexts() || job.texts().losesDigits());
    }

    private boolean runAlone() throws SQLException {
        if (text.unreadRows()) {
            return succeed(wire.runDiscarding(progress.sql(), text.statements().size(), job::notice).tags(), null);
        }
        if (mayNeedHolding()) {
            return runHeld();
        }
        Wire.Answer answer = wire.run(progress.sql(), text.statements().size(), job::notice);
        if (answer.rows() != null) {
            job.facts().addRows(answer.rows().size());
        }
        return succeed(answer.tags(), answer.rows());
    }

    private boolean runHeld() throws SQLException {
        added = HeldQuery.DECLARE.length();
        tags.addAll(wire.run(text.head() + HeldQuery.DECLARE + text.last(), text.statements().size(),
                job::notice).tags());
        handover.committed();
        Rows all = held.all();
        tags.set(tags.size() - 1, text.tag() + all.size());
        job.facts().addRows(all.size());
        return succeed(tags, all);
    }

    private boolean runWithCursor() throws SQLException {
        if (text.statements().size() > 1) {
            tags.addAll(wire.runInTransactionDiscarding(text.head(), job::notice).tags());
            if (!wire.isUtf8()) {
                // pgjdbc sends the last statement in this encoding
                wire.runInTransaction("SET LOCAL client_encoding TO 'UTF8'", job::notice);
            }
            handover.checkCancelled();
        }
        offset = text.head().length();
        if (mayNeedHolding() && held.isNeededFor(text.last())) {
            openHeld();
        } else {
            Wire.Answer answer = wire.open(text.last(), FetchSize.FIRST, job::notice);
            tags.addAll(answer.tags());
            rows = answer.rows();
            piecemeal = rows != null && rows.hasMore();
        }
        if (rows == null) {
            commit();
            return succeed(tags, null);
        }
        job.facts().addRows(rows.size());
        return readAhead();
    }

    private void openHeld() throws SQLException {
        added = HeldQuery.DECLARE.length();
        wire.runInTransaction(HeldQuery.DECLARE + text.last(), job::notice);
        commit();
        handover.committed();
        rows = held.open(FetchSize.FIRST);
        // the tag is that of FETCH
        piecemeal = true;
    }

    /** Fills windows until the job pauses or is over. */
    private boolean readAhead() throws SQLException {
        fetchSize.learn(rows);
        while (rows.hasMore()) {
            boolean pausing = handover.mayPause();
            if (!pausing) {
                fetchSize.widen();
            }
            if (fetchSize.hasRoomFor(rows)) {
                handover.checkCancelled();
                Rows held = rows;
                fetch(fetchSize.next(held));
                rows = held.plus(rows);
            } else {
                if (pausing) {
                    stayWhileIdle();
                }
                if (handover.offer(rows)) {
                    return false;
                }
                handover.checkCancelled();
                fetch(fetchSize.next());
            }
            fetchSize.learn(rows);
        }
        commit();
        if (piecemeal) {
            // pgjdbc does not pass on the tag of a statement that is fetched in several pieces
            tags.add(text.tag() + job.facts().rowCount());
        }
        return succeed(tags, rows);
    }

    private void fetch(int size) throws SQLException {
        rows = wire.fetch(rows, size, job::notice);
        job.facts().addRows(rows.size());
    }

    /** A worker that waits for the reader counts as idle in its transaction; no time-out may end it. */
    private void stayWhileIdle() throws SQLException {
        if (!mayStayIdle) {
            wire.runInTransaction("SET LOCAL idle_in_transaction_session_timeout = 0"
                    + (wire.serverVersion() < TRANSACTION_TIMEOUT ? "" : "; SET LOCAL transaction_timeout = 0"),
                    job::notice);
            mayStayIdle = true;
        }
    }

    private void commit() throws SQLException {
        offset = 0;
        wire.runInTransaction("COMMIT", job::notice);
    }

    private boolean succeed(List<String> allTags, Rows lastRows) throws SQLException {
        job.succeed(allTags, lastRows);
        return true;
    }

    private void fail(Throwable error) {
        rollback();
        if (error instanceof SQLException e && handover.isBeyondCancel() && SQLState.QUERY_CANCELED.isStateOf(e)) {
            // sent before the commit, it has reached the server behind it
            job.fail(ServerError.error(SQLState.SYSTEM_ERROR, "the rows of the job were given up: %s", e.getMessage())
                    .detail("What the job has done is committed.").cause(e).toException());
        } else if (error instanceof SQLException e) {
            job.fail(JobFailure.explain(e, job.pid(), worker, this::position, handover.cancelReason()));
        } else {
            LOG.error("{} - job failed in the driver", job.pid(), error);
            job.fail(ServerError.error(SQLState.UNEXPECTED_ERROR, "the job failed in the driver: %s", error)
                    .cause(error).toException());
        }
    }

    /** Where in the job's text the error is, given its position in what was sent. */
    private int position(int sent) {
        if (progress == null) {
            return sent;
        }
        int position = sent + offset;
        int behind = text.head().length();
        return progress.original(position <= behind ? position : Math.max(position - added, behind + 1));
    }

    /** Releases the job's locks at once, not when a reader reads the error. */
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
