package io.pgbg.job;

import io.pgbg.Handle;
import io.pgbg.JobProgress;
import io.pgbg.Outcome;
import io.pgbg.SQLState;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.Signal;
import io.pgbg.worker.TextSettings;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A launched text with its worker, its notices, its rows and its end.
 *
 * <p>The job runs by itself until it ends or a window of rows is full. Then it pauses, without a thread, and goes on
 * when its reader takes the window, when it is detached or cancelled, or when a caller waits for its end.
 *
 * <p>Thread-safe. {@link JobRun} runs it, {@link RowHandover} has the state that changes.
 */
public final class Job {

    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    static {
        EndClasses.load();
    }

    private final JobPlace place;
    private final JobRequest request;
    private final JobObserver observer;
    private final long launchNanos;
    private final Handle handle;
    private final NoticeQueue notices = new NoticeQueue();
    private final Signal changed = new Signal();
    private final RowHandover handover;
    private final JobFacts facts;
    private volatile JobRun run;
    private final Cancellation cancellation;
    private final OutcomePromise completion = new OutcomePromise();
    private volatile DriverThreads.Timeout timeout = DriverThreads.Timeout.NONE;
    private volatile boolean sent;
    private volatile boolean noticed;

    Job(JobPlace place, JobRequest request, JobObserver observer, long launchNanos) {
        this.place = place;
        this.request = request;
        this.observer = observer;
        this.launchNanos = launchNanos;
        this.handle = new Handle(place.worker().pid(), Cookies.next());
        this.handover = new RowHandover(handle.pid(), changed, this::goOn);
        this.facts = new JobFacts(handle, request, handover, place);
        this.run = new JobRun(this, place.worker(), handover);
        this.cancellation = new Cancellation(this, place);
    }

    /** Gives the job a thread. */
    void start() {
        try {
            DriverThreads.run(run::start);
        } catch (RuntimeException | Error e) {
            // there is no thread; the observers are to see an end all the same
            fail(ServerError.error(SQLState.INSUFFICIENT_RESOURCES, "could not start a thread for the job: %s", e)
                    .cause(e).toException());
            throw e;
        }
    }

    private void goOn() {
        DriverThreads.run(run::goOn);
    }

    /**
     * Moves the job to the primary, after a standby has refused that it writes. What the standby has done so far was
     * one transaction, which has changed nothing, and nobody has seen anything of it.
     *
     * @return what runs it there, from its beginning; null if the job is to fail instead
     * @throws SQLException what keeps it from the primary, or 57014 if it was cancelled meanwhile
     */
    JobRun move(SQLException refusal) throws SQLException {
        boolean unseen = !noticed && facts.rowCount() == 0 && !handover.isBeyondCancel();
        if (!SQLState.READ_ONLY_SQL_TRANSACTION.isStateOf(refusal) || !unseen || !place.mayMove()) {
            return null;
        }
        place.move(handover);
        LOG.debug("{} - job writes, and moves to process {} at {}", pid(), process(), place.server());
        place.worker().remember(request.text().customSettings());
        run = new JobRun(this, place.worker(), handover);
        return run;
    }

    /** From now on the job's time runs. */
    void startClock() {
        if (request.timeoutMillis() > 0) {
            timeout = DriverThreads.runAfter(request.timeoutMillis(), TimeUnit.MILLISECONDS,
                    () -> cancel(CancelReason.TIMED_OUT, Cancellation.DEFAULT_GRACE_MILLIS));
            if (isOver()) {
                timeout.cancel();
            }
        }
    }

    /** The pid that names the job: that of the server process that runs it, or was to run it at first. */
    public int pid() {
        return handle.pid();
    }

    /** The pid of the server process that runs the job, on the server that the job runs on. */
    public int process() {
        return place.worker().pid();
    }

    /** Whether the launcher is on the same server. */
    public boolean isBesideLauncher() {
        return place.isBesideLauncher();
    }

    /** The pid with the cookie, which together name one job for ever. */
    public Handle handle() {
        return handle;
    }

