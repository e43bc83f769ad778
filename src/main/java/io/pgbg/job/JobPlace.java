package io.pgbg.job;

import io.pgbg.JobServer;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.Placement;
import io.pgbg.worker.Seat;
import io.pgbg.worker.ServerSearch;
import io.pgbg.worker.TextSettings;
import io.pgbg.worker.Wait;
import io.pgbg.worker.Worker;
import io.pgbg.worker.WorkerPool;
import java.sql.SQLException;

/**
 * Where a job runs. A job that a standby has refused because it writes may move to the primary, once. It keeps its
 * name: the pid of the worker that it had first, which serves nobody else as long as the job is attached.
 *
 * <p>Thread-safe. Only the thread that runs the job changes it, and under the lock of {@link RowHandover}, so that a
 * cancel reaches the worker that the job has.
 */
final class JobPlace {

    /** How soon a job that waits for a connection notices that it is cancelled. */
    private static final long CANCEL_LOOK_NANOS = 20_000_000;

    private final LaunchContext context;
    private final WorkerReturn firstReturn;
    private volatile Place place;
    /** The first one where the job has moved; otherwise null. */
    private volatile Place left;

    private record Place(Seat seat, TextSettings texts, WorkerReturn giving) {

        static Place of(Seat seat) {
            return new Place(seat, seat.worker().texts(), new WorkerReturn(seat.pool(), seat.worker()));
        }
    }

    /** @param context the launch's */
    JobPlace(LaunchContext context, Seat seat) {
        this.context = context;
        this.place = Place.of(seat);
        this.firstReturn = place.giving();
    }

    Worker worker() {
        return place.seat().worker();
    }

    /** The pool of the worker, whose spare connections lead to the same server. */
    WorkerPool pool() {
        return place.seat().pool();
    }

    /** How values are written there as long as the job does not change that. */
    TextSettings texts() {
        return place.texts();
    }

    /** Host and port of the server. */
    String server() {
        return pool().server();
    }

    /** Whether the launcher is on the same server. */
    boolean isBesideLauncher() {
        return place.seat().besideLauncher();
    }

    /** Marks the worker as cancelled. */
    void markCancelled() {
        worker().markCancelled();
    }

    /** Whether the job may go to the primary when it is refused here. */
    boolean mayMove() {
        Placement placement = context.placement();
        return placement != null && placement.wanted() == JobServer.PREFER_SECONDARY && place.seat().standby()
                && left == null && context.mayWrite();
    }

    /**
     * Moves the job to a worker on the primary, and makes the one new that it leaves.
     *
     * @throws SQLException what keeps it from there, or 57014 when it was cancelled meanwhile
     */
    void move(RowHandover handover) throws SQLException {
        Seat primary = ServerSearch.afterRefusal(context, new Wait(Wait.FOREVER, waited -> {
            handover.checkCancelled();
            return CANCEL_LOOK_NANOS;
        }));
        if (!handover.unlessCancelled(() -> sit(primary))) {
            primary.pool().discard(primary.worker());
            handover.checkCancelled();
        }
        firstReturn.reset();
    }

    private void sit(Seat seat) {
        Place before = place;
        place = Place.of(seat);
        left = before;
    }

    /** Makes the worker ready for its next job. */
    void reset() {
        place.giving().reset();
    }

    /** The job does not need its workers any more. */
    void release() {
        place.giving().release();
        if (left != null) {
            firstReturn.release();
        }
    }
}
