package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** The relay outlives what sessions do, ends when it is told to, and leaves nothing behind. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class RelayLifecycleIT extends WithConnection {

    private static final Duration SOON = Duration.ofSeconds(20);
    /** Not a direct call: the server reads the result. */
    private static final String SEVEN =
            "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)";
    private static final int FIRST_WITH_ALL_SETTINGS = 12;
    private static final String WHO = "SELECT v || '' FROM pg_background_result(pg_background_launch("
            + "'SELECT current_user::text')) AS r(v text)";
    /** A job that ends when the gate, an advisory lock, is opened. */
    private static final String GATED = "SELECT 'through' FROM pg_advisory_xact_lock_shared(1)";

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE ROLE relay_reader;
                CREATE ROLE relay_login LOGIN;
                GRANT relay_reader TO relay_login;
                CREATE TABLE account (id int, balance int);
                CREATE TABLE kept (id int);
                """);
    }

    @AfterAll
    static void dropRoles(TestDatabase database) throws SQLException {
        database.execute("DROP OWNED BY relay_reader, relay_login; DROP ROLE relay_reader, relay_login");
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE account, kept; INSERT INTO account VALUES (1, 0)");
    }

    private void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    private void assertSeven() throws SQLException {
        assertThat(Sql.rows(connection, SEVEN)).containsExactly("7");
    }

    private static String notice(Connection connection, String statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DO $do$ DECLARE p int; t text; BEGIN " + statements + " END $do$");
            List<String> messages = Sql.messages(statement.getWarnings());
            assertThat(messages).hasSize(1);
            return messages.get(0);
        }
    }

    private static int backendOf(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getBackendPID();
    }

    // One job, both worlds

    @Test
    void aJobOfABlockIsReadByADirectCallAndTheOtherWayRound() throws SQLException {
        int pid = Integer.parseInt(notice(connection, "RAISE NOTICE '%', pg_background_launch('SELECT 7');"));
        assertThat(Sql.result(connection, pid)).containsExactly("7");
        int direct = Sql.launch(connection, "SELECT 8");
        assertThat(notice(connection, "SELECT v INTO t FROM pg_background_result(" + direct + ") AS r(v int);"
                + " RAISE NOTICE '%', t;")).isEqualTo("8");
        int composed = Integer.parseInt(Sql.value(connection, "SELECT pg_background_launch('SELECT 9') + 0"));
        run("DO $$ BEGIN PERFORM pg_background_detach(" + composed + "); END $$");
        assertThat(Sql.stateOf(connection, "SELECT pg_background_result(" + composed + ")")).isEqualTo("42704");
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void aJobBelongsToItsSession() throws SQLException {
        int pid = Integer.parseInt(notice(connection, "RAISE NOTICE '%', pg_background_launch('SELECT 7');"));
        try (Connection other = database.connect()) {
            assertThat(Sql.stateOf(other, "SELECT v + 0 FROM pg_background_result(" + pid + ") AS r(v int)"))
                    .isEqualTo("42704");
        }
        assertThat(Sql.result(connection, pid)).containsExactly("7");
    }

    @Test
    void aJobTakesOverTheSettingsOfTheBlock() throws SQLException {
        run("SET TimeZone = 'Asia/Kathmandu'");
        connection.setAutoCommit(false);
        String job = "SELECT concat_ws('|', current_setting('work_mem'), current_setting('TimeZone'),"
                + " current_setting('app.tenant', true), current_setting('app.user', true),"
                + " current_setting('application_name'))";
        assertThat(notice(connection, "SET LOCAL work_mem = '7MB'; SET LOCAL app.tenant = '42';"
                + " PERFORM set_config('app.user', 'bob', true); SET application_name = 'own';"
                + " SELECT v INTO t FROM pg_background_result(pg_background_launch($j$" + job + "$j$)) AS r(v text);"
                + " RAISE NOTICE '%', t;")).isEqualTo("7MB|Asia/Kathmandu|42|bob|own");
        connection.rollback();
        assertThat(notice(connection, "SELECT v INTO t FROM pg_background_result(pg_background_launch($j$" + job
                + "$j$)) AS r(v text); RAISE NOTICE '%', t;")).startsWith("4MB|Asia/Kathmandu|");
    }

    // What a session does

    @Test
    void theTransactionThatFirstUsedTheRelayIsRolledBack() throws SQLException {
        connection.setAutoCommit(false);
        assertSeven();
        connection.rollback();
        assertSeven();
        connection.rollback();
        connection.setAutoCommit(true);
        assertSeven();
    }

    @Test
    void theTransactionThatFirstUsedTheRelayFails() throws SQLException {
        connection.setAutoCommit(false);
        assertSeven();
        assertThat(Sql.stateOf(connection, "SELECT 1 / 0")).isEqualTo("22012");
        assertThat(Sql.stateOf(connection, SEVEN)).isEqualTo("25P02");
        connection.rollback();
        assertSeven();
        connection.commit();
        assertSeven();
    }

    @Test
    void aTextThatRollsBackLeavesTheRelayInOrder() throws SQLException {
        run("BEGIN; " + SEVEN + "; ROLLBACK; " + SEVEN);
        assertSeven();
        run("BEGIN");
        assertSeven();
        run("ROLLBACK");
        assertSeven();
    }

    @Test
    void aSavepointIsRolledBackTo() throws SQLException {
        connection.setAutoCommit(false);
        run("SELECT 1");
        Savepoint savepoint = connection.setSavepoint();
        assertSeven();
        connection.rollback(savepoint);
        assertSeven();
        run("SAVEPOINT b");
        assertSeven();
        run("ROLLBACK TO SAVEPOINT b");
        assertSeven();
        connection.commit();
        assertSeven();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DISCARD ALL", "DISCARD TEMP", "DISCARD PLANS", "SET search_path = ''",
        "SELECT set_config('search_path', '', false)", "RESET ALL", "DEALLOCATE ALL", "CLOSE ALL", "UNLISTEN *",
        "SET search_path = pg_catalog, pg_temp", "SET row_security = off", "SET check_function_bodies = off",
        "SET lo_compat_privileges = on", "SET bytea_output = escape", "SET DateStyle = 'ISO, DMY'",
        "SET client_min_messages = error", "SET lc_messages = 'C'", "SET extra_float_digits = 0",
        "SET statement_timeout = '20s'", "SET lock_timeout = '20s'",
        "SET plan_cache_mode = force_custom_plan", "SET jit = off", "SET IntervalStyle = sql_standard",
        "SET plpgsql.variable_conflict = use_column", "SET plpgsql.extra_errors = 'all'",
        "SET default_transaction_isolation = serializable", "SET quote_all_identifiers = on",
        "SET idle_in_transaction_session_timeout = '20s'", "SET xmloption = document", "SET array_nulls = off"})
    void aStatementBetweenTwoUsesDoesNoHarm(String sql) throws SQLException {
        assumeTrue(Releases.of(connection) >= FIRST_WITH_ALL_SETTINGS || !sql.matches("SET (jit|plan_cache_mode) .*"));
        assertSeven();
        run(sql);
        assertSeven();
        assertThat(notice(connection, "SELECT v INTO t FROM public.pg_background_result(pg_background_launch("
                + "'SELECT 7')) AS r(v int); RAISE INFO '%', t;")).isEqualTo("7");
        run("DISCARD ALL");
        run(sql);
        assertSeven();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DISCARD ALL", "DISCARD TEMP", "ROLLBACK"})
    void aPreparedStatementOutlivesIt(String sql) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(
                "SELECT v + ? FROM pg_background_result(pg_background_launch(?)) AS r(v int)")) {
            for (int i = 0; i < 20; i++) {
                if (sql.equals("ROLLBACK")) {
                    connection.setAutoCommit(false);
                }
                prepared.setInt(1, i);
                prepared.setString(2, "SELECT 7");
                try (ResultSet row = prepared.executeQuery()) {
                    assertThat(Sql.rows(row)).containsExactly(Integer.toString(7 + i));
                }
                if (i % 7 == 6) {
                    if (sql.equals("ROLLBACK")) {
                        connection.rollback();
                    } else {
                        run(sql);
                    }
                }
            }
        }
    }

    // Roles

    @Test
    void theRoleInForceIsTheJobs() throws SQLException {
        assumeTrue(Releases.givesRolesBack(connection));
        String login = Sql.value(connection, "SELECT current_user");
        assertThat(Sql.rows(connection, WHO)).containsExactly(login);
        run("SET ROLE relay_reader");
        assertThat(Sql.rows(connection, WHO)).containsExactly("relay_reader");
        assertThat(notice(connection, "SELECT v INTO t FROM pg_background_result(pg_background_launch("
                + "'SELECT current_user::text')) AS r(v text); RAISE NOTICE '%', t;")).isEqualTo("relay_reader");
        run("RESET ROLE");
        assertThat(Sql.rows(connection, WHO)).containsExactly(login);
        connection.setAutoCommit(false);
        run("SET LOCAL ROLE relay_login");
        assertThat(Sql.rows(connection, WHO)).containsExactly("relay_login");
        connection.commit();
        assertThat(Sql.rows(connection, WHO)).containsExactly(login);
        connection.rollback();
        connection.setAutoCommit(true);
        run("SET SESSION AUTHORIZATION relay_login");
        assertThat(Sql.rows(connection, WHO)).containsExactly("relay_login");
        run("SET ROLE relay_reader");
        assertThat(Sql.rows(connection, WHO)).containsExactly("relay_reader");
    }

    @Test
    void theRelayMayBeUsedFirstUnderARole() throws SQLException {
        assumeTrue(Releases.givesRolesBack(connection));
        try (Connection login = database.connectAs("relay_login")) {
            Sql.run(login, "SET ROLE relay_reader");
            assertThat(Sql.rows(login, WHO)).containsExactly("relay_reader");
            Sql.run(login, "RESET ROLE");
            assertThat(Sql.rows(login, WHO)).containsExactly("relay_login");
            Sql.run(login, "SET ROLE relay_reader");
            assertThat(Sql.rows(login, WHO)).containsExactly("relay_reader");
        }
    }

    @Test
    void aBlockMaySetTheRole() throws SQLException {
        assumeTrue(Releases.givesRolesBack(connection));
        assertThat(notice(connection, "SET LOCAL ROLE relay_reader; SELECT v INTO t FROM pg_background_result("
                + "pg_background_launch('SELECT current_user::text')) AS r(v text); RAISE NOTICE '%', t;"))
                .isEqualTo("relay_reader");
    }

    /** It would forget the role, and the next job would be the login's. */
    @Test
    void aRoleThatTheServerWouldNotGiveBackIsRefused() throws SQLException {
        assumeFalse(Releases.givesRolesBack(connection));
        for (String role : new String[] {"SET ROLE relay_reader", "SET SESSION AUTHORIZATION relay_login;"
                + " SET ROLE relay_reader"}) {
            run(role);
            Failure failure = Failure.of(connection, WHO);
            assertThat(failure.state()).isEqualTo("0A000");
            assertThat(failure.hint()).contains("minor release");
            assertThat(Sql.value(connection, "SHOW role")).isEqualTo("relay_reader");
            assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo("relay_reader");
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT current_user::text")))
                    .as("direct calls work").containsExactly("relay_reader");
            run("RESET ROLE");
            assertThat(Sql.rows(connection, WHO)).containsExactly(Sql.value(connection, "SELECT session_user"));
        }
    }

    @Test
    void whoMayMakeNothingTemporaryIsTold() throws Exception {
        try (TestDatabase tight = TestDatabase.create()) {
            tight.execute("REVOKE TEMP ON DATABASE " + tight.name() + " FROM PUBLIC");
            try (Connection login = tight.connectAs("relay_login")) {
                for (String sql : List.of(SEVEN, "DO $$ BEGIN PERFORM pg_background_launch('SELECT 1'); END $$")) {
                    Failure failure = Failure.of(login, sql);
                    assertThat(failure.state()).isEqualTo("42501");
                    assertThat(failure.message() + failure.detail() + failure.hint()).containsIgnoringCase("temp");
                }
                assertThat(Sql.result(login, Sql.launch(login, "SELECT 7"))).as("direct calls need nothing")
                        .containsExactly("7");
            }
        }
    }

    // Transactions

    /** From this release on a snapshot of the transaction's beginning shows no answer, and nothing else may be read. */
    private static final int FIRST_WITH_READ_ONLY_LARGE_OBJECTS = 16;

    @ParameterizedTest
    @CsvSource({"2,false", "2,true", "4,false", "4,true", "8,false", "8,true"})
    void aReadOnlyTransactionMayBeTheFirstToUseIt(int level, boolean direct) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(level);
        connection.setReadOnly(true);
        if (direct) {
            Sql.result(connection, Sql.launch(connection, "SELECT 1"));
            connection.commit();
        }
        boolean serves = level < Connection.TRANSACTION_REPEATABLE_READ
                || connection.getMetaData().getDatabaseMajorVersion() < FIRST_WITH_READ_ONLY_LARGE_OBJECTS;
        for (int i = 0; i < 2; i++) {
            if (!serves) {
                Failure failure = Failure.of(connection, SEVEN);
                assertThat(failure.state()).isEqualTo("25006");
                assertThat(failure.message()).contains("read-only transaction of isolation level");
                connection.rollback();
                assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 7"))).containsExactly("7");
                connection.rollback();
                continue;
            }
            assertSeven();
            assertThat(Sql.stateOf(connection, "INSERT INTO kept VALUES (1)")).isEqualTo("25006");
            connection.rollback();
        }
    }

    @Test
    void aReadOnlyTransactionUnderWayLetsNoFunctionsBeMadeAndSaysSo() throws SQLException {
        connection.setAutoCommit(false);
        connection.setReadOnly(true);
        run("SELECT 1");
        Failure failure = Failure.of(connection, SEVEN);
        assertThat(failure.state()).isEqualTo("25006");
        assertThat(failure.hint()).contains("before the read-only transaction begins");
        assertThat(failure.context()).as("the driver's own SQL").isNull();
        connection.rollback();
        assertSeven();
        connection.commit();
        run("SELECT 1");
        assertSeven();
    }

    @Test
    void aReadOnlySessionServes() throws SQLException {
        run("SET default_transaction_read_only = on");
        assertSeven();
        assertSeven();
        assertThat(Sql.stateOf(connection, "INSERT INTO kept VALUES (1)")).isEqualTo("25006");
        assertThat(Sql.value(connection, "SHOW transaction_read_only")).isEqualTo("on");
        try (Connection readOnly = database.connect("readOnly=true")) {
            assertThat(Sql.rows(readOnly, SEVEN)).containsExactly("7");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    void theSnapshotOfTheTransactionStaysItsOwn(int level) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(level);
        assertThat(Sql.value(connection, "SELECT count(*) FROM kept")).isEqualTo("0");
        assertThat(Sql.rows(connection, "SELECT v, (SELECT count(*) FROM kept) FROM pg_background_result("
                + "pg_background_launch('INSERT INTO kept VALUES (1)')) AS r(v text)")).containsExactly("INSERT 0 1,0");
        assertThat(Sql.value(connection, "SELECT count(*) FROM kept")).isEqualTo(level < 4 ? "1" : "0");
        assertSeven();
        connection.commit();
        assertThat(Sql.value(connection, "SELECT count(*) FROM kept")).isEqualTo("1");
    }

    @Test
    void afterACommitNoTransactionIsOpen() throws Exception {
        try (Connection raw = database.connectRaw()) {
            assertSeven();
            new ServerState(raw).awaitValue("idle", "SELECT state FROM pg_stat_activity WHERE pid = "
                    + backendOf(connection));
            new ServerState(raw).awaitNothingLeft();
        }
    }

    // A pool

    @Test
    void aPoolHandsTheConnectionOn() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            for (int i = 0; i < 3; i++) {
                try (Connection borrowed = pool.getConnection()) {
                    borrowed.setAutoCommit(false);
                    borrowed.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                    assertThat(Sql.rows(borrowed, SEVEN)).containsExactly("7");
                    // given back without a commit: the pool rolls back and resets
                }
                try (Connection borrowed = pool.getConnection()) {
                    borrowed.setReadOnly(true);
                    borrowed.setSchema("pg_catalog");
                    assertThat(Sql.rows(borrowed, SEVEN)).containsExactly("7");
                }
                try (Connection borrowed = pool.getConnection()) {
                    assertThat(notice(borrowed, "SELECT v INTO t FROM pg_background_result(pg_background_launch("
                            + "'SELECT 7')) AS r(v int); RAISE NOTICE '%', t;")).isEqualTo("7");
                    Sql.run(borrowed, "DISCARD ALL");
                }
            }
        }
    }

    @Test
    void manyConnectionsRelayAtTheSameTime() throws Exception {
        List<Running<Integer>> sessions = new ArrayList<>();
        for (int s = 0; s < 8; s++) {
            int session = s;
            sessions.add(Running.start(() -> {
                try (Connection own = database.connect("ApplicationName=many")) {
                    for (int i = 0; i < 20; i++) {
                        int number = session * 100 + i;
                        assertThat(Sql.rows(own, "SELECT g, v FROM generate_series(1, 3) AS g, pg_background_result("
                                + "pg_background_launch('SELECT ' || (" + number + " + g)::text)) AS r(v int) ORDER"
                                + " BY g"))
                                .containsExactly("1," + (number + 1), "2," + (number + 2), "3," + (number + 3));
                        assertThat(notice(own, "SELECT v INTO t FROM pg_background_result(pg_background_launch("
                                + "'SELECT " + number + "')) AS r(v int); RAISE NOTICE '%', t;"))
                                .isEqualTo(Integer.toString(number));
                    }
                }
                return session;
            }));
        }
        for (Running<Integer> session : sessions) {
            session.get(Duration.ofSeconds(80));
        }
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
        }
    }

    /** A relayed statement waits for a job that waits at the gate. */
    @Nested
    class WhileItWaits {

        private static final String NAME = "relay waits";

        private Connection gate;
        private ServerState server;
        private Connection launcher;
        private int backend;

        @BeforeEach
        void closeTheGate() throws SQLException {
            gate = database.connectRaw();
            server = new ServerState(gate);
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
            launcher = database.connect("ApplicationName=" + NAME, "pgbgIdleTimeout=1");
            backend = backendOf(launcher);
        }

        @AfterEach
        void leaveNothing() throws Exception {
            try {
                openTheGate();
                launcher.close();
                server.awaitBackends(NAME, 0);
                server.awaitNothingLeft();
            } finally {
                gate.close();
            }
        }

        private void openTheGate() throws SQLException {
            Sql.run(gate, "SELECT pg_advisory_unlock_all()");
        }

        private String read(int pid) {
            return "SELECT v || '' FROM pg_background_result(" + pid + ") AS r(v text)";
        }

        private String readInBlock(int pid) {
            return "DO $$ BEGIN PERFORM * FROM pg_background_result(" + pid + ") AS r(v text); END $$";
        }

        /** Waits until the job waits, and the launcher for it. */
        private Running<Boolean> reading(Statement statement, int pid, String sql) throws Exception {
            server.awaitBlocked(pid);
            Running<Boolean> running = Running.start(() -> statement.execute(sql));
            Await.until("the launcher runs the statement that reads", SOON, () -> "t".equals(Sql.value(gate,
                    "SELECT state = 'active' AND query LIKE '%(" + pid + ")%' FROM pg_stat_activity WHERE pid = "
                            + backend)));
            return running;
        }

        private void assertAttached(int pid) throws SQLException {
            openTheGate();
            assertThat(Sql.result(launcher, pid)).containsExactly("through");
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void cancelEndsItAndTheJobStaysAttached(boolean block) throws Exception {
            int pid = Sql.launch(launcher, GATED);
            try (Statement statement = launcher.createStatement()) {
                Running<Boolean> running = reading(statement, pid, block ? readInBlock(pid) : read(pid));
                statement.cancel();
                SQLException e = running.failure(SOON);
                assertThat(e.getSQLState()).isEqualTo("57014");
                assertThat(e.getMessage()).contains("canceling statement due to user request");
            }
            assertAttached(pid);
        }

        @Test
        void aCancelAtAnyMomentLosesNoJob() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            for (int i = 0; i < 30; i++) {
                try (Statement statement = launcher.createStatement()) {
                    Running<Boolean> running = Running.start(() -> statement.execute(read(pid)));
                    long start = System.nanoTime();
                    long after = Duration.ofMillis(i).toNanos();
                    Await.until("the moment has come", SOON, () -> System.nanoTime() - start >= after);
                    // a cancel that comes before the statement has begun ends nothing, as with any statement
                    Await.until("it ends", SOON, () -> {
                        statement.cancel();
                        return running.isDone();
                    });
                    assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
                }
            }
            assertAttached(pid);
            assertThat(Sql.rows(launcher, SEVEN)).containsExactly("7");
        }

        @Test
        void queryTimeoutEndsItAndTheJobStaysAttached() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            try (Statement statement = launcher.createStatement()) {
                statement.setQueryTimeout(1);
                assertThat(Sql.stateOf(() -> statement.execute(read(pid)))).isEqualTo("57014");
            }
            assertAttached(pid);
        }

        @Test
        void statementTimeoutEndsItAndTheJobStaysAttached() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            Sql.run(launcher, "SET statement_timeout = '500ms'");
            Failure failure = Failure.of(launcher, read(pid));
            assertThat(failure.state()).isEqualTo("57014");
            assertThat(failure.message()).isEqualTo("canceling statement due to statement timeout");
            assertThat(Sql.stateOf(launcher, readInBlock(pid))).isEqualTo("57014");
            Sql.run(launcher, "SET statement_timeout = 0");
            assertAttached(pid);
        }

        @Test
        void aCancelInATransactionFailsIt() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            launcher.setAutoCommit(false);
            Sql.run(launcher, "INSERT INTO kept VALUES (1)");
            try (Statement statement = launcher.createStatement()) {
                Running<Boolean> running = reading(statement, pid, read(pid));
                statement.cancel();
                assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
            }
            assertThat(Sql.stateOf(launcher, "SELECT 1")).isEqualTo("25P02");
            launcher.rollback();
            assertAttached(pid);
        }

        @Test
        void interruptEndsIt() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            Thread[] reader = new Thread[1];
            Running<Boolean> running = Running.start(() -> {
                reader[0] = Thread.currentThread();
                try (Statement statement = launcher.createStatement()) {
                    return statement.execute(read(pid));
                }
            });
            server.awaitActive(backend);
            while (reader[0] == null) {
                Thread.onSpinWait();
            }
            reader[0].interrupt();
            assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
            assertAttached(pid);
        }

        @Test
        void abortEndsIt() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            Statement statement = launcher.createStatement();
            Running<Boolean> running = reading(statement, pid, read(pid));
            launcher.abort(Runnable::run);
            assertThat(running.failure(SOON).getSQLState()).startsWith("08");
            assertThat(launcher.isClosed()).isTrue();
            server.awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend);
        }

        @Test
        void closingTheConnectionEndsIt() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            Statement statement = launcher.createStatement();
            Running<Boolean> running = reading(statement, pid, readInBlock(pid));
            launcher.close();
            assertThat(running.failure(SOON).getSQLState()).startsWith("08");
            server.awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend);
        }

        @Test
        void closingTheStatementEndsIt() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            Statement statement = launcher.createStatement();
            Running<Boolean> running = reading(statement, pid, read(pid));
            Running<Boolean> closing = Running.start(() -> {
                statement.close();
                return true;
            });
            assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
            closing.get(SOON);
            assertAttached(pid);
        }

        @Test
        void theServerEndsTheLauncher() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            Statement statement = launcher.createStatement();
            Running<Boolean> running = reading(statement, pid, read(pid));
            Sql.run(gate, "SELECT pg_terminate_backend(" + backend + ")");
            assertThat(running.failure(SOON).getSQLState()).isEqualTo("57P01");
        }

        @Test
        void theServerEndsTheWorker() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            try (Statement statement = launcher.createStatement()) {
                Running<Boolean> running = reading(statement, pid, read(pid));
                Sql.run(gate, "SELECT pg_terminate_backend(" + pid + ")");
                assertThat(running.failure(SOON).getSQLState()).isEqualTo("58000");
            }
            assertThat(Sql.rows(launcher, SEVEN)).containsExactly("7");
        }

        @Test
        void theWaitOfABlockIsCancelledByTheServer() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            try (Statement statement = launcher.createStatement()) {
                Running<Boolean> running = reading(statement, pid, readInBlock(pid));
                Sql.run(gate, "SELECT pg_cancel_backend(" + backend + ")");
                assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
            }
            assertAttached(pid);
        }

        @Test
        @SinceRelease(value = 10, because = "literals are of type text")
        void getWarningsAndItsLikeDoNotWaitMeanwhile() throws Exception {
            int pid = Sql.launch(launcher, GATED);
            try (Statement statement = launcher.createStatement()) {
                Running<Boolean> running = reading(statement, pid, read(pid));
                Running<Boolean> others = Running.start(() -> statement.getWarnings() == null && !statement.isClosed()
                        && !launcher.isClosed());
                assertThat(others.get(SOON)).isTrue();
                openTheGate();
                assertThat(running.get(SOON)).isTrue();
                assertThat(Sql.rows(statement.getResultSet())).containsExactly("through");
            }
        }
    }

    // Deadlock with oneself

    @Test
    void aRowLockOfTheBlockIsFound() throws SQLException {
        String told = notice(connection, """
                UPDATE account SET balance = 1 WHERE id = 1;
                p := pg_background_launch('UPDATE account SET balance = 2 WHERE id = 1');
                BEGIN
                  PERFORM * FROM pg_background_result(p) AS r(v text);
                EXCEPTION WHEN deadlock_detected THEN
                  GET STACKED DIAGNOSTICS t = PG_EXCEPTION_DETAIL;
                  RAISE NOTICE '% % %', t LIKE '%' || p::text || '%', t LIKE '%' || pg_backend_pid()::text || '%',
                    SQLERRM;
                END;""");
        assertThat(told).isEqualTo("t t deadlock detected");
    }

    @Test
    void aRowLockOfTheTransactionIsFound() throws SQLException {
        connection.setAutoCommit(false);
        run("UPDATE account SET balance = 1");
        int pid = Sql.launch(connection, "UPDATE account SET balance = 2");
        Failure failure = Failure.of(connection, "SELECT v, 1 FROM pg_background_result(" + pid + ") AS r(v text)");
        assertThat(failure.state()).isEqualTo("40P01");
        assertThat(failure.detail()).contains(Integer.toString(pid), Integer.toString(backendOf(connection)));
        connection.rollback();
        assertThat(Sql.result(connection, pid)).as("the job is attached still").containsExactly("UPDATE 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT v || '' FROM pg_background_result(pg_background_launch("
                + "'CREATE INDEX CONCURRENTLY ON account (id)')) AS r(v text)",
        "DO $$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch("
                + "'CREATE INDEX CONCURRENTLY ON account (id)')) AS r(v text); END $$"
    })
    void aSnapshotThatAnIndexWaitsForIsFound(String sql) throws SQLException {
        assertSeven();
        Failure failure = Failure.of(connection, sql);
        assertThat(failure.state()).isEqualTo("40P01");
        assertThat(failure.detail()).contains(Integer.toString(backendOf(connection)));
        assertSeven();
    }

    @Test
    void aJobThatWaitsForSomebodyElseIsNoDeadlock() throws Exception {
        try (Connection other = database.connectRaw(); Statement statement = connection.createStatement()) {
            other.setAutoCommit(false);
            Sql.run(other, "UPDATE account SET balance = 5");
            statement.setQueryTimeout(3);
            int pid = Sql.launch(connection, "UPDATE account SET balance = 6");
            assertThat(Sql.stateOf(() -> statement.execute("SELECT v, 1 FROM pg_background_result(" + pid
                    + ") AS r(v text)"))).isEqualTo("57014");
            other.commit();
            assertThat(Sql.result(connection, pid)).containsExactly("UPDATE 1");
        }
    }
}
