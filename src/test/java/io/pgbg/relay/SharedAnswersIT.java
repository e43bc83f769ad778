package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many sessions whose functions are answered over a few connections of the driver's. */
@Timeout(120)
@AlsoAmongTraps
class SharedAnswersIT extends OwnDatabase {

    private static final Duration LATE = Duration.ofSeconds(60);

    private static final String CALL = "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
            + " AS r(v int)";

    /** Its function waits until nobody holds the lock any more. */
    private static final String WAITING = "SELECT v + 0 FROM pg_background_result(pg_background_launch("
            + "'SELECT 7 FROM pg_advisory_xact_lock_shared(1)')) AS r(v int)";

    /** Waits before it calls the function. */
    private static final String LISTENED = "SELECT pg_background_launch('SELECT 1') * 0 + 7"
            + " FROM pg_advisory_xact_lock_shared(1)";

    /** The processes that hold a lock that no job and no launcher of this test holds. */
    private static final String ANSWERERS = "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            + " AND mode = 'ExclusiveLock' AND pid <> pg_backend_pid()"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    private final List<Connection> sessions = new ArrayList<>();

    @AfterEach
    void closeSessions() throws SQLException {
        for (Connection session : sessions) {
            session.close();
        }
    }

    private void open(int number, String... parameters) throws SQLException {
        for (int i = 0; i < number; i++) {
            sessions.add(database.connect(parameters));
        }
    }

    private List<Running<String>> inAll(String sql) {
        return sessions.stream().map(session -> Running.start(() -> Sql.value(session, sql))).toList();
    }

    /** Has all sessions wait for a lock that a connection takes. */
    private List<Running<String>> waitingInAll(Connection raw, String sql) throws Exception {
        Sql.run(raw, "SELECT pg_catalog.pg_advisory_lock(1)");
        List<Running<String>> calls = inAll(sql);
        awaitWaiting(raw, sessions.size());
        return calls;
    }

    private static void assertAnswered(List<Running<String>> calls) throws Exception {
        for (Running<String> call : calls) {
            assertThat(call.get(LATE)).isEqualTo("7");
        }
    }

    private static void awaitWaiting(Connection raw, int number) throws Exception {
        Await.until("the jobs wait", LATE, () -> Integer.toString(number).equals(Sql.value(raw,
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted")));
    }

    @Test
    void thereAreOnlyAsManyConnectionsAsTheUrlSays() throws Exception {
        open(12, "pgbgMaxAnswerers=2");
        try (Connection raw = database.connectRaw()) {
            List<Running<String>> calls = waitingInAll(raw, WAITING);
            assertThat(Sql.rows(raw, ANSWERERS)).hasSize(2);
            Sql.run(raw, "SELECT pg_advisory_unlock_all()");
            assertAnswered(calls);
            closeSessions();
            new ServerState(raw).awaitNothingLeft();
        }
    }

    @Test
    void manyFirstCallsAtOnceAreAllAnswered() throws Exception {
        open(40, "pgbgMaxAnswerers=1", "pgbgOnExhaustion=queue", "pgbgMaxWorkers=8");
        assertAnswered(inAll(CALL));
        assertAnswered(inAll(CALL));
    }

    @Test
    void whenTheConnectionIsLostAllThatWaitAreAnsweredOverAnotherOne() throws Exception {
        open(8, "pgbgMaxAnswerers=1");
        try (Connection raw = database.connectRaw()) {
            List<Running<String>> calls = waitingInAll(raw, WAITING);
            List<String> before = Sql.rows(raw, ANSWERERS);
            assertThat(before).hasSize(1);
            Sql.run(raw, "SELECT pg_terminate_backend(" + before.get(0) + ")");
            Await.until("another one writes", LATE, () -> {
                List<String> now = Sql.rows(raw, ANSWERERS);
                return now.size() == 1 && !now.equals(before);
            });
            Sql.run(raw, "SELECT pg_advisory_unlock_all()");
            assertAnswered(calls);
        }
        assertAnswered(inAll(CALL));
    }

    @Test
    void whenTheMailboxesAreSweptAsWellAllAreAnswered() throws Exception {
        open(8, "pgbgMaxAnswerers=1");
        try (Connection raw = database.connectRaw()) {
            List<Running<String>> calls = waitingInAll(raw, WAITING);
            Sql.run(raw, "SELECT pg_terminate_backend(pid) FROM (" + ANSWERERS + ") AS a");
            Sql.run(raw, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
            Sql.run(raw, "SELECT pg_advisory_unlock_all()");
            assertAnswered(calls);
        }
    }

    /** When it is used for the first time it is asked for what the driver knows of the server from then on. */
    @Test
    @SinceRelease(value = 11, because = "a test cannot lock a view in older ones")
    void whenTheConnectionIsLostBeforeItHasAnsweredTheFirstQuestion() throws Exception {
        try (Connection raw = database.connectRaw(); Connection other = database.connect("pgbgInheritSettings=none")) {
            assertThat(Sql.value(other, CALL)).as("a connection for answers is kept").isEqualTo("7");
            other.close();
            open(1);
            Sql.run(raw, "BEGIN; LOCK TABLE pg_catalog.pg_settings IN ACCESS EXCLUSIVE MODE");
            List<Running<String>> calls = inAll(CALL);
            String asked = "SELECT pid FROM pg_locks WHERE relation = 'pg_catalog.pg_settings'::regclass AND NOT granted";
            Await.until("it is asked", LATE, () -> Sql.rows(raw, asked).size() == 1);
            Sql.run(raw, "SELECT pg_terminate_backend(pid) FROM (" + asked + ") AS a; ROLLBACK");
            assertAnswered(calls);
        }
    }

    @Test
    void oneThatIsThereServesSessionsForWhichTheServerHasNoOther() throws Exception {
        try (Connection raw = database.connectRaw()) {
            // for two launchers, a worker and an answerer
            Sql.run(raw, "ALTER ROLE " + ROLE + " CONNECTION LIMIT 4");
            sessions.add(database.connectAs(ROLE));
            sessions.add(database.connectAs(ROLE));
            assertThat(Sql.value(sessions.get(0), CALL)).isEqualTo("7");
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_lock(1)");
            Running<String> waiting = Running.start(() -> Sql.value(sessions.get(0), LISTENED));
            awaitWaiting(raw, 1);
            assertThat(Sql.value(sessions.get(1), CALL)).isEqualTo("7");
            Sql.run(raw, "SELECT pg_advisory_unlock_all()");
            assertThat(waiting.get(LATE)).isEqualTo("7");
        }
    }

    @Test
    void whatOnlyWaitsNeedsNoThread() throws Exception {
        open(10, "pgbgMaxAnswerers=2");
        try (Connection raw = database.connectRaw()) {
            List<Running<String>> calls = waitingInAll(raw, LISTENED);
            Await.until("no thread serves", LATE, () -> Thread.getAllStackTraces().values().stream()
                    .flatMap(Arrays::stream).noneMatch(frame -> frame.getClassName().endsWith("ServingThread")));
            Sql.run(raw, "SELECT pg_advisory_unlock_all()");
            assertAnswered(calls);
        }
    }
}
