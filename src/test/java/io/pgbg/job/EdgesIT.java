package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Things that came out wrong once: what is cut, detached, closed or timed out at an unlucky moment. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class EdgesIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String LARGE = "SELECT g, repeat('x', 200) FROM generate_series(1, 50000) AS g";

    private final TestDatabase database;

    EdgesIT(TestDatabase database) {
        this.database = database;
    }

    private static void assertState(String state, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(state));
    }

    @Test
    void maxFieldSizeDoesNotCutTheJob() throws SQLException {
        try (Connection connection = database.connect(); Statement plain = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(
                        "SELECT * FROM pg_background_result(pg_background_launch(?)) AS (t text)")) {
            prepared.setMaxFieldSize(8);
            prepared.setString(1, "SELECT 'a text longer than eight'");
            try (ResultSet row = prepared.executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo("a text l");
            }
            plain.setMaxFieldSize(8);
            try (ResultSet row = plain.executeQuery(
                    "SELECT * FROM pg_background_result(pg_background_launch('SELECT ' || '123456789'))")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getInt(1)).isEqualTo(123_456_789);
            }
        }
    }

    @Test
    void namesOfSettingsAreNoSql() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "SET standard_conforming_strings = off");
            Sql.run(connection, "SELECT $$ set \"a.x\\', true)]::text[], (select 1/0) -- \" = 1$$");
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 1"))).containsExactly("1");
        }
    }

    @Test
    void manyNamesInALiteralDoNotHideASetting() throws SQLException {
        StringBuilder names = new StringBuilder("SELECT '");
        for (int i = 0; i < 900; i++) {
            names.append(" set a").append(i).append(".b = 1");
        }
        try (Connection connection = database.connect()) {
            for (int i = 0; i < 3; i++) {
                Sql.run(connection, names.toString().replace(".b", ".b" + i) + "'");
                Sql.run(connection, "SET app.tenant = '42'");
                assertThat(Sql.result(connection, Sql.launch(connection, "SELECT current_setting('app.tenant', true)")))
                        .containsExactly("42");
            }
        }
    }

    @Test
    void aStreamWhoseJobIsDetachedSaysSo() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, LARGE);
            ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(rows.next()).isTrue();
            Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            assertState("42704", () -> Sql.rows(rows));
        }
    }

    @Test
    void aStreamWhoseConnectionIsClosedSaysSo() throws SQLException {
        Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result("
                + Sql.launch(connection, LARGE) + ")");
        assertThat(rows.next()).isTrue();
        connection.close();
        assertThatThrownBy(() -> Sql.rows(rows)).isInstanceOf(SQLException.class);
    }

    @Test
    void aJobDetachedUnderAWaitingReaderIsGone() throws Exception {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "SELECT g FROM generate_series(1, 1) AS g, pg_catalog.pg_sleep(1)");
            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("SELECT * FROM pg_background_result(" + pid + ")");
                } catch (SQLException e) {
                    throw new IllegalStateException(e.getSQLState());
                }
            });
            Await.until("the job runs", SOON, () -> "PgSleep".equals(Sql.value(connection,
                    "SELECT wait_event FROM pg_stat_activity WHERE pid = " + pid)));
            Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS)).hasMessageContaining("42704");
        }
    }

    @Test
    void closingWithWaitLetsGoOfTheLaunchersLocksFirst() throws Exception {
        database.execute("CREATE TABLE locked AS SELECT 1 AS i");
        Connection connection = database.connect("pgbgOnClose=wait");
        connection.setAutoCommit(false);
        Sql.run(connection, "UPDATE locked SET i = 2");
        Sql.launch(connection, "UPDATE locked SET i = 3 RETURNING i");
        Sql.launch(connection, "TRUNCATE locked");
        connection.close();
        try (Connection raw = database.connectRaw()) {
            assertThat(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                    + "AND query LIKE '%locked%' AND pid <> pg_backend_pid()")).isEqualTo("0");
        }
    }

    @Test
    void launchesThatRaceWithCloseLeaveNoWorker() throws Exception {
        for (int i = 0; i < 20; i++) {
            Connection connection = database.connect("ApplicationName=racing", "pgbgIdleWorkers=0");
            CompletableFuture<Void> launching = CompletableFuture.runAsync(() -> {
                try {
                    while (true) {
                        Sql.launch(connection, "SELECT 1");
                    }
                } catch (SQLException e) {
                    // closed
                }
            });
            Await.until("a job is launched", SOON, () -> launching.isDone() || !"0".equals(racing()));
            connection.close();
            launching.get(10, TimeUnit.SECONDS);
        }
        Await.until("no worker is left", SOON, () -> "0".equals(racing()));
    }

    private static String racing() throws SQLException {
        try (Connection admin = TestDatabase.connectAdmin()) {
            return Sql.value(admin, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'racing'");
        }
    }

    @Test
    void aNestedLaunchThatTimesOutIsNotAttachedForEver() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "SET pg_background.max_workers = 2");
            for (int i = 0; i < 4; i++) {
                try (Statement statement = connection.createStatement()) {
                    statement.setQueryTimeout(1);
                    assertState("57014", () -> statement.execute(
                            "SELECT * FROM pg_background_result(pg_background_launch('SELECT"
                                    + " pg_catalog.pg_sleep(2)'))"));
                }
            }
        }
    }

    @Test
    void theTimeoutHoldsBehindTheFirstResult() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertState("57014", () -> statement.execute("SELECT 1; SELECT * FROM pg_background_result("
                    + "pg_background_launch('SELECT pg_catalog.pg_sleep(10)'))"));
            assertThat(statement.getResultSet()).isNull();
        }
    }

    @Test
    void aDeadlockBetweenTwoWindowsIsFound() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE TABLE wide AS SELECT g AS id, repeat('x', 1000) AS t "
                    + "FROM generate_series(1, 20000) AS g");
            connection.setAutoCommit(false);
            Sql.run(connection, "UPDATE wide SET t = 'mine' WHERE id = 15000");
            int pid = Sql.launch(connection, "SELECT id, t FROM wide FOR UPDATE");
            assertState("40P01", () -> Sql.rows(statement.executeQuery(
                    "SELECT * FROM pg_background_result(" + pid + ")")));
            connection.rollback();
        }
    }

    @Test
    void aStreamedResultCompletesItsStatementAtItsEnd() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, LARGE);
            statement.closeOnCompletion();
            try (ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")")) {
                assertThat(Sql.rows(rows)).hasSize(50_000);
                assertThat(statement.isClosed()).isFalse();
            }
            assertThat(statement.isClosed()).isTrue();
        }
    }

    @Test
    void waitingOutsideATransactionDoesNotBeginOne() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE outside AS SELECT 1 AS i");
            connection.setAutoCommit(false);
            int pid = Sql.launch(connection, "CREATE INDEX CONCURRENTLY ON outside (i)");
            connection.commit();
            assertThat(Sql.result(connection, pid)).containsExactly("CREATE INDEX");
            int slow = Sql.launch(connection, "SELECT pg_catalog.pg_sleep(0.7)");
            connection.commit();
            Sql.result(connection, slow);
            assertThat(connection.unwrap(org.postgresql.core.BaseConnection.class).getTransactionState())
                    .isEqualTo(org.postgresql.core.TransactionState.IDLE);
        }
    }

    @Test
    void whatPgjdbcRefusesByItselfDoesNotFailTheTransaction() throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
            try (PreparedStatement launch = connection.prepareStatement("SELECT pg_background_launch(?)")) {
                assertState("22023", launch::execute);
            }
            assertThat(Sql.value(connection, "SELECT 2")).isEqualTo("2");
            connection.rollback();
        }
    }

    @Test
    void aSecondReaderTakesNoNotices() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE FUNCTION telling(i int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
                    + "IF i % 10000 = 0 THEN RAISE NOTICE '%', i; END IF; RETURN repeat('x', 200); END $$");
            int pid = Sql.launch(connection, "SELECT telling(i) FROM generate_series(1, 50000) AS i");
            ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(rows.next()).isTrue();
            assertState("42704", () -> Sql.result(connection, pid));
            assertThat(Sql.rows(rows)).hasSize(49_999);
            assertThat(Sql.messages(statement.getWarnings())).hasSize(5);
        }
    }

    @Test
    void aSettingThatEqualsTheOldConfigurationIsTakenOverAfterAReload() throws Exception {
        try (Connection connection = database.connect(); Connection admin = TestDatabase.connectAdmin()) {
            assertThat(Sql.result(connection, Sql.launch(connection, "SHOW geqo_effort"))).containsExactly("5");
            Sql.run(connection, "SET geqo_effort = 5");
            String loaded = Sql.value(connection, "SELECT pg_conf_load_time()");
            Sql.run(admin, "ALTER SYSTEM SET geqo_effort = 7");
            try {
                Sql.run(admin, "SELECT pg_reload_conf()");
                Await.until("both sessions have it", SOON, () -> "7".equals(Sql.value(admin, "SHOW geqo_effort"))
                        && !loaded.equals(Sql.value(connection, "SELECT pg_conf_load_time()")));
                for (int i = 0; i < 4; i++) {
                    assertThat(Sql.result(connection, Sql.launch(connection, "SHOW geqo_effort"))).containsExactly("5");
                }
            } finally {
                Sql.run(admin, "ALTER SYSTEM RESET geqo_effort");
                Sql.run(admin, "SELECT pg_reload_conf()");
            }
        }
    }
}
