package io.pgbg.job;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.ResultInfo;
import io.pgbg.SQLState;
import io.pgbg.sql.SettingMentions;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.Signal;
import io.pgbg.worker.Wait;
import io.pgbg.worker.Worker;
import io.pgbg.worker.WorkerPool;
import io.pgbg.worker.WorkerSearch;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A launched text with its worker, its notices, its outcome and its rows.
 *
 * <p>The job runs by itself until it is over, or until a window of rows is full; then it pauses, without a thread, and
 * goes on when the window is taken, when nobody wants it any more, or when somebody waits for the job's end: then the
 * rest of its rows goes to a temporary file, from which a reader gets it later.
 *
 * <p>Thread-safe. The lock guards the state and is never held while talking to a server.
 */
public final class Job {

    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    private static final SecureRandom RANDOM = new SecureRandom();

    /** How long cancel requests are repeated before the session is ended, when nobody says how long. */
    static final long DEFAULT_GRACE_MILLIS = 10_000;

    /** Where the job is. */
    private enum Phase {
        /** A thread of the driver is about to send it. */
        STARTING,
        /** A thread of the driver is at work on it. */
        AT_WORK,
        /** A window waits for a reader; no thread. */
        PAUSED,
        /** The server is done with it. */
        OVER
    }

    /** Who reads its rows. */
    private enum Reader {
        /** Nobody yet. */
        AWAITED,
        /** Somebody reads or has read them. */
        PRESENT,
        /** Nobody will: the job was submitted. */
        NONE,
        /** Nobody will (any more): the job was detached. */
        GONE
    }

    private final WorkerPool pool;
    private final Worker worker;
    private final JobRequest request;
    private final JobObserver observer;
    private final Handle handle;
    private final JobRun run;
    private final JobFacts facts = new JobFacts();
    private final NoticeQueue notices = new NoticeQueue();
    private final Signal changed = new Signal();
    private volatile DriverThreads.Timeout timeout = DriverThreads.Timeout.NONE;

    private final ReentrantLock lock = new ReentrantLock();
    private volatile Phase phase = Phase.STARTING;
    private volatile Reader reader;
    private volatile boolean consumed;
    /** Whether nobody needs the worker any more. */
    private boolean released;
    /** Whether the worker is made new again already, and whether that has succeeded. */
    private boolean recycled;
    private boolean reusable;
    private List<String> tags;
    private volatile Rows window;
    /** The rows that came with the end, shown together with it. */
    private Rows last;
    /** Whether the job's end is waited for and no reader may hold it up. */
    private volatile boolean hurried;
    private volatile RowSpool spool;
    private SQLException failure;
    private volatile boolean sent;
    private volatile CancelReason cancelReason;
    private Cancellation cancellation;
    private CompletableFuture<Outcome> completion;

    private Job(WorkerPool pool, Worker worker, JobRequest request, JobObserver observer) {
        this.pool = pool;
        this.worker = worker;
        this.request = request;
        this.observer = observer;
        this.handle = new Handle(worker.pid(), newCookie());
        this.reader = request.submitted() ? Reader.NONE : Reader.AWAITED;
        this.run = new JobRun(this, worker);
    }

    private static long newCookie() {
        long cookie;
        do {
            cookie = RANDOM.nextLong();
        } while (cookie == 0);
        return cookie;
    }

    /**
     * Launches a job and does not wait for it. Connecting and taking on the launcher's session happen on the calling
     * thread, so that what is wrong with them is known at once.
     *
     * @throws SQLException when there is no worker to be had, or it cannot take on the session
     */
    static Job launch(LaunchContext context, JobRequest request, JobObserver observer, Wait wait) throws SQLException {
        Worker worker = new WorkerSearch(context, wait).find();
        boolean started = false;
        try {
            worker.remember(SettingMentions.in(request.sql()).names());
            Job job = new Job(context.pool(), worker, request, observer);
            observer.launched(job);
            job.start();
            started = true;
            job.startClock();
            LOG.debug("{} - job launched", job.pid());
            return job;
        } finally {
            if (!started) {
                context.pool().discard(worker);
            }
        }
    }

