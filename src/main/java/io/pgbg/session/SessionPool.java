package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.worker.WorkerPool;
import io.pgbg.worker.WorkerPools;
import io.pgbg.worker.WorkerSource;
import java.sql.SQLException;

/**
 * The pool that a session's workers come from, joined when the first one is wanted and left when the session is
 * closed.
 *
 * <p>Thread-safe. The lock sees to it that a closed session joins no pool any more.
 */
final class SessionPool {

    private final SqlSupplier<WorkerSource> source;
    private final Membership membership = new Membership();

    /** @param source asked when the pool is joined */
    SessionPool(SqlSupplier<WorkerSource> source) {
        this.source = source;
    }

    /** The pool. */
    WorkerPool get() throws SQLException {
        return membership.get(this);
    }

    /** What ends the session's part in the pool, and does not lead back to the session. */
    Membership membership() {
        return membership;
    }

    boolean isClosed() {
        return membership.closed;
    }

    /**
     * Refuses a call after the session was closed.
     *
     * @throws SQLException 08003
     */
    void checkOpen() throws SQLException {
        membership.checkOpen();
    }

    /** Whether a session is in a pool. */
    static final class Membership {

        private final Lock lock = new Lock();
        private WorkerPool pool;
        private volatile boolean closed;

        private WorkerPool get(SessionPool session) throws SQLException {
            try (var held = lock.hold()) {
                checkOpen();
                if (pool == null) {
                    pool = WorkerPools.join(session.source.get());
                }
                return pool;
            }
        }

        private void checkOpen() throws SQLException {
            if (closed) {
                throw ServerError.error(SQLState.CONNECTION_DOES_NOT_EXIST, "This connection has been closed.")
                        .toException();
            }
        }

        /** From now on no pool is joined; false when that was so before. */
        boolean close() {
            try (var held = lock.hold()) {
                boolean first = !closed;
                closed = true;
                return first;
            }
        }

        /** Gives the pool back if it was joined. */
        void leave() {
            try (var held = lock.hold()) {
                if (pool != null) {
                    pool.leave();
                    pool = null;
                }
            }
        }
    }
}
