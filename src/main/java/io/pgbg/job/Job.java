package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.sql.SettingMentions;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A launched text with its worker, its notices, its outcome and its rows.
 *
 * <p>The job runs by itself until it is over, or until a window of rows is full; then it pauses, without a thread, and
 * goes on when the window is taken or when nobody wants it any more.
 *
 * <p>Thread-safe. The lock guards the state and is never held while talking to a server.
 */
public final class Job {

    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    /** Why a job is cancelled, which decides what its reader is told. */
    private enum CancelReason {
        REQUESTED("canceling statement due to user request"),
        TIMED_OUT("canceling statement due to statement timeout");

        private final String message;

        CancelReason(String message) {
            this.message = message;
        }
    }

    private final WorkerPool pool;
    private final Worker worker;
    private final JobRequest request;
    private final JobRun run;
    private final NoticeQueue notices = new NoticeQueue();
    private final Signal changed = new Signal();
    private volatile JobThreads.Timeout timeout = JobThreads.Timeout.NONE;

    private final ReentrantLock lock = new ReentrantLock();
    /** Whether a thread of the driver is at work on it. */
    private boolean running = true;
    /** Whether nobody will read (the rest of) its rows. */
    private volatile boolean unwanted;
    /** Whether somebody reads or has read them. */
    private volatile boolean taken;
    private boolean released;
    private List<String> tags;
    private Rows window;
    private SQLException failure;
    private volatile boolean readable;
    private volatile boolean over;
    private volatile CancelReason cancelReason;

    private Job(WorkerPool pool, Worker worker, JobRequest request) {
        this.pool = pool;
        this.worker = worker;
        this.request = request;
        this.run = new JobRun(this, worker);
    }

    /**
     * Launches a job and does not wait for it. Connecting and taking on the launcher's session happen on the calling
     * thread, so that what is wrong with them is known at once.
     *
     * @throws SQLException when there is no worker to be had, or it cannot take on the session
     */
    public static Job launch(WorkerPool pool, SettingNames names, SessionState state, JobRequest request)
            throws SQLException {
        Worker worker = workerIn(state, pool, names);
        boolean started = false;
        try {
            worker.remember(SettingMentions.in(request.sql()).names());
            Job job = new Job(pool, worker, request);
            JobThreads.run(job.run::start);
            started = true;
            job.startClock();
            LOG.debug("{} - job launched", job.pid());
            return job;
        } finally {
            if (!started) {
                pool.discard(worker);
            }
        }
    }

    private void startClock() {
        if (request.timeoutMillis() > 0) {
            timeout = JobThreads.runAfter(request.timeoutMillis(), TimeUnit.MILLISECONDS,
                    () -> cancel(CancelReason.TIMED_OUT));
            if (over) {
                timeout.cancel();
            }
        }
    }

    private static Worker workerIn(SessionState state, WorkerPool pool, SettingNames names) throws SQLException {
        while (true) {
            Worker worker = pool.acquire(names, state);
            try {
                worker.take(state);
                return worker;
            } catch (SQLException e) {
                pool.release(worker);
                if (!worker.isLost(e) || !worker.isWarm()) {
                    throw e;
                }
            } catch (RuntimeException | Error e) {
                pool.discard(worker);
                throw e;
            }
        }
    }

    /** The pid of the server backend that runs the job. */
    public int pid() {
        return worker.pid();
    }

    /** The role in whose name the job was launched. */
    public String role() {
        return request.role();
    }

    /** The job's notices that nobody has read. */
    public NoticeQueue notices() {
        return notices;
    }

    JobRequest request() {
        return request;
    }

    /** Whether the server is done with the job. */
    public boolean isOver() {
        return over;
    }

    /** Waits until the server is done with the job; for a job whose rows somebody reads or nobody wants. */
    public void awaitOver(Wait wait) throws SQLException {
        wait.until(() -> over, changed);
    }

    /**
     * Waits until there is something to be read, and takes nothing.
     *
     * @throws SQLException 42704 when somebody else has taken it, or nobody can any more; the wait's end
     */
    public void awaitReadable(Wait wait) throws SQLException {
        checkNotTaken();
        wait.until(() -> readable || unwanted, changed);
        checkNotTaken();
        checkWanted();
    }

    /**
     * Waits for what the job gives and takes it, which can be done once.
     *
     * @param onEnd told when the last of it is read, which may be at once
     * @throws SQLException the job's own error; 42704 when somebody else has taken it; the wait's end, which leaves the
     *     job as it was
     */
    public JobResult read(Wait wait, Runnable onEnd) throws SQLException {
        while (true) {
            wait.until(() -> readable || unwanted, changed);
            lock.lock();
            try {
                checkNotTaken();
                checkWanted();
                if (over) {
                    taken = true;
                    break;
                }
                if (window != null) {
                    taken = true;
                    return new JobResult.Streamed(takeWindow(), new RowStream(this, onEnd));
                }
            } finally {
                lock.unlock();
            }
        }
        release();
        onEnd.run();
        if (failure != null) {
            throw failure;
        }
        return tags != null ? new JobResult.Tags(tags) : new JobResult.Complete(window);
    }

