package io.pgbg.worker;

import io.pgbg.JobServer;
import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a worker for a job on the server that the launcher has chosen: its own, or another one of its URL. Used by one
 * thread for one launch.
 */
public final class ServerSearch {

    private static final Logger LOG = LoggerFactory.getLogger(ServerSearch.class);

    /** Classes of SQLSTATEs. */
    private static final String INVALID_AUTHORIZATION = "28";
    private static final String INVALID_CATALOG = "3D";

    /** For how long one of several standbys may lag until the next one has its turn; each round it is twice as long. */
    private static final long BRIEF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LaunchContext context;
    private final Placement placement;
    private final Wait wait;
    /** Why servers do not suit. */
    private final Set<String> reasons = new LinkedHashSet<>();
    /** Those that suit but lag. */
    private final List<WorkerSource> late = new ArrayList<>();
    /** What has kept a server from being used that suits, or null. */
    private SQLException obstacle;

    /**
     * Prepares a search.
     *
     * @param wait ends it
     */
    public ServerSearch(LaunchContext context, Wait wait) {
        this.context = context;
        this.placement = context.placement();
        this.wait = wait;
    }

    /**
     * A worker in the state of the launcher's session.
     *
     * @param writes whether the job is not to be tried on a standby unless it must be there
     * @throws SQLException 55000 when there is no server of the kind that is demanded; as {@link WorkerSearch#find}
     */
    public Seat find(boolean writes) throws SQLException {
        JobServer wanted = placement == null ? JobServer.LAUNCHER : placement.wanted();
        return switch (wanted) {
            case LAUNCHER -> beside();
            case PRIMARY -> onPrimary();
            case SECONDARY -> onStandby();
            case PREFER_SECONDARY -> preferred(writes || context.state().isSerializable());
        };
    }

    /**
     * A worker where a job may write that a standby has refused. The launcher's session may be closed by then, and have
     * left its pool.
     *
     * @throws SQLException as {@link #find}
     */
    public static Seat afterRefusal(LaunchContext launch, Wait wait) throws SQLException {
        WorkerPool own = WorkerPools.join(launch.pool().source());
        try {
            return new ServerSearch(launch.from(own), wait).onPrimary();
        } finally {
            own.leave();
        }
    }

    private Seat onPrimary() throws SQLException {
        if (!placement.position().standby()) {
            return beside();
        }
        SessionState state = placement.servers().adapt(context.state(), placement.position().readOnlyByDefault());
        Seat found = among(KnownServers.Kind.PRIMARY, state, true);
        if (found == null) {
            throw none("primary");
        }
        return found;
    }