    private void start() {
        try {
            DriverThreads.run(run::start);
        } catch (RuntimeException | Error e) {
            // no thread is to be had; whoever counts jobs is to see an end
            fail(ServerError.error(SQLState.INSUFFICIENT_RESOURCES, "could not start a thread for the job: %s", e)
                    .cause(e).toException());
            throw e;
        }
    }

    private void startClock() {
        if (request.timeoutMillis() > 0) {
            timeout = DriverThreads.runAfter(request.timeoutMillis(), TimeUnit.MILLISECONDS,
                    () -> cancel(CancelReason.TIMED_OUT, DEFAULT_GRACE_MILLIS));
            if (isOver()) {
                timeout.cancel();
            }
        }
    }

    /** The pid of the server backend that runs the job. */
    public int pid() {
        return handle.pid();
    }

    /** The job's name, cookie included. */
    public Handle handle() {
        return handle;
    }

    /** The role in whose name the job was launched. */
    public String role() {
        return request.role();
    }

    /** The job's notices that nobody has read. */
    public NoticeQueue notices() {
        return notices;
    }

    public JobRequest request() {
        return request;
    }

    public JobFacts facts() {
        return facts;
    }

    WorkerPool pool() {
        return pool;
    }

    /** Whether the server is done with the job. */
    public boolean isOver() {
        return phase == Phase.OVER;
    }

    /** Whether it runs on a worker more than there may be. */
    boolean isBeyondLimit() {
        return worker.isBeyondLimit();
    }

    /** Whether it was submitted: its rows are thrown away. */
    public boolean isSubmitted() {
        return request.submitted();
    }

    /** Takes a notice from the server. */
    void notice(SQLWarning notice) {
        JobProgress progress = ProgressNotice.read(notice);
        if (progress != null) {
            facts.reported(progress);
        } else {
            notices.accept(notice);
        }
    }

    /** How far it has come. */
    public JobState state() {
        switch (phase) {
            case STARTING:
                return JobState.STARTING;
            case AT_WORK, PAUSED:
                return JobState.RUNNING;
            default:
                break;
        }
        return switch (facts.ending()) {
            case COMPLETED -> JobState.STOPPED;
            case FAILED -> JobState.ERROR;
            case CANCELED -> JobState.CANCELED;
            case TIMED_OUT -> cancelReason == CancelReason.OVERRUN ? JobState.CANCELED : JobState.ERROR;
        };
    }

    /** What is known of it now. */
    public Outcome outcome() {
        // first, so that what it says of the end is not older than the state
        JobState state = state();
        ErrorInfo error = state.isEnded() ? facts.error() : null;
        return new Outcome(handle, state, consumed, state == JobState.STOPPED, error != null, facts.rowCount(),
                state.isEnded() ? facts.commandTag() : null, error == null ? null : error.sqlState(),
                error == null ? null : error.message(), request.label(), facts.launchedAt());
    }

    /** What can be told of its result without reading it. */
    public ResultInfo resultInfo() {
        JobState state = state();
        boolean ended = state.isEnded();
        return new ResultInfo(facts.rowCount(), ended ? facts.commandTag() : null, state == JobState.STOPPED,
                ended && facts.error() != null, facts.startedAt(), ended ? facts.finishedAt() : null);
    }

    /** The error that has ended it, or null. */
    public ErrorInfo errorInfo() {
        return isOver() ? facts.error() : null;
    }

    /** It in a list. */
    public JobInfo info() {
        JobState state = state();
        ErrorInfo error = state.isEnded() ? facts.error() : null;
        return new JobInfo(handle, facts.launchedAt(), request.userId(), request.queueSize(), state,
                JobSql.preview(request.sql()), error == null ? null : error.message(), consumed, request.label());
    }

    /** Its SQL, or as much of it as the functions show. */
    public String fullSql() {
        return JobSql.full(request.sql());
    }

    /** What it has reported of its progress itself. */
    public JobProgress progress() {
        return facts.progress();
    }

