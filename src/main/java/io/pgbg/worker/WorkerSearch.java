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
    /** Looks whether a worker of another server suits; null on the launcher's own. */
    private final ServerCheck check;
    private long pause = FIRST_PAUSE;
    private boolean reported;

    /**
     * Prepares a search.
     *
     * @param wait ends it
     */
    public WorkerSearch(LaunchContext context, Wait wait) {
        this(context, wait, null);
    }

    /** @param check looks whether a worker of another server suits */
    WorkerSearch(LaunchContext context, Wait wait, ServerCheck check) {
        this.context = context;
        this.wait = wait;
        this.check = check;
    }

    /**
     * A worker in the state of the launcher's session.
     *
     * @throws SQLException 53400 or 53000 when there is none, the check's when the server does not suit, the server's
     *     error when the worker cannot take on the state, or the wait's end
     */
    public Worker find() throws SQLException {
        WorkerPool pool = context.pool();
        while (true) {
            Worker worker = acquire();
            try {
                if (check == null || check.passes(worker)) {
                    worker.take(context.state(), wait);
                    return worker;
                }
                pool.discard(worker);
            } catch (SQLException e) {
                // before it is taken back, and perhaps closed
                boolean replaceable = worker.isLost() && worker.isWarm();
                pool.takeBack(worker);
                if (!replaceable) {
                    throw e;
                }
                if (check != null) {
                    // one after the other would be asked in vain where the server keeps silent
                    pool.closeAllIdle();
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
        boolean patient = false;
        while (true) {
            try {
                return beyond ? pool.openBeyondLimit(context, wait) : pool.acquire(context, patient, wait);
            } catch (SQLException e) {
                boolean limit = SQLState.CONFIGURATION_LIMIT_EXCEEDED.isStateOf(e);
                boolean server = SQLState.INSUFFICIENT_RESOURCES.isStateOf(e);
                if (limit || server) {
                    report(limit ? "pgbgMaxWorkers" : "server", e);
                }
                if (context.onExhaustion() == OnExhaustion.ERROR || !limit && !server) {
                    throw e;
                }
                if (server) {
                    pool.awaitChange(wait, nextPause());
                }
                beyond = limit && context.onExhaustion() == OnExhaustion.SYNC;
                patient = !beyond;
            }
        }
    }

    /** Reports the first failure of a launch, however often it tries. */
    private void report(String limit, SQLException e) {
        if (!reported) {
            reported = true;
            context.pool().reportExhaustion(limit);
            if (context.onExhaustion() == OnExhaustion.QUEUE) {
                // which happens whenever there is much to do
                LOG.debug("{} - waiting for a worker ({}): {}", context.pool(), limit, e.getMessage());
            } else {
                LOG.warn("{} - no worker ({}), policy is {}: {}", context.pool(), limit, context.onExhaustion(),
                        e.getMessage());
            }
        }
    }

    private long nextPause() {
        long now = pause;
        pause = Math.min(pause * 2, LONGEST_PAUSE);
        return now;
    }
}
