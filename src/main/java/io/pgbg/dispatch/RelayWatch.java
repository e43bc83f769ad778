package io.pgbg.dispatch;

import io.pgbg.job.Job;
import io.pgbg.job.Wait;
import io.pgbg.relay.Answerer;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * Looks after a function on the server that waits for a job: whether it still waits, and whether the two wait for each
 * other. The launcher's connection is busy; its time-outs are the server's business.
 *
 * <p>Used by the waiting thread.
 */
final class RelayWatch implements Wait.Watch {

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long FIRST_DEADLOCK_LOOK = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(5);

    private final Answerer.Asker asker;
    private final Job job;
    private long nextDeadlockLook = FIRST_DEADLOCK_LOOK;
    private long pause = FIRST_DEADLOCK_LOOK;

    RelayWatch(Answerer.Asker asker, Job job) {
        this.asker = asker;
        this.job = job;
    }

    @Override
    public long look(long waitedNanos) throws SQLException {
        asker.checkWanted();
        if (waitedNanos >= nextDeadlockLook) {
            if (isBlockedByLauncher() && !job.isOver()) {
                throw LauncherWatch.deadlock(asker.launcher(), job.pid());
            }
            nextDeadlockLook = waitedNanos + pause;
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        return PAUSE;
    }

    private boolean isBlockedByLauncher() throws SQLException {
        return Boolean.parseBoolean(asker.ask("SELECT (" + asker.launcher() + " = ANY (pg_catalog.pg_blocking_pids("
                + job.pid() + ")))::pg_catalog.text"));
    }
}