    private Seat onStandby() throws SQLException {
        if (placement.position().standby()) {
            return beside();
        }
        if (context.state().isSerializable()) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "cannot run a serializable job on a standby")
                    .detail("\"default_transaction_isolation\" is set to \"serializable\".")
                    .hint("You can use \"SET default_transaction_isolation = 'repeatable read'\".").toException();
        }
        Seat found = among(KnownServers.Kind.STANDBY, placement.servers().adapt(context.state(), null), true);
        if (found == null) {
            throw none("standby");
        }
        return found;
    }

    /** A server that suits best, and if it cannot be had the launcher's, which can. */
    private Seat preferred(boolean primary) throws SQLException {
        boolean launcherSuits = placement.position().standby() != primary;
        Seat found = launcherSuits ? null : among(primary ? KnownServers.Kind.PRIMARY : KnownServers.Kind.STANDBY,
                placement.servers().adapt(context.state(), primary ? placement.position().readOnlyByDefault() : null),
                false);
        if (found == null && !launcherSuits) {
            LOG.debug("{} - the job runs on the launcher's server, no other one suits: {}", context.launcher(),
                    reasons);
        }
        return found == null ? beside() : found;
    }

    private Seat beside() throws SQLException {
        Worker worker = new WorkerSearch(context, wait).find();
        return new Seat(context.pool(), worker, true, placement != null && placement.position().standby());
    }

    /** A seat on a server of a kind; null when there is none. */
    private Seat among(KnownServers.Kind kind, SessionState state, boolean must) throws SQLException {
        List<WorkerSource> candidates = placement.servers().candidates(kind, must);
        LauncherPosition position = candidates.isEmpty() ? null : position();
        long deadline = System.nanoTime() + placement.replayNanos();
        List<WorkerSource> left = candidates;
        long turn = BRIEF_NANOS;
        do {
            late.clear();
            for (WorkerSource source : left) {
                // one that lags, perhaps because it is meant to, must not hold up those behind it
                long until = left.size() > 1 ? Math.min(System.nanoTime() + turn, deadline) : deadline;
                Seat seat = at(source, kind, position, state, until);
                if (seat != null) {
                    return seat;
                }
            }
            left = List.copyOf(late);
            turn *= 2;
        } while (!left.isEmpty() && System.nanoTime() < deadline);
        reasons.addAll(placement.servers().passedOver(candidates));
        return null;
    }

    /** What another server must have replayed. */
    private LauncherPosition position() throws SQLException {
        LauncherPosition position = placement.position();
        if (position.standby() || position.complete()) {
            return position;
        }
        try {
            return context.pool().spares().with(wait, position::flush);
        } catch (SQLException e) {
            throwEnd(e);
            // no right to do it, or no room for a connection: the server will write its log later
            LOG.debug("{} - the server's log cannot be made to be written: {}", context.launcher(), e.getMessage());
            return position;
        }
    }

    /** If an error was the wait's end, or what has looked after the wait has ended it, nothing else is to be tried. */
    private void throwEnd(SQLException error) throws SQLException {
        wait.checkEnd(wait.waited());
        if (SQLState.QUERY_CANCELED.isStateOf(error)) {
            throw error;
        }
    }

    private Seat at(WorkerSource source, KnownServers.Kind kind, LauncherPosition position, SessionState state,
            long deadline) throws SQLException {
        // until there is a worker, for which it stays
        WorkerPool pool = WorkerPools.join(source);
        ServerCheck check = new ServerCheck(context.pool(), pool, position, kind, deadline, wait);
        try {
            Worker worker = new WorkerSearch(context.on(pool, state), wait, check).find();
            KnownServers.learn(source, kind, "");
            return new Seat(pool, worker, false, kind == KnownServers.Kind.STANDBY);
        } catch (ServerCheck.Unfit e) {
            reasons.add(e.getMessage());
            if (e.kind() == null) {
                late.add(source);
            } else {
                KnownServers.learn(source, e.kind(), e.getMessage());
            }
        } catch (SQLException e) {
            throwEnd(e);
            String reason = pool.server() + ": " + e.getMessage();
            reasons.add(reason);
            obstacle = e;
            if (isOfServer(e)) {
                KnownServers.learn(source, KnownServers.Kind.UNUSABLE, reason);
            }
            LOG.debug("{} - no worker at {}: {}", context.launcher(), pool.server(), e.getMessage());
        } finally {
            pool.leave();
        }
        return null;
    }

    /** Whether the server cannot be reached or lets nobody in. What it refuses of a session concerns that one alone. */
    private static boolean isOfServer(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return SQLState.SYSTEM_ERROR.is(state) || state.startsWith(INVALID_AUTHORIZATION)
                || state.startsWith(INVALID_CATALOG);
    }

    /** What kept the one server that suits from being used says more than that there is none. */
    private SQLException none(String kind) {
        boolean full = obstacle != null && (SQLState.CONFIGURATION_LIMIT_EXCEEDED.isStateOf(obstacle)
                || SQLState.INSUFFICIENT_RESOURCES.isStateOf(obstacle));
        if (full) {
            return obstacle;
        }
        return ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                "no %s that the URL names can run the job", kind)
                .detail(reasons.isEmpty() ? "The URL names no other server." : String.join("; ", reasons))
                .hint("primary".equals(kind) ? "Name the primary in the URL, or use pgbgJobServer=launcher."
                        : "Name standbys in the URL, or use pgbgJobServer=preferSecondary, which runs jobs on the"
                                + " primary where no standby can.")
                .cause(obstacle).toException();
    }
}