    /** Whether a cookie is the job's: 0, which is no cookie, if its launcher has got none. */
    boolean isNamedBy(long cookie) {
        return cookie == handle.cookie() || cookie == 0 && request.withoutCookie();
    }

    /** The role in whose name the job was launched. */
    public String role() {
        return request.role();
    }

    /** The job's unread notices. */
    public NoticeQueue notices() {
        return notices;
    }

    /** What was launched. */
    public JobRequest request() {
        return request;
    }

    /** What can be told of the job without reading it. */
    public JobFacts facts() {
        return facts;
    }

    /** How the values of its rows are written. */
    public TextSettings texts() {
        return place.texts();
    }

    /** How long the launch took until the job had its worker. */
    long launchNanos() {
        return launchNanos;
    }

    /** Raised when the job is over, among other changes. */
    Signal changed() {
        return changed;
    }

    /** Whether the server is done with the job. */
    public boolean isOver() {
        return handover.end() != null;
    }

    /** Whether it runs on a worker beyond the limit of workers. */
    boolean isBeyondLimit() {
        return place.worker().isBeyondLimit();
    }

    /**
     * The progress that the job itself has reported, or else what the server knows of its command.
     *
     * @throws SQLException if the server cannot be asked
     */
    public JobProgress progress() throws SQLException {
        JobProgress reported = facts.progress();
        return reported != JobProgress.NONE || isOver() ? reported
                : ServerProgress.of(process(), place.pool().spares());
    }

    /** Waits until the server is done with the job, whether or not its rows are read. */
    public void awaitOver(Wait wait) throws SQLException {
        awaitOver(wait, Wait.FOREVER);
    }

    /**
     * Waits until the server is done with the job, whether or not its rows are read, but no longer than a given time.
     *
     * @param nanos how long; 0 only looks, and changes nothing
     * @return whether the job is over
     */
    public boolean awaitOver(Wait wait, long nanos) throws SQLException {
        if (nanos > 0) {
            hurry();
        }
        return wait.within(nanos, this::isOver, List.of(changed));
    }

    /** From now on the job does not wait for a reader. */
    public void hurry() {
        handover.hurry();
    }

    /** Waits until the job's text is on its way to the server, which then runs it even if this process dies. */
    void awaitSent(Wait wait) throws SQLException {
        wait.until(() -> sent || isOver(), changed);
    }

    /**
     * Completed with the outcome when the server is done with the job, which from now on does not wait for a reader.
     * Each caller gets a future of its own; completing it does nothing to the job.
     */
    public CompletableFuture<Outcome> completion() {
        CompletableFuture<Outcome> mine = completion.expect();
        // after the promise was left for end(), which looks for it after it has shown the end
        if (isOver()) {
            completion.keepNow(facts::outcome);
        } else {
            hurry();
        }
        return mine;
    }

