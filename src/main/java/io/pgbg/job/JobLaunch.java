package io.pgbg.job;

import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.Seat;
import io.pgbg.worker.ServerSearch;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Launches jobs: finds each a worker, and gives it a thread. Stateless. */
final class JobLaunch {

    private static final Logger LOG = LoggerFactory.getLogger(JobLaunch.class);

    private JobLaunch() {
    }

    /**
     * Launches a job and does not wait for it. Connecting and taking on the launcher's session happen on the calling
     * thread, so that what is wrong with them is known at once.
     *
     * @param pids sees to it that no other job of the session has the same pid
     * @throws SQLException if there is no worker, or it cannot take on the session
     */
    static Job launch(LaunchContext context, JobRequest request, JobObserver observer, PidClaim pids, Wait wait)
            throws SQLException {
        long start = System.nanoTime();
        LaunchContext mine = context.forJob(request.label());
        Seat seat = seat(mine, request, pids, wait);
        boolean started = false;
        try {
            seat.worker().remember(request.text().customSettings());
            Job job = new Job(new JobPlace(mine, seat), request, observer, System.nanoTime() - start);
            observer.launched(job);
            job.start();
            started = true;
            job.startClock();
            LOG.debug("{} - job launched", job.pid());
            return job;
        } finally {
            if (!started) {
                seat.pool().discard(seat.worker());
            }
        }
    }

    private static Seat seat(LaunchContext context, JobRequest request, PidClaim pids, Wait wait) throws SQLException {
        while (true) {
            Seat seat = new ServerSearch(context, wait).find(request.mayNeedPrimary());
            if (pids.claim(seat.worker().pid())) {
                return seat;
            }
            // the next process has another one
            seat.pool().discard(seat.worker());
        }
    }
}
