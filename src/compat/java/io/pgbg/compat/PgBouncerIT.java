package io.pgbg.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.PgbgConnection;
import io.pgbg.compat.PgBouncer.Mode;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * PgBouncer between the driver and the server: jobs run where it pools sessions, and are refused before anything is set
 * where it does not. The login is a superuser's, whom an application makes one tenant or the other.
 */
@ExtendWith(PostgresExtension.class)
@Timeout(180)
@NotAmongTraps("about the pooler; others send the same SQL")
class PgBouncerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int THREADS = 4;
    private static final int LAUNCHES = 50;
    private static final List<String> TENANTS = List.of("bouncer_ann", "bouncer_bob", "bouncer_cat");

    /** What clients of the same pool have in common: nobody sets any of it. */
    private static final String SEEN = """
            SELECT concat_ws('|', current_user, session_user, current_setting('role'), current_setting('search_path'),
              current_setting('synchronous_commit'), current_setting('lock_timeout'),
              nullif(current_setting('pgbg.worker', true), ''), nullif(current_setting('pgbg.mailbox', true), ''),
              (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_prepared_statements),
              (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
              (SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()))""";

    private final TestDatabase database;

    PgBouncerIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeAll
    static void demandPgBouncer() {
        assumeTrue(PgBouncer.isInstalled(), "PgBouncer is not installed (Debian's package pgbouncer)");
    }

    @BeforeAll
    static void makeTenants(TestDatabase database) throws SQLException {
        try (Connection admin = database.connectRaw()) {
            Sql.run(admin, "CREATE TABLE work (who text)");
            for (String tenant : TENANTS) {
                Sql.run(admin, "CREATE ROLE " + tenant + "; GRANT ALL ON work TO " + tenant);
            }
        }
    }

    @AfterAll
    static void dropTenants(TestDatabase database) throws SQLException {
        try (Connection admin = database.connectRaw()) {
            for (String tenant : TENANTS) {
                Sql.run(admin, "DROP OWNED BY " + tenant + "; DROP ROLE " + tenant);
            }
        }
    }

    @BeforeEach
    void empty() throws SQLException {
        try (Connection admin = database.connectRaw()) {
            Sql.run(admin, "TRUNCATE work");
        }
    }

    private List<String> work() throws SQLException {
        try (Connection admin = database.connectRaw()) {
            return Sql.rows(admin, "SELECT who, count(*) FROM work GROUP BY who ORDER BY who");
        }
    }

    private static void assertRefused(Failure failure) {
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).contains("transaction or statement pooling");
        assertThat(failure.hint()).contains("pool_mode = session").contains("connect to the server itself");
    }

    // ---- sessions

    @Test
    void jobsRunWithRoleAndSettingsWhereSessionsArePooled() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 5);
                Connection connection = bouncer.connect()) {
            for (String tenant : TENANTS) {
                Sql.run(connection, "SET ROLE " + tenant + "; SET search_path = " + tenant + "_path, public;"
                        + " SET application_name = '" + tenant + "'");
                int pid = Sql.launch(connection, "INSERT INTO work VALUES (current_user) RETURNING concat_ws('|',"
                        + " current_user, current_setting('search_path'), current_setting('application_name'))");
                assertThat(Sql.result(connection, pid))
                        .containsExactly(tenant + "|" + tenant + "_path, public|" + tenant);
            }
            assertThat(work()).containsExactly("bouncer_ann,1", "bouncer_bob,1", "bouncer_cat,1");
        }
    }

    @Test
    void aWarmWorkerIsUsedAgain() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 5);
                Connection connection = bouncer.connect("pgbgIdleWorkers=1")) {
            int first = Sql.launch(connection, "SELECT 1");
            Sql.result(connection, first);
            Await.until("the worker is used again", PATIENCE, () -> {
                int next = Sql.launch(connection, "SELECT pg_backend_pid()");
                assertThat(Sql.result(connection, next)).containsExactly(Integer.toString(next));
                return next == first;
            });
        }
    }

    @Test
    void relayedCallsAreAnsweredForLongWhereSessionsArePooled() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 5);
                Connection connection = bouncer.connect()) {
            Sql.run(connection, "SET ROLE bouncer_bob");
            assertThat(Sql.rows(connection, "SELECT upper(who) || '!' FROM pg_background_result(abs("
                    + "pg_background_launch('SELECT current_user::text FROM pg_sleep(6)'))) AS (who text)"))
                    .containsExactly("BOUNCER_BOB!");
            assertThat(Sql.rows(connection, "SELECT who || '!' FROM pg_background_result(abs("
                    + "pg_background_launch('SELECT session_user::text'))) AS (who text)"))
                    .containsExactly("postgres!");
        }
    }

    @Test
    void jobsAreCancelledAndDetachedWhereSessionsArePooled() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 5);
                Connection connection = bouncer.connect()) {
            int endless = Sql.launch(connection, "SELECT pg_sleep(3600)");
            Running<List<String>> reader = Running.start(() -> Sql.result(connection, endless));
            try (Connection raw = database.connectRaw()) {
                new ServerState(raw).awaitActive(endless);
            }
            Running<Integer> canceler = Running.start(() -> connection.unwrap(PgbgConnection.class).cancelAll());
            assertThat(reader.failure(PATIENCE).getSQLState()).isEqualTo("57014");
            assertThat(canceler.get(PATIENCE)).isEqualTo(1);
            int pid = Sql.launch(connection, "INSERT INTO work SELECT current_user FROM pg_sleep(0.3)");
            Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            Await.until("the detached job commits", PATIENCE, () -> work().equals(List.of("postgres,1")));
        }
    }

    /** The server knows the launcher by another pid than the pooler has announced. */
    @Test
    void aDeadlockWithTheLauncherIsFoundWhereSessionsArePooled() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 5);
                Connection connection = bouncer.connect()) {
            connection.setAutoCommit(false);
            Sql.run(connection, "LOCK TABLE work");
            int pid = Sql.launch(connection, "INSERT INTO work VALUES ('never')");
            assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("40P01");
            connection.rollback();
        }
    }

    /** This pooler resets no session before it gives the process to somebody else, in whatever way a job has ended. */
    @Test
    void theNextClientFindsNothingOfTheJobs() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 4)) {
            String untouched;
            try (Connection plain = bouncer.connectRaw()) {
                untouched = Sql.value(plain, SEEN);
            }
            try (Connection connection = bouncer.connect("pgbgIdleWorkers=0")) {
                Sql.run(connection, "SET ROLE bouncer_cat; SET search_path = somewhere");
                assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 1"))).containsExactly("1");
                int endless = Sql.launch(connection, "SELECT pg_sleep(3600)");
                assertThat(connection.unwrap(PgbgConnection.class).cancelAll()).isEqualTo(1);
                assertThat(Sql.stateOf(() -> Sql.result(connection, endless))).isEqualTo("57014");
                assertThat(Sql.value(connection, "SELECT upper(r.t) FROM pg_background_result(abs("
                        + "pg_background_launch('SELECT current_user::text'))) AS r(t text)")).isEqualTo("BOUNCER_CAT");
                Sql.run(connection, "DISCARD ALL");
            }
            // the processes that the jobs have had are there still
            List<Connection> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    Connection client = bouncer.connectRaw();
                    clients.add(client);
                    Await.untilAsserted(PATIENCE, () -> assertThat(Sql.value(client, SEEN)).isEqualTo(untouched));
                }
            } finally {
                for (Connection client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    void aPoolWithoutRoomIsNotWaitedForForEver() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 1);
                Connection connection = bouncer.connect()) {
            Failure failure = Failure.of(connection, "SELECT pg_background_launch('SELECT 1')");
            assertThat(failure.state()).isEqualTo("53000");
            assertThat(failure.hint()).contains("size of the connection pooler's pool");
            assertThat(Sql.value(connection, "SELECT 42")).isEqualTo("42");
        }
    }

    // ---- transactions and statements

    @ParameterizedTest
    @CsvSource({"TRANSACTION, 1", "TRANSACTION, 5", "STATEMENT, 1", "STATEMENT, 5"})
    void allJobsAreRefusedWhereSessionsAreNotPooled(Mode mode, int size) throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, mode, size)) {
            String untouched;
            try (Connection plain = bouncer.connectRaw()) {
                untouched = Sql.value(plain, SEEN);
            }
            Set<String> seen = new ConcurrentSkipListSet<>();
            AtomicBoolean over = new AtomicBoolean();
            List<Running<Integer>> plain = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                plain.add(Running.start(() -> watch(bouncer, seen, over)));
            }
            List<Running<Integer>> launching = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                String tenant = TENANTS.get(i % TENANTS.size());
                boolean inTransaction = mode == Mode.TRANSACTION && size > 1 && i % 2 == 0;
                launching.add(Running.start(() -> launchAll(bouncer, tenant, inTransaction)));
            }
            for (Running<Integer> thread : launching) {
                assertThat(thread.get(PATIENCE)).isEqualTo(LAUNCHES);
            }
            over.set(true);
            for (Running<Integer> client : plain) {
                assertThat(client.get(PATIENCE)).isPositive();
            }
            assertThat(seen).containsExactly(untouched);
            assertThat(work()).isEmpty();
        }
    }

    private static int watch(PgBouncer bouncer, Set<String> seen, AtomicBoolean over) throws SQLException {
        int asked = 0;
        try (Connection plain = bouncer.connectRaw()) {
            while (!over.get()) {
                seen.add(Sql.value(plain, SEEN));
                asked++;
            }
        }
        return asked;
    }

    /** The role is the transaction's, as such a pooler demands it. */
    private static int launchAll(PgBouncer bouncer, String tenant, boolean inTransaction) throws SQLException {
        int refused = 0;
        try (Connection connection = bouncer.connect("prepareThreshold=0")) {
            connection.setAutoCommit(!inTransaction);
            for (int i = 0; i < LAUNCHES; i++) {
                if (inTransaction) {
                    Sql.run(connection, "SET LOCAL ROLE " + tenant);
                }
                String launch = i % 2 == 0 ? "SELECT pg_background_launch('INSERT INTO work VALUES (current_user)')"
                        : "SELECT pg_background_submit('INSERT INTO work VALUES (current_user)')";
                assertRefused(Failure.of(connection, launch));
                refused++;
                if (inTransaction) {
                    connection.rollback();
                }
            }
        }
        return refused;
    }

    @ParameterizedTest
    @CsvSource({"TRANSACTION, 1", "TRANSACTION, 5", "STATEMENT, 5"})
    void callsInOtherSqlAreRefusedAsWell(Mode mode, int size) throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, mode, size);
                Connection connection = bouncer.connect("prepareThreshold=0");
                Connection plain = bouncer.connectRaw()) {
            String untouched = Sql.value(plain, SEEN);
            assertRefused(Failure.of(connection, "SELECT abs(pg_background_launch('SELECT 1'))"));
            assertRefused(Failure.of(() -> connection.unwrap(PgbgConnection.class).submit("SELECT 1")));
            assertRefused(Failure.of(connection, "SELECT abs(pg_background_launch('SELECT 1'))"));
            for (int i = 0; i < 10; i++) {
                assertThat(Sql.value(plain, SEEN)).isEqualTo(untouched);
            }
        }
    }

    /** Clients of the one never get a process of the other, so that no question of theirs shows how they pool. */
    @Test
    void severalPoolersBehindOneAddressAreFoundOut() throws Exception {
        try (PgBouncer first = PgBouncer.start(database, Mode.TRANSACTION, 1);
                PgBouncer second = PgBouncer.start(database, Mode.TRANSACTION, 1);
                Forwarder balancer = new Forwarder(first.url("prepareThreshold=0"), second.port());
                Connection one = first.connectRaw(); Connection other = second.connectRaw()) {
            String untouched = Sql.value(one, SEEN);
            try (Connection connection = DriverManager.getConnection(balancer.url())) {
                Failure failure = Failure.of(connection, "SELECT pg_background_launch('SELECT 1')");
                assertRefused(failure);
                assertThat(failure.detail()).contains("not joined to the connection");
                assertRefused(Failure.of(connection, "SELECT abs(pg_background_launch('SELECT 1'))"));
            }
            assertThat(Sql.value(one, SEEN)).isEqualTo(untouched);
            assertThat(Sql.value(other, SEEN)).isEqualTo(untouched);
        }
    }

    @Test
    void otherStatementsWorkWhereTransactionsArePooled() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.TRANSACTION, 2);
                Connection connection = bouncer.connect("prepareThreshold=0")) {
            assertThat(Sql.value(connection, "SELECT 42")).isEqualTo("42");
            connection.setAutoCommit(false);
            Sql.run(connection, "INSERT INTO work VALUES ('ordinary')");
            Sql.run(connection, "SET LOCAL ROLE bouncer_ann; INSERT INTO work VALUES (current_user)");
            connection.commit();
            assertThat(work()).containsExactly("bouncer_ann,1", "ordinary,1");
        }
    }

    /** The worker that was made before is not trusted. */
    @Test
    void aPoolerThatPoolsTransactionsFromNowOnIsNoticed() throws Exception {
        try (PgBouncer bouncer = PgBouncer.start(database, Mode.SESSION, 5);
                Connection connection = bouncer.connect()) {
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 1"))).containsExactly("1");
            bouncer.change(Mode.TRANSACTION);
            AtomicBoolean over = new AtomicBoolean();
            Running<Integer> plain = Running.start(() -> watch(bouncer, new ConcurrentSkipListSet<>(), over));
            Await.until("launches are refused", PATIENCE, () -> {
                try {
                    Sql.result(connection, Sql.launch(connection, "SELECT 1"));
                    return false;
                } catch (SQLException e) {
                    return "0A000".equals(e.getSQLState());
                }
            });
            over.set(true);
            assertThat(plain.get(PATIENCE)).isPositive();
        }
    }
}