    /**
     * Refuses a reader that comes too late, or to a job without rows.
     *
     * @throws SQLException 42704 if a reader has begun, 0A000 if the job was submitted
     */
    public void checkReadable() throws SQLException {
        if (request.submitted()) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "results are disabled for PID %d (submitted via submit_v2)", pid()).toException();
        }
        handover.checkNotTaken();
    }

    /**
     * Waits until there is something to read, and takes nothing.
     *
     * @throws SQLException as {@link #checkReadable}, or the wait's end
     */
    public void awaitReadable(Wait wait) throws SQLException {
        checkReadable();
        handover.awaitFirst(wait);
        checkReadable();
    }

    /**
     * Waits for the job's result and takes it, which can be done once.
     *
     * @param onEnd called when all of it is read, which may be at once
     * @throws SQLException the job's own error; 42704 if another reader has begun, or the job was detached; 0A000 if it
     *     was submitted; the wait's end, which leaves the job as it was
     */
    public JobResult read(Wait wait, Runnable onEnd) throws SQLException {
        checkReadable();
        RowHandover.First first = handover.takeFirst(wait);
        if (first.end() == null) {
            return new JobResult.Streamed(first.rows(), new RowStream(this, onEnd));
        }
        finishReading(onEnd);
        return first.rows() == null ? new JobResult.Tags(first.end().tags())
                : new JobResult.Complete(first.rows(), texts());
    }

    /** The next rows of a stream, null behind the last. */
    Rows nextRows(Wait wait) throws SQLException {
        return handover.takeNext(wait);
    }

    /**
     * All rows are read, and the job is over.
     *
     * @throws SQLException the job's own error
     */
    void finishReading(Runnable onEnd) throws SQLException {
        // first: while the job is attached, its pid must not become another job's
        onEnd.run();
        place.release();
        JobEnd end = handover.end();
        if (end.failure() != null) {
            throw JobFailure.forReader(end, pid(), handover.cancelReason());
        }
    }

    /** Gives up the job's result, or the rest of it. The job runs on to its end and commits. */
    public void detach() {
        notices.discard();
        if (handover.detach()) {
            place.release();
        }
    }

    /** Ends the job if it can be ended; none of its uncommitted work remains. Returns at once. */
    public void cancel() {
        cancel(0);
    }

    /**
     * Ends the job if it can be ended: asks at once, and again until it has ended. Returns at once.
     *
     * @param graceMillis for how long the server is only asked, an hour at most; after that the job's session is ended.
     *     0 or less for ten seconds
     * @return whether the job had not ended
     */
    public boolean cancel(long graceMillis) {
        return cancel(CancelReason.REQUESTED, Cancellation.graceMillis(graceMillis));
    }

    /** The same for another reason. */
    boolean cancel(CancelReason reason, long graceMillis) {
        RowHandover.Standing standing = handover.cancel(reason, place::markCancelled);
        if (standing == RowHandover.Standing.OVER) {
            return false;
        }
        if (cancellation.allow(graceMillis)) {
            LOG.debug("{} - job is to be cancelled: {}", pid(), reason);
            observer.canceled(this, reason);
        }
        if (standing == RowHandover.Standing.AT_WORK) {
            cancellation.begin();
        } else {
            cancellation.beginAtRest();
        }
        return true;
    }

    /** Closes the job's connection without a word to the server. */
    void giveUp() {
        place.worker().abort();
    }

    /** Takes a notice from the server. */
    void notice(SQLWarning notice) {
        JobProgress progress = ProgressNotice.read(notice);
        if (progress != null) {
            facts.report(progress);
        } else {
            noticed = true;
            notices.accept(ServerError.withContext(notice, JobFailure.context(pid())));
        }
    }

    /** The text has been sent. */
    void sent() {
        sent = true;
        changed.raise();
    }

    /**
     * The server has done all its work.
     *
     * @param tags the command tags
     * @param lastRows the rows that were not offered yet, or null if the last statement returns none
     * @throws SQLException 58030 if the rows have to be kept in a file and cannot be; then the job is not over
     */
    void succeed(List<String> tags, Rows lastRows) throws SQLException {
        boolean kept = lastRows != null && handover.keepBehindOthers(lastRows);
        end(JobEnd.completed(tags, facts.rowCount(), facts.elapsedNanos()), kept ? null : lastRows);
    }

    /** The job has failed; its unread rows are given up. */
    void fail(SQLException error) {
        if (!isOver()) {
            CancelReason reason = cancellation.isInVain() ? null : handover.cancelReason();
            end(JobEnd.failed(error, reason, request.timeoutMillis(), facts.rowCount(),
                    facts.elapsedNanos()), null);
        }
    }

    private void end(JobEnd end, Rows lastRows) {
        timeout.cancel();
        // before any caller can see that the job has ended
        observer.ended(this, end);
        handover.end(end, lastRows, place::release);
        LOG.debug("{} - job ended: {}", pid(), end.state());
        completion.keep(facts::outcome);
    }

    /** Makes the worker ready for its next job. Called once, when this one is over, by the thread that ran it. */
    void resetWorker() {
        place.reset();
    }

    @Override
    public String toString() {
        return "job " + pid();
    }
}
