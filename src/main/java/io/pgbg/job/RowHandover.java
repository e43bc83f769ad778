package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Signal;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that the thread running a job and the job's reader share: the rows on their way from one to the other, and
 * whether the job works, pauses or is over.
 *
 * <p>The reader finds rows in the window first. When the window is full the job pauses, without a thread, until the
 * reader takes the window. A job whose end is awaited (it is <em>hurried</em>) does not pause: rows without a place in
 * the window go to the spool, and so do all rows after them. A detached job does not pause either; its rows are thrown
 * away.
 *
 * <p>Thread-safe. The lock guards the state and is never held while talking to a server or using the spool's file.
 */
final class RowHandover {

    private static final Logger LOG = LoggerFactory.getLogger(RowHandover.class);

    private final int pid;
    private final Signal changed;
    private final Runnable goOn;

    private final Lock lock = new Lock();
    /** What a reader gets first; shown together with the end if it is the last. Written under the lock. */
    private volatile Rows window;
    /** The rows behind the window; written by the thread that runs the job. */
    private volatile RowSpool spool;
    /** Whether the job has no thread because the window waits for a reader. */
    private boolean paused;
    /** Whether a caller waits for the job's end, so that no reader may hold it up. */
    private volatile boolean hurried;
    /** Whether a reader has begun. */
    private volatile boolean taken;
    /** Whether there will be no reader, or the reader has left. */
    private volatile boolean detached;
    /** Why the job is to end, or null; the first reason counts. */
    private volatile CancelReason cancelReason;
    /** Whether what the job has done is committed before its rows are fetched. */
    private volatile boolean committed;
    private volatile JobEnd end;

    /** Where a job stands. */
    enum Standing {
        /** A thread runs it, or is about to. */
        AT_WORK,
        /** It has no thread and waits for its reader. */
        PAUSED,
        /** What it has done is committed, or undone by an error. */
        OVER
    }

    /**
     * What a reader gets first.
     *
     * @param rows null if the job has failed or its last statement returned no rows
     * @param end null if more rows may follow
     */
    record First(Rows rows, JobEnd end) {
    }

    /**
     * @param changed raised after each change that a caller may wait for
     * @param goOn gives a paused job a thread; must not block
     */
    RowHandover(int pid, Signal changed, Runnable goOn) {
        this.pid = pid;
        this.changed = changed;
        this.goOn = goOn;
    }

    /** How the job ended, or null. */
    JobEnd end() {
        return end;
    }

    boolean isTaken() {
        return taken;
    }

    CancelReason cancelReason() {
        return cancelReason;
    }

    /** Whether a cancel comes too late: the job is over, or committed with nothing but its rows to be fetched. */
    boolean isBeyondCancel() {
        return committed || end != null;
    }

    // for the thread that runs the job

    /** Whether a full window would make the job pause. */
    boolean mayPause() {
        return !hurried && !detached;
    }

    /**
     * Refuses to go on with a cancelled job.
     *
     * @throws SQLException 57014
     */
    void checkCancelled() throws SQLException {
        CancelReason reason = cancelReason;
        if (reason != null && !committed) {
            throw ServerError.error(SQLState.QUERY_CANCELED, reason.message()).toException();
        }
    }

    /**
     * Does something, unless the job is to end.
     *
     * @param change runs under the lock, so that a cancel comes before or after it
     * @return whether it was done
     */
    boolean unlessCancelled(Runnable change) {
        try (var held = lock.hold()) {
            if (cancelReason == null) {
                change.run();
            }
            return cancelReason == null;
        }
    }

    /** What the job has done is committed, and its rows are still to be fetched. */
    void committed() {
        try (var held = lock.hold()) {
            committed = true;
        }
    }

    /**
     * Offers a full window of rows to the reader.
     *
     * @return whether the job pauses: then the calling thread must leave the job alone, because another one may already
     *     run it
     * @throws SQLException 58030 if the rows have to be kept in a file and cannot be
     */
    boolean offer(Rows rows) throws SQLException {
        boolean full;
        boolean pause;
        try (var held = lock.hold()) {
            if (detached || cancelReason != null && !committed) {
                return false;
            }
            full = window != null || spool != null;
            if (!full) {
                window = rows.withoutCursor();
                paused = !hurried;
            }
            pause = paused;
        }
        if (full) {
            keep(rows);
        }
        changed.raise();
        return pause;
    }

    /**
     * Puts a job's last rows into the spool if other rows wait for the reader before them.
     *
     * @return false when they belong into the window, which is shown with the end
     * @throws SQLException 58030 if the rows have to be kept in a file and cannot be
     */
    boolean keepBehindOthers(Rows rows) throws SQLException {
        try (var held = lock.hold()) {
            if (detached || window == null && spool == null) {
                return false;
            }
        }
        keep(rows);
        return true;
    }