    /** Whether somebody has begun to read it. */
    public boolean isConsumed() {
        return consumed;
    }

    /** Waits until the server is done with the job, whether anybody reads its rows or not. */
    public void awaitOver(Wait wait) throws SQLException {
        awaitOver(wait, Wait.FOREVER);
    }

    /**
     * Waits until the server is done with the job, whether anybody reads its rows or not, but not for ever.
     *
     * @param nanos how long; 0 only looks
     * @return whether it is over
     */
    public boolean awaitOver(Wait wait, long nanos) throws SQLException {
        return awaitAny(List.of(this), wait, nanos) != null;
    }

    /**
     * Waits until the server is done with one of several jobs, whether anybody reads their rows or not.
     *
     * @param nanos how long; 0 only looks, {@link Wait#FOREVER} has no end
     * @return the first of them that is over, or null when none was in time
     */
    static Job awaitAny(Collection<Job> jobs, Wait wait, long nanos) throws SQLException {
        jobs.forEach(Job::hurry);
        wait.within(nanos, () -> jobs.stream().anyMatch(Job::isOver), jobs.stream().map(job -> job.changed).toList());
        return jobs.stream().filter(Job::isOver).findFirst().orElse(null);
    }

    /**
     * Waits until the server is done with all of several jobs, whether anybody reads their rows or not.
     *
     * @return whether all are over in time
     */
    static boolean awaitAll(Collection<Job> jobs, Wait wait, long nanos) throws SQLException {
        jobs.forEach(Job::hurry);
        return wait.within(nanos, () -> jobs.stream().allMatch(Job::isOver),
                jobs.stream().map(job -> job.changed).toList());
    }

    /** Waits until the job's text is on its way and will be carried out even if this process dies. */
    void awaitSent(Wait wait) throws SQLException {
        wait.until(() -> sent || isOver(), changed);
    }

