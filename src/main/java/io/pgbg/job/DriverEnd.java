package io.pgbg.job;

import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the jobs that run when the driver ends. A job that was sent as one message is left to the server,
 * which carries it out and commits, as when this process dies. One with rows would be undone in any case: it is
 * cancelled, so that it does not go on in vain. Stateless.
 */
public final class DriverEnd {

    private static final Logger LOG = LoggerFactory.getLogger(DriverEnd.class);

    /** How long the server may take to cancel them. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private DriverEnd() {
    }

    /**
     * Ends the jobs' part in this process: when this returns none of them holds a thread for long.
     *
     * @param running jobs that have not ended; their sessions have
     */
    public static void leave(List<Job> running) {
        SharedJobs.detachAll();
        List<Job> ending = running.stream().filter(DriverEnd::endsWithUs).toList();
        ending.forEach(Job::cancel);
        awaitOver(ending);
        for (Job job : running) {
            if (!job.isOver()) {
                LOG.debug("{} - job is left to the server", job.pid());
                job.giveUp();
            }
        }
    }

    private static boolean endsWithUs(Job job) {
        return !job.request().submitted() && job.request().text().rows() || job.facts().isCancelled();
    }

    private static void awaitOver(List<Job> ending) {
        Wait wait = new Wait(PATIENCE_NANOS, Wait.Watch.NEVER);
        try {
            for (Job job : ending) {
                job.awaitOver(wait);
            }
        } catch (SQLException e) {
            LOG.debug("jobs are not waited for any more: {}", e.getMessage());
        }
    }
}