    /**
     * Waits for the next window of a stream and takes it.
     *
     * @return null behind the last window
     * @throws SQLException the wait's end, which leaves the job as it was
     */
    Rows nextWindow(Wait wait) throws SQLException {
        while (true) {
            wait.until(() -> readable || unwanted, changed);
            lock.lock();
            try {
                checkWanted();
                if (window != null) {
                    return takeWindow();
                }
                if (over) {
                    return null;
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Refuses a second reader.
     *
     * @throws SQLException 42704 when somebody reads the job or has read it
     */
    public void checkNotTaken() throws SQLException {
        if (taken) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "results for PID %d have already been consumed", pid())
                    .toException();
        }
    }

    /** A reader finds that the job was detached under its hands. */
    private void checkWanted() throws SQLException {
        if (unwanted) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "PID %d is not attached to this session", pid())
                    .toException();
        }
    }

    /** After the last window: gives the worker back and tells how the job ended. */
    void finishReading() throws SQLException {
        release();
        if (failure != null) {
            throw failure;
        }
    }

    /** Takes the window and lets the job go on. Called under the lock. */
    private Rows takeWindow() {
        Rows rows = window;
        window = null;
        if (!over) {
            readable = false;
            resume();
        }
        return rows;
    }

    /** Called under the lock, when no thread is at work on the job. */
    private void resume() {
        running = true;
        JobThreads.run(run::resume);
    }

    /** Forgets the job: nobody will read it, or the rest of it. It runs on to its end and commits. */
    public void detach() {
        notices.discard();
        boolean ended;
        lock.lock();
        try {
            unwanted = true;
            window = null;
            ended = over;
            if (!ended && !running) {
                resume();
            }
        } finally {
            lock.unlock();
        }
        changed.raise();
        if (ended) {
            release();
        }
    }

    /** Ends the job if it can be ended; nothing of its uncommitted work remains. Returns at once. */
    public void cancel() {
        cancel(CancelReason.REQUESTED);
    }

    private void cancel(CancelReason reason) {
        lock.lock();
        try {
            if (over) {
                return;
            }
            if (cancelReason == null) {
                cancelReason = reason;
            }
            // under the lock: afterwards the worker may be another job's
            worker.markCancelled();
            if (!running) {
                window = null;
                readable = false;
                resume();
                return;
            }
        } finally {
            lock.unlock();
        }
        LOG.debug("{} - job is to be cancelled: {}", pid(), reason);
        JobThreads.run(new Cancellation(this, worker, pool)::attempt);
    }

    /** Refuses to go on with a job that somebody wants cancelled. */
    void checkCancelled() throws SQLException {
        CancelReason reason = cancelReason;
        if (reason != null) {
            throw ServerError.error(SQLState.QUERY_CANCELED, reason.message).toException();
        }
    }

    /**
     * Offers a full window of rows to a reader.
     *
     * @return false when nobody is going to read it, and the job must go on
     */
    boolean pause(Rows fullWindow) {
        lock.lock();
        try {
            if (unwanted || cancelReason != null) {
                return false;
            }
            window = fullWindow;
            running = false;
            readable = true;
        } finally {
            lock.unlock();
        }
        changed.raise();
        return true;
    }

    /**
     * The job is over and in good order.
     *
     * @param commandTags its command tags, or null when it has rows
     * @param lastWindow the rows that nobody has taken yet, or null when it has none
     */
    void succeed(List<String> commandTags, Rows lastWindow) {
        end(commandTags, lastWindow, null);
    }

    /**
     * The job has failed.
     *
     * @param offset how many characters of the text stood before the one that was sent
     */
    void fail(SQLException error, int offset) {
        end(null, null, explain(error, offset));
    }

    private void end(List<String> commandTags, Rows lastWindow, SQLException error) {
        timeout.cancel();
        boolean unread;
        lock.lock();
        try {
            tags = commandTags;
            window = unwanted ? null : lastWindow;
            failure = error;
            running = false;
            over = true;
            readable = true;
            unread = unwanted;
        } finally {
            lock.unlock();
        }
        LOG.debug("{} - job ended: {}", pid(), error == null ? "completed" : error.getSQLState());
        changed.raise();
        if (unread) {
            release();
        }
    }

    /** Gives the worker back, once. */
    private void release() {
        lock.lock();
        try {
            if (released) {
                return;
            }
            released = true;
        } finally {
            lock.unlock();
        }
        pool.release(worker);
    }

    /** The job's error as its reader is to see it: the server's own, and where it came from. */
    private SQLException explain(SQLException error, int offset) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message != null) {
            ServerError copy = ServerError.copyOf(message).context("background worker, pid " + pid()).cause(
                    error.getCause());
            if (message.getPosition() > 0) {
                copy.position(message.getPosition() + offset);
            }
            CancelReason reason = cancelReason;
            if (reason != null && SQLState.QUERY_CANCELED.is(message.getSQLState())) {
                copy.message(reason.message);
            }
            return copy.toException(worker.connection().getLogServerErrorDetail());
        }
        if (worker.isLost(error)) {
            return ServerError.error(SQLState.CONNECTION_FAILURE, "lost connection to worker process with PID %d",
                    pid()).cause(error).toException();
        }
        return error;
    }
}
