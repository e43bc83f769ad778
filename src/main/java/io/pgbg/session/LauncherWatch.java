package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.job.Job;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Looks after a launcher that waits for a job, over the launcher's own connection, which is idle meanwhile: its
 * {@code statement_timeout} goes on, and a deadlock with its own job, which the server cannot see, is found.
 *
 * <p>Used by the waiting thread.
 */
public final class LauncherWatch implements Wait.Watch {

    private static final long FIRST_DEADLOCK_LOOK = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(5);

    /**
     * Whether the launcher blocks the worker. Between two statements of an autocommit connection the launcher holds
     * nothing that ends with a transaction, but this very query does for a moment: then waiting for a transaction's
     * snapshot does not count.
     */
    private static final String BLOCKED_BY_LAUNCHER = """
            pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(%1$d))
            AND (%2$b OR EXISTS (SELECT FROM pg_catalog.pg_locks
              WHERE pid OPERATOR(pg_catalog.=) %1$d AND NOT granted
                AND locktype OPERATOR(pg_catalog.<>) ALL ('{virtualxid, transactionid}'::pg_catalog.text[])))""";

    private static final String TIMEOUT = "pg_catalog.current_setting('statement_timeout')";

    private static final String BLOCKED = " blocked";

    private final Session session;
    private final Collection<Job> jobs;
    private long pause = FIRST_DEADLOCK_LOOK;

    public LauncherWatch(Session session, Job job) {
        this(session, List.of(job));
    }

    /** @param jobs all that are waited for, or of which one is waited for; may be none */
    public LauncherWatch(Session session, Collection<Job> jobs) {
        this.session = session;
        this.jobs = jobs;
    }

    @Override
    public long look(long waitedNanos) throws SQLException {
        if (session.wire().inFailedTransaction()) {
            return LONGEST_PAUSE;
        }
        // beneath JDBC, which would begin a transaction, and with it hold up the job, where there is none
        List<Job> left = jobs.stream().filter(job -> !job.isOver()).toList();
        Optional<Rows> rows = session.wire().aloneIfFree(
                () -> session.memory().asking(() -> session.wire().run(look(left), notice -> { })).rows());
        if (rows.isEmpty()) {
            // the thread that waits may be the one that has the connection to itself, while another one looks
            return untilNextLook(waitedNanos, 0);
        }
        String answer = rows.get().firstColumn().get(0);
        boolean blocked = answer.endsWith(BLOCKED);
        long timeout = TimeUnit.MILLISECONDS.toNanos(Setting.Unit.MILLISECONDS.parse(answer.replace(BLOCKED, "")));
        if (blocked && left.stream().noneMatch(Job::isOver)) {
            throw deadlock(session.wire().pid(), left.get(0).pid());
        }
        if (timeout > 0 && waitedNanos >= timeout) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to statement timeout")
                    .toException();
        }
        return untilNextLook(waitedNanos, timeout);
    }

    /** Asks for the time-out and, if there are jobs, whether the launcher blocks all of them. */
    private String look(List<Job> left) {
        if (left.isEmpty()) {
            return "SELECT " + TIMEOUT;
        }
        boolean transaction = session.wire().inTransaction();
        String blocked = left.stream()
                .map(job -> String.format(Locale.ROOT, BLOCKED_BY_LAUNCHER, job.pid(), transaction))
                .collect(Collectors.joining(" AND "));
        return "SELECT " + TIMEOUT + " OPERATOR(pg_catalog.||) CASE WHEN " + blocked + " THEN '" + BLOCKED
                + "' ELSE '' END";
    }

    private long untilNextLook(long waitedNanos, long timeout) {
        long next = pause;
        // the first look comes early, for the time-out
        if (waitedNanos >= FIRST_DEADLOCK_LOOK) {
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        return timeout == 0 ? next : Math.min(next, timeout - waitedNanos);
    }

    /** The error that ends a wait for ever. */
    public static SQLException deadlock(int launcher, int worker) {
        return ServerError.error(SQLState.DEADLOCK_DETECTED, "deadlock detected")
                .detail("Process %d waits for the result of background worker %d, which is blocked by process %1$d.",
                        launcher, worker)
                .hint("Commit or roll back before waiting for a job that needs what the transaction holds.")
                .toException();
    }
}
