package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The connections for answers that the sessions of a pool share: each session has one to itself until there are as many
 * as there may be.
 *
 * <p>Thread-safe. The lock guards the fields and is never held while talking to a server.
 */
final class AnswerConnections {

    /** Of all pools that have any. */
    private static final Map<SpareConnections, AnswerConnections> OF_POOLS = new IdentityHashMap<>();
    private static final Lock LOCK = new Lock();

    private final SpareConnections source;
    /** Each with the number of sessions that use it, which is never 0. */
    private final Map<AnswerConnection, Integer> users = new HashMap<>();

    private AnswerConnections(SpareConnections source) {
        this.source = source;
    }

    /**
     * A connection for a session, which is to {@link #leave} it.
     *
     * @param wait ends the connecting
     * @throws SQLException as {@link AnswerConnection#with}; 53000 when the server has no room even for the first
     */
    static AnswerConnection join(SpareConnections source, Wait wait) throws SQLException {
        AnswerConnection joined = choose(source);
        SQLException refusal;
        boolean usable = false;
        try {
            joined.with(connection -> null, wait);
            usable = true;
            return joined;
        } catch (SQLException e) {
            refusal = e;
            if (!SQLState.INSUFFICIENT_RESOURCES.is(e.getSQLState())) {
                throw e;
            }
        } finally {
            if (!usable) {
                leave(source, joined);
            }
        }
        Optional<AnswerConnection> other = find(source, AnswerConnection::isEstablished);
        if (other.isEmpty() && joined.isNeeded()) {
            throw refusal;
        }
        // the others may have been given back meanwhile
        return other.isPresent() ? other.get() : join(source, wait);
    }

    private static AnswerConnection choose(SpareConnections source) {
        try (var held = LOCK.hold()) {
            AnswerConnections all = OF_POOLS.computeIfAbsent(source, AnswerConnections::new);
            if (all.users.size() < source.maxAnswerers()) {
                return all.count(new AnswerConnection(source, all.users.isEmpty()));
            }
        }
        return find(source, connection -> true).orElseGet(() -> choose(source));
    }

    /** One more session uses the one that the fewest use. */
    private static Optional<AnswerConnection> find(SpareConnections source, Predicate<AnswerConnection> which) {
        try (var held = LOCK.hold()) {
            AnswerConnections all = OF_POOLS.get(source);
            return all == null ? Optional.empty() : all.users.entrySet().stream()
                    .filter(entry -> which.test(entry.getKey()))
                    .min(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                    .map(entry -> all.count(entry.getKey()));
        }
    }

    private AnswerConnection count(AnswerConnection connection) {
        users.merge(connection, 1, Integer::sum);
        return connection;
    }

    /** A session does not use a connection any more; the last one gives it back. */
    static void leave(SpareConnections source, AnswerConnection left) {
        boolean last;
        try (var held = LOCK.hold()) {
            AnswerConnections all = OF_POOLS.get(source);
            last = all.users.merge(left, -1, Integer::sum) == 0;
            if (last) {
                all.users.remove(left);
            }
            if (all.users.isEmpty()) {
                OF_POOLS.remove(source);
            }
        }
        if (last) {
            left.close();
        }
    }
}
