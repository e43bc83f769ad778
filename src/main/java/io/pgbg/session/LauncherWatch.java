package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.job.Job;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Looks after a launcher that waits for a job, over the launcher's own connection, which is idle meanwhile: its
 * {@code statement_timeout} goes on, its time-outs for idleness do not, and a deadlock with its own job, which the
 * server cannot see, is found ({@link Blocking}).
 *
 * <p>Used by the waiting thread.
 */
public final class LauncherWatch implements Wait.Watch {

    private static final long FIRST_DEADLOCK_LOOK = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(5);

    private static final String TIMEOUT = "pg_catalog.current_setting('statement_timeout')";

    /** Older servers do not know the second. */
    private static final String IDLE_IN_TRANSACTION =
            "pg_catalog.current_setting('idle_in_transaction_session_timeout')";
    private static final String IDLE = "COALESCE(pg_catalog.current_setting('idle_session_timeout', true), '0')";

    /** How often to look within the time for which the launcher may be idle. */
    private static final int LOOKS = 3;

    private final Session session;
    private final Collection<Job> jobs;
    private final Blocking blocking;
    private long pause = FIRST_DEADLOCK_LOOK;

    public LauncherWatch(Session session, Job job) {
        this(session, List.of(job));
    }

    /** @param jobs all that are waited for, or of which one is waited for; may be none */
    public LauncherWatch(Session session, Collection<Job> jobs) {
        this.session = session;
        this.jobs = jobs;
        this.blocking = new Blocking(session.wire().pid(), session.ownJobs().attached()::findBeside);
    }

    @Override
    public long look(long waitedNanos) throws SQLException {
        SessionMemory.Patience known = session.memory().patience();
        if (known != null && waitedNanos < FIRST_DEADLOCK_LOOK && known.idle() == 0) {
            // nothing else is due, and a server with much to do is asked for nothing
            checkTimeout(known, waitedNanos);
            return untilNextLook(waitedNanos, known.statement());
        }
        return ask(waitedNanos);
    }

    private static void checkTimeout(SessionMemory.Patience patience, long waitedNanos) throws SQLException {
        if (patience.statement() > 0 && waitedNanos >= patience.statement()) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to statement timeout")
                    .toException();
        }
    }

    private long ask(long waitedNanos) throws SQLException {
        SessionMemory.Moment before = session.memory().now();
        // beneath JDBC, which would begin a transaction, and with it hold up the job, where there is none
        List<Job> all = jobs.stream().filter(job -> !job.isOver()).toList();
        List<Job> left = all.stream().filter(Job::isBesideLauncher).toList();
        Optional<List<String>> told = session.wire().aloneIfFree(() -> session.wire().inFailedTransaction() ? List.of()
                : session.memory().asking(() -> session.wire().run(look(left), notice -> { })).rows().texts().get(0));
        if (told.isEmpty()) {
            // the thread that waits may be the one that has the connection to itself, while another one looks
            return untilNextLook(waitedNanos, 0);
        }
        List<String> answer = told.get();
        if (answer.isEmpty()) {
            return LONGEST_PAUSE;
        }
        SessionMemory.Patience patience = new SessionMemory.Patience(nanos(answer.get(0)), nanos(answer.get(1)));
        session.memory().learnPatience(patience, before);
        long next = left.isEmpty() ? LONGEST_PAUSE
                : blocking.check(answer.get(2), left, left.size() < all.size(), waitedNanos);
        if (patience.idle() > 0) {
            // each look is a sign of life
            next = Math.min(next, patience.idle() / LOOKS);
        }
        checkTimeout(patience, waitedNanos);
        return Math.min(next, untilNextLook(waitedNanos, patience.statement()));
    }

    private static long nanos(String setting) {
        return TimeUnit.MILLISECONDS.toNanos(Setting.Unit.MILLISECONDS.parse(setting));
    }

    /** Asks for the time-outs and, if there are jobs, for what they wait for. */
    private String look(List<Job> left) {
        boolean transaction = session.wire().inTransaction();
        return "SELECT " + TIMEOUT + ", " + (transaction ? IDLE_IN_TRANSACTION : IDLE)
                + (left.isEmpty() ? "" : ", (" + blocking.query(left, !transaction) + ")");
    }

    private long untilNextLook(long waitedNanos, long timeout) {
        long next = pause;
        // the first look comes early, for the time-out
        if (waitedNanos >= FIRST_DEADLOCK_LOOK) {
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        return timeout == 0 ? next : Math.min(next, timeout - waitedNanos);
    }
}
