package io.pgbg.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.LeftInProcess;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.OwnServer;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.worker.Wait;
import io.pgbg.worker.WorkerSearch;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole server is killed while the driver is in the middle of something, and is started again. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("long")
@NotAmongTraps("about a server that is killed; others send the same SQL")
class KilledServerIT {

    /** How long a caller may be left without an answer when the server is gone. */
    private static final Duration BOUND = Duration.ofSeconds(20);

    private static OwnServer server;

    @BeforeAll
    static void startServer() throws IOException {
        server = OwnServer.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void makeTable() throws SQLException {
        try (Connection raw = server.connectRaw()) {
            Load.prepare(raw);
        }
    }

    /** Starts the server again: this JVM uses it at once, and nothing is left of what was before. */
    private static List<String> doneAfterTheRestart() throws Exception {
        server.startAgain();
        return doneAndNothingLeft();
    }

    private static List<String> doneAndNothingLeft() throws Exception {
        try (Connection connection = server.connect()) {
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 7"))).containsExactly("7");
            Sql.run(connection, "DO $$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch('SELECT 7'))"
                    + " AS r(n int); END $$");
        }
        LeftInProcess.awaitNothing();
        try (Connection raw = server.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
            return Sql.rows(raw, "SELECT n FROM done ORDER BY n");
        }
    }

    private static void assertTold(SQLException e) {
        assertThat(e.getSQLState()).as(e.toString()).matches("08...|57...|58...");
    }

    private static void awaitActive(PgbgJob job) throws Exception {
        try (Connection raw = server.connectRaw()) {
            new ServerState(raw).awaitActive(job.handle().pid());
        }
    }

    private static PgbgConnection jobs(Connection connection) throws SQLException {
        return connection.unwrap(PgbgConnection.class);
    }

    @Test
    void whileJobsAreUnread() throws Exception {
        try (Connection connection = server.connect()) {
            PgbgJob ended = jobs(connection).launch("INSERT INTO done VALUES (1)");
            PgbgJob endedWithRows = jobs(connection).launch("INSERT INTO done VALUES (2) RETURNING n");
            assertThat(ended.await().state()).isEqualTo(JobState.STOPPED);
            assertThat(endedWithRows.await().state()).isEqualTo(JobState.STOPPED);
            PgbgJob paused = jobs(connection).launch("INSERT INTO done VALUES (3);"
                    + " SELECT repeat('x', 1000) FROM generate_series(1, 20000)");
            PgbgJob running = jobs(connection).launch("INSERT INTO done SELECT 4 FROM pg_sleep(600)");
            awaitActive(running);
            try (Connection raw = server.connectRaw()) {
                new ServerState(raw).awaitValue("idle in transaction",
                        "SELECT state FROM pg_stat_activity WHERE pid = " + paused.handle().pid());
            }
            server.kill();

            // what is in this process already may be read
            assertThat(Running.start(() -> ended.forEachRow(row -> { })).get(BOUND)).isEqualTo(1);
            assertThat(Running.start(() -> endedWithRows.forEachRow(row -> { })).get(BOUND)).isEqualTo(1);
            assertTold(Running.start(() -> paused.forEachRow(row -> { })).failure(BOUND));
            assertTold(Running.start(() -> running.forEachRow(row -> { })).failure(BOUND));
            assertTold(Running.start(() -> Sql.launch(connection, "SELECT 1")).failure(BOUND));
        }
        assertThat(doneAfterTheRestart()).containsExactly("1", "2");
    }

    @Test
    void whileSubmittedJobsRun() throws Exception {
        List<Outcome> outcomes = new ArrayList<>();
        try (Connection connection = server.connect()) {
            List<PgbgJob> submitted = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                submitted.add(jobs(connection).submit("INSERT INTO done SELECT " + i + " FROM pg_sleep("
                        + (i < 8 ? 0.02 * i : 600) + ")"));
            }
            awaitActive(submitted.get(11));
            assertThat(submitted.get(0).await().state()).isEqualTo(JobState.STOPPED);
            server.kill();
            for (PgbgJob job : submitted) {
                outcomes.add(job.completion().get(BOUND.toSeconds(), TimeUnit.SECONDS));
            }
        }
        List<String> done = doneAfterTheRestart();
        assertThat(done).doesNotHaveDuplicates().contains("0").doesNotContain("8", "9", "10", "11");
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).state() == JobState.STOPPED) {
                assertThat(done).contains(Integer.toString(i));
            } else {
                assertThat(outcomes.get(i).sqlState()).matches("08...|57...|58...");
            }
        }
    }

    @Test
    void whileAResultOfManyWindowsIsRead() throws Exception {
        try (Connection connection = server.connect(); Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(pg_background_launch("
                        + "'INSERT INTO done SELECT g FROM generate_series(1, 50000) AS g RETURNING n,"
                        + " repeat(''x'', 100)')) AS r(n bigint, x text)")) {
            assertThat(rows.next()).isTrue();
            server.kill();
            assertTold(Running.start(() -> Sql.rows(rows)).failure(BOUND));
        }
        assertThat(doneAfterTheRestart()).isEmpty();
    }

    @Test
    void whileTheRowsOfAJobGoToAFile() throws Exception {
        try (Connection connection = server.connect()) {
            PgbgJob job = jobs(connection).launch("INSERT INTO done VALUES (1); SELECT repeat('x', 300) FROM"
                    + " generate_series(1, 3000000)");
            Running<Outcome> waiting = Running.start(job::await);
            Await.until("the rows go to a file", BOUND, () -> job.outcome().rowCount() > 20_000);
            server.kill();
            assertThat(waiting.get(BOUND).sqlState()).matches("08...|57...|58...");
            assertTold(Running.start(() -> job.forEachRow(row -> { })).failure(BOUND));
        }
        assertThat(doneAfterTheRestart()).isEmpty();
    }

    @Test
    void whileAFunctionOnTheServerWaits() throws Exception {
        try (Connection connection = server.connect()) {
            Running<Void> block = Running.start(() -> {
                Sql.run(connection, "DO $$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch("
                        + "'INSERT INTO done SELECT 1 FROM pg_sleep(600)')) AS r(tag text); END $$");
                return null;
            });
            try (Connection raw = server.connectRaw()) {
                new ServerState(raw).awaitValue("1",
                        "SELECT count(*) FROM pg_stat_activity WHERE " + ServerState.SLEEPS);
            }
            server.kill();
            assertTold(block.failure(BOUND));
        }
        assertThat(doneAfterTheRestart()).isEmpty();
    }

    @Test
    void whileALaunchWaitsForRoom() throws Exception {
        try (Connection connection = server.connect("pgbgMaxWorkers=1", "pgbgOnExhaustion=queue");
                Connection other = server.connect("pgbgMaxWorkers=1", "pgbgOnExhaustion=queue")) {
            awaitActive(jobs(connection).launch("INSERT INTO done SELECT 1 FROM pg_sleep(600)"));
            Running<PgbgJob> launch = Running.start(() -> jobs(other).launch("INSERT INTO done VALUES (2)"));
            Await.until("the launch waits", BOUND, () -> Thread.getAllStackTraces().values().stream().anyMatch(stack ->
                    runs(stack, WorkerSearch.class) && runs(stack, Wait.class)));
            server.kill();
            assertTold(launch.failure(BOUND));
        }
        assertThat(doneAfterTheRestart()).isEmpty();
    }

    private static boolean runs(StackTraceElement[] stack, Class<?> type) {
        return Stream.of(stack).anyMatch(frame -> frame.getClassName().equals(type.getName()));
    }

    @Test
    void whileWorkersAreIdle() throws Exception {
        try (Connection connection = server.connect()) {
            for (int i = 0; i < 2; i++) {
                List<PgbgJob> all = new ArrayList<>();
                for (int j = 0; j < 4; j++) {
                    all.add(jobs(connection).launch("INSERT INTO done VALUES (" + (10 * i + j) + ")"));
                }
                for (PgbgJob job : all) {
                    job.forEachRow(row -> { });
                }
            }
        }
        server.kill();
        server.startAgain();
        // the idle ones are gone, which no job is to notice
        try (Connection connection = server.connect()) {
            List<PgbgJob> all = new ArrayList<>();
            for (int i = 20; i < 28; i++) {
                all.add(jobs(connection).launch("INSERT INTO done VALUES (" + i + ")"));
            }
            for (PgbgJob job : all) {
                assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
            }
        }
        try (Connection raw = server.connectRaw()) {
            assertThat(Sql.rows(raw, "SELECT n FROM done ORDER BY n")).containsExactly("0", "1", "2", "3", "10", "11",
                    "12", "13", "20", "21", "22", "23", "24", "25", "26", "27");
        }
    }

    @Test
    void againAndAgainUnderLoad() throws Exception {
        Load load = new Load(server.jdbcUrl("pgbgIdleTimeout=5", "pgbgOnClose=cancel"));
        load.start(4);
        for (int i = 0; i < 3; i++) {
            int before = load.successes();
            Await.until("jobs end well", BOUND, () -> load.successes() > before + 40);
            server.kill();
            server.startAgain();
        }
        load.end(Duration.ofSeconds(60));
        doneAndNothingLeft();
        try (Connection raw = server.connectRaw()) {
            load.verify(raw);
        }
    }
}
