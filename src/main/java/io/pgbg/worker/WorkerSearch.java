package io.pgbg.worker;

import io.pgbg.SQLState;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a worker for a job and brings it into the state of the launcher's session. Follows the launcher's policy when
 * there is no room. Used by one thread for one launch.
 */
public final class WorkerSearch {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerSearch.class);

    /** After which pauses to ask a full server again, which does not tell when it has room. */
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final LaunchContext context;
    private final Wait wait;
    private long pause = FIRST_PAUSE;
    private boolean reported;

    /**
     * Prepares a search.
     *
     * @param wait ends it
     */
    public WorkerSearch(LaunchContext context, Wait wait) {
        this.context = context;
        this.wait = wait;
    }

    /**
     * A worker in the state of the launcher's session.
     *
     * @throws SQLException 53400 or 53000 when there is none, the server's error when the worker cannot take on the
     *     state, or the wait's end
     */
    public Worker find() throws SQLException {
        WorkerPool pool = context.pool();
        while (true) {
            Worker worker = acquire();
            try {
                worker.take(context.state(), wait);
                return worker;
            } catch (SQLException e) {
                // before it is taken back, and perhaps closed
                boolean replaceable = worker.isLost() && worker.isWarm();
                pool.takeBack(worker);
                if (!replaceable) {
                    throw e;
                }
            } catch (RuntimeException | Error e) {
                pool.discard(worker);
                throw e;
            }
        }
    }

    private Worker acquire() throws SQLException {
        WorkerPool pool = context.pool();
        boolean beyond = false;
        while (true) {
            try {
                return beyond ? pool.openBeyondLimit(context, wait) : pool.acquire(context, wait);
            } catch (SQLException e) {
                boolean limit = SQLState.CONFIGURATION_LIMIT_EXCEEDED.isStateOf(e);
                boolean server = SQLState.INSUFFICIENT_RESOURCES.isStateOf(e);
                if (limit || server) {
                    report(limit ? "pgbgMaxWorkers" : "server", e);
                }
                if (context.onExhaustion() == OnExhaustion.ERROR || !limit && !server) {
                    throw e;
                }
                if (limit && context.onExhaustion() == OnExhaustion.SYNC) {
                    beyond = true;
                    continue;
                }
                beyond = false;
                if (limit) {
                    pool.awaitRoom(wait);
                } else {
                    pool.awaitChange(wait, nextPause());
                }
            }
        }
    }

    /** Reports the first failure of a launch, however often it tries. */
    private void report(String limit, SQLException e) {
        if (!reported) {
            reported = true;
            context.pool().reportExhaustion(limit);
            LOG.warn("{} - no worker ({}), policy is {}: {}", context.pool(), limit, context.onExhaustion(),
                    e.getMessage());
        }
    }

    private long nextPause() {
        long now = pause;
        pause = Math.min(pause * 2, LONGEST_PAUSE);
        return now;
    }
}