    /** No reader may hold it up any more. */
    private void hurry() {
        lock.lock();
        try {
            hurried = true;
            if (phase == Phase.PAUSED) {
                resume();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Completed when the server is done with the job, with its outcome; then no reader is waited for. Whoever completes
     * it by himself changes nothing about the job.
     */
    public CompletableFuture<Outcome> completion() {
        CompletableFuture<Outcome> promise;
        lock.lock();
        try {
            if (completion == null) {
                completion = new CompletableFuture<>();
            }
            promise = completion;
        } finally {
            lock.unlock();
        }
        if (isOver()) {
            promise.complete(outcome());
        } else {
            hurry();
        }
        return promise.copy();
    }

    /**
     * Waits until there is something to be read, and takes nothing.
     *
     * @throws SQLException 42704 when somebody else has taken it, or nobody can any more; the wait's end
     */
    public void awaitReadable(Wait wait) throws SQLException {
        checkReadable();
        wait.until(() -> window != null || isOver() || reader == Reader.GONE, changed);
        checkReadable();
    }

    /**
     * Waits for what the job gives and takes it, which can be done once.
     *
     * @param onEnd told when the last of it is read, which may be at once
     * @throws SQLException the job's own error; 42704 when somebody else has taken it; 0A000 when it was submitted; the
     *     wait's end, which leaves the job as it was
     */
    public JobResult read(Wait wait, Runnable onEnd) throws SQLException {
        checkReadable();
        while (true) {
            wait.until(() -> window != null || isOver() || reader == Reader.GONE, changed);
            lock.lock();
            try {
                checkNotTaken();
                checkWanted();
                if (window != null && (!isOver() || spool != null)) {
                    take();
                    return new JobResult.Streamed(takeWindow(), new RowStream(this, onEnd));
                }
                if (isOver()) {
                    take();
                    break;
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

    private void take() {
        consumed = true;
        reader = Reader.PRESENT;
    }

    /**
     * Waits for the next window of a stream and takes it.
     *
     * @return null behind the last window
     * @throws SQLException the wait's end, which leaves the job as it was
     */
    Rows nextWindow(Wait wait) throws SQLException {
        while (true) {
            wait.until(() -> window != null || isOver() || hasSpooledRows() || reader == Reader.GONE, changed);
            boolean ended;
            lock.lock();
            try {
                checkWanted();
                if (window != null) {
                    return takeWindow();
                }
                ended = isOver();
            } finally {
                lock.unlock();
            }
            Rows spooled = spool == null ? null : spool.read();
            if (spooled != null || ended) {
                return spooled;
            }
        }
    }

    private boolean hasSpooledRows() {
        RowSpool file = spool;
        return file != null && file.hasRows();
    }

    /**
     * Refuses who cannot read the job.
     *
     * @throws SQLException 42704 when somebody reads the job or has read it, 0A000 when its rows are thrown away
     */
    public void checkReadable() throws SQLException {
        if (request.submitted()) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "results are disabled for PID %d (submitted via submit_v2)", pid()).toException();
        }
        checkNotTaken();
    }

    private void checkNotTaken() throws SQLException {
        if (consumed) {
            throw ServerError.error(SQLState.UNDEFINED_OBJECT, "results for PID %d have already been consumed", pid())
                    .toException();
        }
    }

    /** A reader finds that the job was detached under its hands. */
    private void checkWanted() throws SQLException {
        if (reader == Reader.GONE) {
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
        if (phase == Phase.PAUSED) {
            resume();
        }
        return rows;
    }

    /** Called under the lock, when no thread is at work on the job. */
    private void resume() {
        phase = Phase.AT_WORK;
        DriverThreads.run(run::resume);
    }

    /** Forgets the job: nobody will read it, or the rest of it. It runs on to its end and commits. */
    public void detach() {
        notices.discard();
        boolean ended;
        lock.lock();
        try {
            reader = Reader.GONE;
            window = null;
            ended = isOver();
            if (phase == Phase.PAUSED) {
                resume();
            }
        } finally {
            lock.unlock();
        }
        dropSpool();
        changed.raise();
        if (ended) {
            release();
        }
    }

    private void dropSpool() {
        RowSpool file = spool;
        if (file != null) {
            file.close();
        }
    }

    /** Ends the job if it can be ended; nothing of its uncommitted work remains. Returns at once. */
    public void cancel() {
        cancel(CancelReason.REQUESTED, DEFAULT_GRACE_MILLIS);
    }

    /**
     * Ends the job if it can be ended.
     *
     * @param graceMillis for how long the job is asked to end itself before its session is ended
     * @return whether it has not ended yet
     */
    boolean cancel(CancelReason reason, long graceMillis) {
        lock.lock();
        try {
            if (isOver()) {
                return false;
            }
            if (cancelReason == null) {
                cancelReason = reason;
            }
            // under the lock: afterwards the worker may be another job's
            worker.markCancelled();
            if (phase == Phase.PAUSED) {
                window = null;
                resume();
                return true;
            }
            if (cancellation != null) {
                cancellation.allow(graceMillis);
                return true;
            }
            cancellation = new Cancellation(this, worker, pool, graceMillis);
        } finally {
            lock.unlock();
        }
        LOG.debug("{} - job is to be cancelled: {}", pid(), reason);
        observer.canceled(this, reason);
        DriverThreads.run(cancellation::attempt);
        return true;
    }

    /** Refuses to go on with a job that somebody wants cancelled. */
    void checkCancelled() throws SQLException {
        CancelReason reason = cancelReason;
        if (reason != null) {
            throw ServerError.error(SQLState.QUERY_CANCELED, reason.message()).toException();
        }
    }

    /** The text is about to be sent. */
    void started() {
        facts.started();
        lock.lock();
        try {
            phase = Phase.AT_WORK;
        } finally {
            lock.unlock();
        }
    }

    /** The text has been sent. */
    void sent() {
        sent = true;
        changed.raise();
    }

    /** Whether a full window of rows would make the job pause. */
    boolean mayPause() {
        return !hurried && (reader == Reader.AWAITED || reader == Reader.PRESENT);
    }

    /**
     * Offers a full window of rows to a reader.
     *
     * @return whether the job is to pause until the reader has taken it; otherwise it must go on
     * @throws SQLException 58030 when the rows have to be kept in a file and cannot be
     */
    boolean offer(Rows fullWindow) throws SQLException {
        boolean pause = false;
        boolean full;
        lock.lock();
        try {
            if (reader == Reader.GONE || cancelReason != null) {
                return false;
            }
            full = window != null || spool != null;
            if (!full) {
                window = fullWindow.withoutCursor();
                pause = !hurried;
                if (pause) {
                    phase = Phase.PAUSED;
                }
            }
        } finally {
            lock.unlock();
        }
        if (full) {
            keep(fullWindow);
        }
        changed.raise();
        return pause;
    }

    /** Puts rows into the file; only the thread at work does. */
    private void keep(Rows rows) throws SQLException {
        if (spool == null) {
            spool = RowSpool.create();
            LOG.debug("{} - rows that nobody has read go to a temporary file", pid());
        }
        spool.write(rows);
    }

    /**
     * The job is over and in good order.
     *
     * @param commandTags its command tags
     * @param lastRows the rows that nobody has taken yet, or null when it has none
     * @throws SQLException 58030 when the rows have to be kept in a file and cannot be
     */
    void succeed(List<String> commandTags, Rows lastRows) throws SQLException {
        if (lastRows == null) {
            tags = commandTags;
        } else if (!offerLast(lastRows)) {
            keep(lastRows);
        }
        facts.completed(commandTags);
        end();
    }

    /** Puts the last rows where a reader finds them first; false when others are there before them. */
    private boolean offerLast(Rows lastRows) {
        lock.lock();
        try {
            boolean free = window == null && spool == null;
            if (free && reader != Reader.GONE) {
                last = lastRows.withoutCursor();
            }
            return free || reader == Reader.GONE;
        } finally {
            lock.unlock();
        }
    }

    /** The job has failed: nobody gets what rows are left. */
    void fail(SQLException error) {
        failure = error;
        facts.failed(error, JobFailure.ending(error, cancelReason, request.timeoutMillis(), facts));
        dropSpool();
        end();
    }

    private void end() {
        timeout.cancel();
        // before anybody can see that it has ended
        observer.ended(this);
        boolean unread;
        CompletableFuture<Outcome> promise;
        lock.lock();
        try {
            if (failure != null) {
                window = null;
            } else if (last != null && reader != Reader.GONE) {
                window = last;
            }
            phase = Phase.OVER;
            unread = reader == Reader.GONE;
            promise = completion;
        } finally {
            lock.unlock();
        }
        LOG.debug("{} - job ended: {}", pid(), state());
        changed.raise();
        if (unread) {
            dropSpool();
            release();
        }
        if (promise != null) {
            promise.completeAsync(this::outcome, DriverThreads::run);
        }
    }

    CancelReason cancelReason() {
        return cancelReason;
    }

    /**
     * Makes the worker new again when the job is over: what the job gave does not need it any more. Called by the
     * thread that was at work, so that none has to be woken for it.
     */
    void recycle() {
        if (!isOver()) {
            return;
        }
        boolean succeeded = false;
        try {
            succeeded = worker.reset();
        } finally {
            boolean wanted;
            lock.lock();
            try {
                recycled = true;
                reusable = succeeded;
                wanted = released;
            } finally {
                lock.unlock();
            }
            if (wanted) {
                pool.giveBack(worker, succeeded);
            }
        }
    }

    /** Gives the worker back, once; if it is still being made new, it is given back afterwards. */
    private void release() {
        boolean done;
        boolean good;
        lock.lock();
        try {
            if (released) {
                return;
            }
            released = true;
            done = recycled;
            good = reusable;
            if (!done) {
                pool.expectBack();
            }
        } finally {
            lock.unlock();
        }
        if (done) {
            pool.expectBack();
            pool.giveBack(worker, good);
        }
    }

    @Override
    public String toString() {
        return "job " + pid();
    }
}
