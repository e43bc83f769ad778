package io.pgbg.job;

import io.pgbg.worker.Worker;
import io.pgbg.worker.WorkerPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives a job's worker back to its pool, once, when two things have happened, in either order: the job was read or
 * detached, and the worker's session was reset.
 *
 * <p>Thread-safe, without a lock.
 */
final class WorkerReturn {

    private final WorkerPool pool;
    private final Worker worker;
    private final AtomicBoolean released = new AtomicBoolean();
    private final AtomicInteger missing = new AtomicInteger(2);
    /** Written before the counter, read after it. */
    private boolean reusable;

    WorkerReturn(WorkerPool pool, Worker worker) {
        this.pool = pool;
        this.worker = worker;
    }

    /** The job does not need the worker any more. Calls after the first do nothing. */
    void release() {
        if (released.compareAndSet(false, true)) {
            pool.expectBack();
            giveBackIfComplete();
        }
    }

    /** Resets the session of a job that is over. Called once, by the thread that ran the job and so is awake. */
    void reset() {
        try {
            reusable = worker.reset();
        } finally {
            giveBackIfComplete();
        }
    }

    private void giveBackIfComplete() {
        if (missing.decrementAndGet() == 0) {
            pool.giveBack(worker, reusable);
        }
    }
}
