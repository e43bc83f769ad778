package io.pgbg.call;

import io.pgbg.job.Job;
import io.pgbg.relay.RequestHandler;
import io.pgbg.session.Blocking;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Looks after a function on the server that waits for jobs: whether it still waits, and whether they wait for each
 * other. The launcher's connection is busy; its time-outs are the server's business.
 *
 * <p>Used by the waiting thread.
 */
final class RelayWatch implements Wait.Watch {

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);
    /** Soon enough for a function that has to decide whether to ask once more. */
    private static final long FIRST_TOUCH = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long TOUCH = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST_DEADLOCK_LOOK = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(5);

    private final RequestHandler.Requester asker;
    private final Collection<Job> jobs;
    private final Blocking blocking;
    private long nextDeadlockLook = FIRST_DEADLOCK_LOOK;
    private long nextTouch = FIRST_TOUCH;
    private long pause = FIRST_DEADLOCK_LOOK;

    /** @param attached the session's jobs on the launcher's server by the pids of their processes; null for none */
    RelayWatch(RequestHandler.Requester asker, Collection<Job> jobs, Function<Integer, Job> attached) {
        this.asker = asker;
        this.blocking = new Blocking(asker.launcher(), attached);
        this.jobs = List.copyOf(jobs);
    }

    @Override
    public long look(long waitedNanos) throws SQLException {
        asker.checkWanted();
        if (waitedNanos >= nextTouch) {
            asker.stayInTouch();
            nextTouch = waitedNanos + TOUCH;
        }
        if (waitedNanos >= nextDeadlockLook) {
            List<Job> all = jobs.stream().filter(job -> !job.isOver()).toList();
            List<Job> left = all.stream().filter(Job::isBesideLauncher).toList();
            long next = left.isEmpty() ? LONGEST_PAUSE
                    : blocking.check(asker.ask(blocking.query(left, false)), left, left.size() < all.size(),
                            waitedNanos);
            nextDeadlockLook = waitedNanos + Math.min(next, pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        return PAUSE;
    }
}
