package io.pgbg.session;

import io.pgbg.wire.SendWatch;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.wire.Wire;
import io.pgbg.worker.Freshness;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the server has told of a session, and whether it still holds: nothing in a session changes unless something is
 * sent to it. Where it is not known what is sent, nothing holds.
 *
 * <p>Thread-safe, without a lock of its own: who learns something says which sends it had seen before it asked.
 */
public final class SessionMemory {

    /** What holds no longer than this was changed by other sessions: logins, their rights, the configuration. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Wire wire;
    private final SendWatch watch;
    private volatile KnownRole role;
    private volatile KnownLaunch launch;
    private volatile Answer answer;
    private volatile Freshness freshness;

    private record KnownRole(String name, long sent) {
    }

    /** @param readOnly whether pgjdbc, which decides that by itself, would have begun a transaction as read-only */
    private record KnownLaunch(Answer answer, boolean readOnly, long sent, long nanos) {
    }

    /**
     * What a session has answered last, to be compared with what it answers next.
     *
     * @param scalars all but the settings
     * @param settings the values of the settings as one text
     */
    record Answer(SessionQuery query, List<String> scalars, String settings, SessionQuery.Launch launch) {
    }

    /** A moment before a question is asked. */
    public record Moment(long sent, long nanos) {
    }

    SessionMemory(Wire wire, SendWatch watch) {
        this.wire = wire;
        this.watch = watch;
    }

    public Moment now() {
        return new Moment(watch.sent(), System.nanoTime());
    }

    /** Runs something that asks the server and changes nothing in the session; other threads send nothing meanwhile. */
    public <T> T asking(SqlSupplier<T> step) throws SQLException {
        return wire.alone(() -> {
            watch.stopCounting();
            try {
                return step.get();
            } finally {
                watch.countAgain();
            }
        });
    }

    private boolean holds(long sent) {
        return watch.isCounting() && watch.sent() == sent;
    }

    /** The role in force; null when it has to be asked for. */
    String role() {
        KnownRole known = role;
        return known != null && holds(known.sent()) ? known.name() : null;
    }

    /** @param before the question was asked */
    public void learnRole(String name, Moment before) {
        role = new KnownRole(name, before.sent());
    }

    /** What the session has told that a launch takes over; null when it has to be asked for. */
    SessionQuery.Launch launch(SessionQuery query) throws SQLException {
        KnownLaunch known = launch;
        boolean holds = known != null && known.answer().query() == query && holds(known.sent())
                && known.readOnly() == wire.beginsReadOnly() && System.nanoTime() - known.nanos() < LONGEST_NANOS;
        return holds ? known.answer().launch() : null;
    }

    /**
     * The answer given last will do for the next launches as well.
     *
     * @param before the question was asked
     */
    public void learnLaunch(SessionQuery.Launch told, Moment before) throws SQLException {
        Answer last = answer;
        if (last != null && last.launch() == told) {
            launch = new KnownLaunch(last, wire.beginsReadOnly(), before.sent(), before.nanos());
            learnRole(told.state().currentUser(), before);
        }
    }

    /** The answer that a query was given last; null when there was none. */
    Answer lastAnswer(SessionQuery query) {
        Answer last = answer;
        return last != null && last.query() == query ? last : null;
    }

    void remember(Answer given) {
        answer = given;
    }

    /**
     * How new workers must be.
     *
     * @param nanos a moment before the question that gave the stamp
     */
    Freshness freshness(long configuredMicros, String stamp, long nanos) {
        Freshness last = freshness;
        boolean same = last != null && last.stamp().equals(stamp);
        if (same && last.configuredMicros() == configuredMicros) {
            return last;
        }
        Freshness seen = new Freshness(configuredMicros, stamp, same ? last.seenNanos() : nanos);
        freshness = seen;
        return seen;
    }
}
