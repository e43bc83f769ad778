package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.Rows;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Looks whether a worker of another server than the launcher's suits a job: the server is of the wanted kind, has the
 * same data, and has replayed what was committed before the launch, for which it is given some time. Asked each time
 * a worker is taken, because a standby may have been promoted since the last time.
 *
 * <p>Used by one thread for one launch.
 */
final class ServerCheck {

    /** How often to ask a standby that lags. */
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long a server may take to answer: over a new connection, and over one that may have been lost since. */
    private static final int PATIENCE_SECONDS = 5;
    private static final int WARM_PATIENCE_SECONDS = 2;

    private static final String TRUE = "t";

    private final WorkerPool own;
    private final WorkerPool pool;
    private final LauncherPosition position;
    private final KnownServers.Kind wanted;
    private final long deadline;
    private final Wait wait;

    /** A server does not suit. */
    static final class Unfit extends SQLException {

        private static final long serialVersionUID = 1L;

        private final transient KnownServers.Kind kind;

        /** @param kind what the server is; null when it may suit soon */
        Unfit(String message, KnownServers.Kind kind) {
            super(message, SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.code());
            this.kind = kind;
        }

        KnownServers.Kind kind() {
            return kind;
        }
    }

    /**
     * @param own the pool of the launcher's server
     * @param pool that of the server
     * @param position what it must have replayed
     * @param deadline until when, by {@link System#nanoTime()}
     */
    ServerCheck(WorkerPool own, WorkerPool pool, LauncherPosition position, KnownServers.Kind wanted, long deadline,
            Wait wait) {
        this.own = own;
        this.pool = pool;
        this.position = position;
        this.wanted = wanted;
        this.deadline = deadline;
        this.wait = wait;
    }

    /**
     * Waits until the server has replayed enough.
     *
     * @return false when the server suits, but not this worker, which has connected too early
     * @throws Unfit when the server does not suit
     * @throws SQLException when it does not answer, or the wait's end
     */
    boolean passes(Worker worker) throws SQLException {
        String sql = position.check(worker.wire().serverVersion());
        long pause = FIRST_PAUSE;
        boolean late = false;
        while (true) {
            Rows row = worker.ask(sql, worker.isWarm() ? WARM_PATIENCE_SECONDS : PATIENCE_SECONDS, wait);
            checkKind(TRUE.equals(row.text(0, 0)));
            if (worker.isConfiguredBefore(Long.parseLong(row.text(0, 2)))) {
                return false;
            }
            if (TRUE.equals(row.text(0, 1))) {
                checkSystem(worker);
                // a login begins as what was replayed by then has it
                return !late || worker.isWarm();
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                if (!worker.isWarm()) {
                    // it may have begun with what its login had before, and would be taken for a new one later
                    worker.markCancelled();
                }
                throw new Unfit(pool.server() + " has not replayed " + position.written()
                        + " within pgbgReplayTimeout", null);
            }
            late = true;
            wait.within(Math.min(pause, left), () -> false, Set.of());
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
    }

    private void checkKind(boolean recovers) throws Unfit {
        if (recovers != (wanted == KnownServers.Kind.STANDBY)) {
            throw new Unfit(pool.server() + (recovers ? " is a standby" : " is a primary"),
                    recovers ? KnownServers.Kind.STANDBY : KnownServers.Kind.PRIMARY);
        }
    }

    /**
     * A copy has the name of the original; a server whose name may not be asked for is trusted to be what the URL
     * says. Each connection is asked: there may be another server at the address by now.
     */
    private void checkSystem(Worker worker) throws SQLException {
        String system = worker.system(PATIENCE_SECONDS, wait);
        String ours = own.facts().system(() -> own.spares().with(wait, wire -> ServerFacts.askSystem(
                sql -> wire.run(sql, notice -> { }).rows())));
        if (!system.isEmpty() && !ours.isEmpty() && !system.equals(ours)) {
            throw new Unfit(pool.server() + " has other data than the launcher's server, and is no standby of it",
                    KnownServers.Kind.UNUSABLE);
        }
    }
}