    private void keep(Rows rows) throws SQLException {
        if (spool == null) {
            spool = RowSpool.create();
            LOG.debug("{} - unread rows go to a temporary file", pid);
        }
        spool.write(rows);
    }

    /**
     * Shows the end of the job; called once. After a failure the rows that were not read yet are given up.
     *
     * @param last the rows that were not offered yet, or null
     * @param onUnread run before the end can be seen if the job was detached, so that no reader will come; under the lock
     */
    void end(JobEnd theEnd, Rows last, Runnable onUnread) {
        boolean failed = theEnd.failure() != null;
        if (failed) {
            closeSpool();
        }
        boolean unread;
        try (var held = lock.hold()) {
            if (failed) {
                window = null;
            } else if (last != null && !detached) {
                window = last.withoutCursor();
            }
            unread = detached;
            if (unread) {
                onUnread.run();
            }
            end = theEnd;
        }
        changed.raise();
        if (unread) {
            closeSpool();
        }
    }

    // for the reader

    /**
     * Refuses a second reader.
     *
     * @throws SQLException 42704
     */
    void checkNotTaken() throws SQLException {
        if (taken) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "results for PID %d have already been consumed", pid)
                    .toException();
        }
    }

    private void checkAttached() throws SQLException {
        if (detached) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "PID %d is not attached to this session", pid)
                    .toException();
        }
    }

    /** Waits until {@link #takeFirst} would not have to wait. */
    void awaitFirst(Wait wait) throws SQLException {
        wait.until(() -> window != null || end != null || detached, changed);
    }

    /**
     * Waits for rows or the end, and takes them, which only one reader can.
     *
     * @throws SQLException 42704 if another reader was first or the job was detached; the wait's end, which leaves
     *     the job as it was
     */
    First takeFirst(Wait wait) throws SQLException {
        while (true) {
            awaitFirst(wait);
            try (var held = lock.hold()) {
                checkNotTaken();
                checkAttached();
                // a window that was cancelled away in this very moment is followed by the end
                if (window != null || end != null) {
                    boolean more = window != null && (end == null || spool != null);
                    First first = new First(takeWindow(), more ? null : end);
                    taken = true;
                    return first;
                }
            }
        }
    }

    /**
     * Waits for the next rows and takes them.
     *
     * @return null after the last, and after a failure
     * @throws SQLException 42704 if the job was detached meanwhile; the wait's end, which leaves the job as it was
     */
    Rows takeNext(Wait wait) throws SQLException {
        while (true) {
            wait.until(() -> window != null || end != null || hasSpooledRows() || detached, changed);
            boolean over;
            try (var held = lock.hold()) {
                checkAttached();
                if (window != null) {
                    return takeWindow();
                }
                // before the spool is read: a job that is over has written all it will
                over = end != null;
            }
            RowSpool file = spool;
            Rows rows = file == null ? null : file.read();
            if (rows != null) {
                return rows;
            }
            if (over) {
                closeSpool();
                return null;
            }
        }
    }

    private boolean hasSpooledRows() {
        RowSpool file = spool;
        return file != null && file.hasRows();
    }

    /** Called under the lock. */
    private Rows takeWindow() {
        resumeIfPaused();
        Rows rows = window;
        window = null;
        return rows;
    }

    // for any caller

    /** The job's end is awaited: from now on it does not wait for a reader. */
    void hurry() {
        try (var held = lock.hold()) {
            hurried = true;
            resumeIfPaused();
        }
    }

    /**
     * There will be no reader, or no more reading: the job runs to its end, and its rows are thrown away.
     *
     * @return whether the job is over
     */
    boolean detach() {
        boolean over;
        try (var held = lock.hold()) {
            detached = true;
            window = null;
            over = end != null;
            resumeIfPaused();
        }
        // rows that are written in this moment are given up at the end
        closeSpool();
        changed.raise();
        return over;
    }

    /**
     * Has a job end that is not over. A paused job goes on, and finds that it is cancelled.
     *
     * @param mark marks the worker as cancelled. Runs under the lock, because after the end the worker may be another
     *     job's
     * @return where the job stood
     */
    Standing cancel(CancelReason reason, Runnable mark) {
        try (var held = lock.hold()) {
            if (end != null) {
                return Standing.OVER;
            }
            if (committed) {
                // it gives up its worker, and keeps its rows
                hurried = true;
                resumeIfPaused();
                return Standing.OVER;
            }
            if (cancelReason == null) {
                cancelReason = reason;
            }
            mark.run();
            if (!paused) {
                return Standing.AT_WORK;
            }
            window = null;
            resumeIfPaused();
            return Standing.PAUSED;
        }
    }

    /** Called under the lock. A job for which there is no thread stays paused. */
    private void resumeIfPaused() {
        if (paused) {
            goOn.run();
            paused = false;
        }
    }

    private void closeSpool() {
        RowSpool file = spool;
        if (file != null) {
            file.close();
        }
    }
}
