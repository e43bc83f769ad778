package io.pgbg.session;

import io.pgbg.wire.SendWatch;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.wire.Wire;
import io.pgbg.worker.Freshness;
import io.pgbg.worker.Poolers;
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

    /**
     * Holds at no time. A thread of the driver's asks for the patience while the launcher is blocked, and may get the
     * answer when the application was stopped and loads no class any more; so the classes are loaded with this one.
     */
    private static final KnownPatience NEVER_ASKED = new KnownPatience(new Patience(0, 0), false, -1);

    private final Wire wire;
    private final SendWatch watch;
    private volatile KnownRole role;
    private volatile KnownLaunch launch;
    private volatile Answer answer;
    private volatile Freshness freshness;
    private volatile KnownPatience patience = NEVER_ASKED;

    private record KnownRole(String name, long sent) {
    }

    /** @param inTransaction whether a transaction was open: others time-outs hold there */
    private record KnownPatience(Patience patience, boolean inTransaction, long sent) {
    }

    /**
     * For how long the session may do what it does, in nanoseconds; 0 for as long as it takes.
     *
     * @param statement its {@code statement_timeout}
     * @param idle how long it may be idle
     */
    record Patience(long statement, long idle) {
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

    /**
     * The server process has told its pid.
     *
     * @throws SQLException 0A000 when another one has answered before: a connection pooler gives them out by transaction
     */
    void learnPid(int pid) throws SQLException {
        int before = wire.pid();
        if (!wire.learnPid(pid)) {
            throw Poolers.refused("The session was in process %d before and is in process %d now.", before, pid);
        }
    }

    /** Whether the server may keep prepared statements for the session: no pooler gives its process to others. */
    public boolean mayKeepStatements() {
        return wire.isDirect();
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

    /** The session's patience; null when it has to be asked for. */
    Patience patience() {
        KnownPatience known = patience;
        return holds(known.sent()) && known.inTransaction() == wire.inTransaction() ? known.patience() : null;
    }

    /** @param before the question was asked */
    void learnPatience(Patience told, Moment before) {
        patience = new KnownPatience(told, wire.inTransaction(), before.sent());
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
