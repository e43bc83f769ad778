package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** From launch to the worker's end: nothing is lost, and nothing is left. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@AlsoAmongTraps
class LifecycleIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final TestDatabase database;

    LifecycleIT(TestDatabase database) {
        this.database = database;
    }

    /** How many backends there are of a connection with an application name of its own, its workers included. */
    private static String backends(Connection admin, String applicationName) throws SQLException {
        return Sql.value(admin, "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + applicationName
                + "'");
    }

    private static void awaitBackends(String applicationName, int count) throws Exception {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Await.until(count + " backends are left", SOON,
                    () -> Integer.toString(count).equals(backends(admin, applicationName)));
        }
    }

    @Test
    void aThousandDetachedRightAfterTheLaunchAllCommit() throws Exception {
        try (Connection connection = database.connect(); PreparedStatement launch = connection.prepareStatement(
                "SELECT pg_background_detach(pg_background_launch(?))")) {
            Sql.run(connection, "CREATE TABLE kept (i int)");
            for (int i = 0; i < 1000; i++) {
                launch.setString(1, "INSERT INTO kept VALUES (" + i + ")");
                launch.execute();
            }
            Await.until("all jobs have committed", SOON,
                    () -> "1000".equals(Sql.value(connection, "SELECT count(DISTINCT i) FROM kept")));
        }
    }

    @Test
    @NotAmongTraps("takes long, and others send the same SQL")
    void aThousandJobsInAnyMannerLeaveNothingBehind() throws Exception {
        Random random = new Random(4711);
        try (Connection connection = database.connect("ApplicationName=thousand", "pgbgIdleTimeout=0",
                "pgbgMaxWorkers=20")) {
            Sql.run(connection, "CREATE TABLE mixed (i int)");
            for (int i = 0; i < 1000; i++) {
                oneJob(connection, random, i);
            }
        }
        awaitBackends("thousand", 0);
        Await.until("no thread runs a job", SOON, () -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("pgbg job")));
        try (Connection raw = database.connectRaw()) {
            assertThat(Sql.value(raw, "SELECT count(*) - count(DISTINCT i) FROM mixed")).as("done twice")
                    .isEqualTo("0");
            assertThat(Sql.value(raw, "SELECT count(*) > 0 FROM mixed")).isEqualTo("t");
        }
    }

    private static void oneJob(Connection connection, Random random, int i) throws SQLException {
        String[] texts = {"SELECT 1", "INSERT INTO mixed VALUES (" + i + ")", "SELECT 1/0", "syntax error", "",
            "SELECT g, repeat('x', 300) FROM generate_series(1, 5000) AS g", "BEGIN", "VACUUM mixed",
            "DO $$ BEGIN RAISE NOTICE 'n'; END $$"};
        int pid = Sql.launch(connection, texts[random.nextInt(texts.length)]);
        switch (random.nextInt(5)) {
            case 0 -> Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            case 1 -> readSome(connection, pid, 1);
            case 2 -> readSome(connection, pid, 0);
            default -> readSome(connection, pid, Integer.MAX_VALUE);
        }
    }

    private static void readSome(Connection connection, int pid, int most) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")")) {
            int count = 0;
            while (count++ < most && rows.next()) {
                rows.getString(1);
            }
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isIn("22012", "42601", "0A000", "25001");
        }
    }

    @Test
    void aWarmWorkerIsUsedAgainAndIdleOnesGo() throws Exception {
        Set<Integer> pids = new HashSet<>();
        try (Connection connection = database.connect("ApplicationName=warm", "pgbgIdleTimeout=1")) {
            for (int i = 0; i < 50; i++) {
                int pid = Sql.launch(connection, "SELECT 1");
                pids.add(pid);
                Sql.result(connection, pid);
            }
            assertThat(pids).hasSizeLessThan(10);
            awaitBackends("warm", 1);
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 7"))).containsExactly("7");
        }
    }

    @Test
    void aWarmWorkerIsLikeANewOne() throws SQLException {
        try (Connection connection = database.connect("ApplicationName=like new", "pgbgIdleWorkers=1")) {
            String settings = "SELECT string_agg(name || '=' || setting, ';' ORDER BY name) "
                    + "FROM pg_settings WHERE source IN ('client', 'session')";
            List<String> first = Sql.result(connection, Sql.launch(connection, settings));
            for (int i = 0; i < 5; i++) {
                assertThat(Sql.result(connection, Sql.launch(connection, settings))).isEqualTo(first);
            }
            assertThat(first.get(0)).contains("application_name=like new");
        }
    }

    @Test
    void aWarmWorkerThatDiedIsReplaced() throws Exception {
        try (Connection connection = database.connect(); Connection raw = database.connectRaw()) {
            ServerState server = new ServerState(raw);
            for (int i = 0; i < 20; i++) {
                int pid = Sql.launch(connection, "SELECT 1");
                Sql.result(connection, pid);
                Sql.run(raw, "SELECT pg_terminate_backend(" + pid + ")");
                server.awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid);
                // within half a second the driver does not ask whether a warm worker is alive
                assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 2"))).containsExactly("2");
            }
        }
    }

    /** Otherwise a job is attached under the pid of one that is attached still, and its place is lost. */
    @Test
    void aWorkerGetsItsNextJobOnlyWhenTheOneBeforeIsForgotten() throws Exception {
        try (Connection connection = database.connect("pgbgIdleWorkers=1")) {
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            List<Running<Void>> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Running.start(() -> {
                    for (int j = 0; j < 300; j++) {
                        assertThat(jobs.launch("SELECT 1").forEachRow(row -> { })).isEqualTo(1);
                    }
                    return null;
                }));
            }
            for (Running<Void> thread : threads) {
                thread.get(SOON.multipliedBy(3));
            }
            assertThat(jobs.statistics().active()).isZero();
            Sql.assertNoJobIsAttached(connection);
        }
    }

    @Test
    void attachedJobsHaveDifferentPidsWhichAreTheServersOwn() throws SQLException {
        try (Connection connection = database.connect()) {
            Set<Integer> pids = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                pids.add(Sql.launch(connection, "SELECT pg_backend_pid()"));
            }
            assertThat(pids).hasSize(10);
            for (int pid : pids) {
                assertThat(Sql.result(connection, pid)).containsExactly(Integer.toString(pid));
            }
        }
    }

    @Test
    void closingTheLauncherDetachesByDefault() throws Exception {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE closed (i int)");
            Sql.launch(connection, "INSERT INTO closed SELECT 1 FROM pg_catalog.pg_sleep(0.3)");
            Sql.launch(connection, "INSERT INTO closed SELECT g FROM generate_series(2, 10000) AS g "
                    + "RETURNING i, repeat('x', 100)");
        }
        try (Connection raw = database.connectRaw()) {
            Await.until("both jobs have committed", SOON,
                    () -> "10000".equals(Sql.value(raw, "SELECT count(*) FROM closed")));
        }
    }

    @Test
    void closingTheLauncherCancelsWhenAskedTo() throws Exception {
        try (Connection raw = database.connectRaw()) {
            Sql.run(raw, "CREATE TABLE cancelled (i int)");
            try (Connection connection = database.connect("pgbgOnClose=cancel")) {
                Sql.launch(connection, "INSERT INTO cancelled SELECT 1 FROM pg_catalog.pg_sleep(60)");
                Sql.launch(connection, "INSERT INTO cancelled SELECT g FROM generate_series(2, 50000) AS g "
                        + "RETURNING i, repeat('x', 100)");
            }
            Await.until("no job runs", SOON, () -> "0".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity "
                    + "WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()")));
            assertThat(Sql.value(raw, "SELECT count(*) FROM cancelled")).isEqualTo("0");
        }
    }

    @Test
    void closingTheLauncherWaitsWhenAskedTo() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            Sql.run(raw, "CREATE TABLE waited (i int)");
            try (Connection connection = database.connect("pgbgOnClose=wait")) {
                Sql.launch(connection, "INSERT INTO waited SELECT 1 FROM pg_catalog.pg_sleep(0.5)");
                Sql.launch(connection, "INSERT INTO waited SELECT g FROM generate_series(2, 10000) AS g "
                        + "RETURNING i, repeat('x', 100)");
            }
            assertThat(Sql.value(raw, "SELECT count(*) FROM waited")).isEqualTo("10000");
        }
    }

    @Test
    void jobsGoOnWhenTheDelegateIsClosedBehindTheFace() throws Exception {
        Connection connection = database.connect();
        Sql.run(connection, "CREATE TABLE behind (i int)");
        int pid = Sql.launch(connection, "INSERT INTO behind SELECT 1 FROM pg_catalog.pg_sleep(0.2)");
        connection.unwrap(org.postgresql.jdbc.PgConnection.class).close();
        assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOf(SQLException.class);
        connection.close();
        try (Connection raw = database.connectRaw()) {
            Await.until("the job has committed", SOON,
                    () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM behind")));
        }
    }

    @Test
    void aJobTimesOutAsAWhole() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "SET statement_timeout = '2s'");
            int pid = Sql.launch(connection, "SELECT pg_catalog.pg_sleep(1.2); SELECT pg_catalog.pg_sleep(1.2);"
                    + " CREATE TABLE late (i int)");
            Sql.run(connection, "SET statement_timeout = 0");
            assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOfSatisfying(SQLException.class, e -> {
                assertThat(e.getSQLState()).isEqualTo("57014");
                assertThat(e.getMessage()).contains("canceling statement due to statement timeout");
            });
            assertThat(Sql.value(connection, "SELECT to_regclass('late')")).isNull();
        }
    }

    @Test
    void aTimeoutThatComesAtAnyMomentLeavesNoJob() throws Exception {
        try (Connection connection = database.connect(); Connection raw = database.connectRaw()) {
            Sql.run(connection, "CREATE TABLE moments (i int)");
            List<String> states = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Sql.run(connection, "SET pg_background.worker_timeout = '" + (1 + i % 5) + "ms'");
                int pid = Sql.launch(connection, "INSERT INTO moments SELECT 1 FROM pg_catalog.pg_sleep(30)");
                try {
                    Sql.result(connection, pid);
                    states.add("00000");
                } catch (SQLException e) {
                    states.add(e.getSQLState());
                }
            }
            assertThat(states).containsOnly("57014");
            assertThat(Sql.value(raw, "SELECT count(*) FROM moments")).isEqualTo("0");
            Await.until("no job runs", SOON, () -> "0".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity "
                    + "WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()")));
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
}
