package io.pgbg.call;

import io.pgbg.job.Job;
import io.pgbg.relay.RequestHandler;
import io.pgbg.session.LauncherWatch;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Looks after a function on the server that waits for jobs: whether it still waits, and whether they wait for each
 * other. The launcher's connection is busy; its time-outs are the server's business.
 *
 * <p>Used by the waiting thread.
 */
final class RelayWatch implements Wait.Watch {

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long FIRST_DEADLOCK_LOOK = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(5);

    private final RequestHandler.Requester asker;
    private final Collection<Job> jobs;
    private long nextDeadlockLook = FIRST_DEADLOCK_LOOK;
    private long pause = FIRST_DEADLOCK_LOOK;

    RelayWatch(RequestHandler.Requester asker, Collection<Job> jobs) {
        this.asker = asker;
        this.jobs = List.copyOf(jobs);
    }

    @Override
    public long look(long waitedNanos) throws SQLException {
        asker.checkWanted();
        if (waitedNanos >= nextDeadlockLook) {
            List<Job> left = jobs.stream().filter(job -> !job.isOver()).toList();
            if (!left.isEmpty() && areBlockedByLauncher(left) && left.stream().noneMatch(Job::isOver)) {
                throw LauncherWatch.deadlock(asker.launcher(), left.get(0).pid());
            }
            nextDeadlockLook = waitedNanos + pause;
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        return PAUSE;
    }

    private boolean areBlockedByLauncher(List<Job> left) throws SQLException {
        return "t".equals(asker.ask(left.stream()
                .map(job -> asker.launcher() + " OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids("
                        + job.pid() + "))")
                .collect(Collectors.joining(" AND ", "SELECT ", ""))));
    }
}
