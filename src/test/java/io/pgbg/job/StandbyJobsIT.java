package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobServer;
import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs on a standby of the launcher's server, as their user sees them. */
@NotAmongTraps("needs servers of its own; LauncherPositionIT asks the same among traps")
class StandbyJobsIT extends WithStandby {

    // ---- where a job runs

    @ParameterizedTest
    @CsvSource({"launcher, primary, false", "primary, primary, false", "secondary, primary, true",
        "preferSecondary, primary, true", "launcher, secondary, true", "primary, secondary, false",
        "secondary, secondary, true", "preferSecondary, secondary, true"})
    void thePropertyChoosesTheServer(String jobServer, String launcher, boolean standby) throws SQLException {
        try (Connection connection = servers.connect("targetServerType=" + launcher, "pgbgJobServer=" + jobServer)) {
            assertThat(Sql.value(connection, RECOVERY)).isEqualTo(String.valueOf(launcher.equals("secondary")));
            assertThat(job(connection, RECOVERY)).isEqualTo(String.valueOf(standby));
            PgbgJob job = jobs(connection).launch(RECOVERY);
            assertThat(job.server()).isEqualTo(server(standby));
            assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
        }
    }

    @Test
    void aLaunchMayChooseForItself() throws SQLException {
        try (Connection connection = servers.connect()) {
            for (JobServer choice : JobServer.values()) {
                List<String> rows = new ArrayList<>();
                jobs(connection).query(RECOVERY, LaunchOptions.DEFAULT.withServer(choice), Duration.ZERO,
                        row -> rows.add(row.getString(1)));
                assertThat(rows).as(choice.toString()).containsExactly(String.valueOf(
                        choice == JobServer.SECONDARY || choice == JobServer.PREFER_SECONDARY));
            }
        }
        try (Connection connection = servers.connect(SECONDARY)) {
            PgbgJob job = jobs(connection).launch(RECOVERY, LaunchOptions.DEFAULT.withServer(JobServer.LAUNCHER));
            assertThat(job.server()).isEqualTo(server(false));
            job.await();
        }
    }

    @Test
    void dataSourcesHaveTheProperties() throws SQLException {
        io.pgbg.PgbgDataSource source = new io.pgbg.PgbgDataSource();
        source.setServerNames(new String[] {"127.0.0.1", "127.0.0.1"});
        source.setPortNumbers(new int[] {servers.primary().port(), servers.standby().port()});
        source.setDatabaseName("postgres");
        source.setUser("postgres");
        source.setPgbgJobServer("secondary");
        source.setPgbgReplayTimeout(20);
        assertThat(source.getPgbgReplayTimeout()).isEqualTo(20);
        try (Connection connection = source.getConnection()) {
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
        }
    }

    /** Direct calls, and calls that the server makes. */
    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT * FROM pg_background_result(pg_background_launch('SELECT pg_is_in_recovery()')) AS (r bool)",
        "SELECT r FROM pg_background_result(abs(pg_background_launch('SELECT pg_is_in_recovery()'))) AS (r bool)"})
    void howeverItIsCalled(String sql) throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            assertThat(Sql.value(connection, sql)).isEqualTo("t");
            assertThat(Sql.value(connection, sql)).isEqualTo("t");
        }
    }

    @Test
    void inWhateverWayItIsRun() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            Sql.run(connection, "CREATE TABLE ways (n int)");
            // what a standby refuses has run there
            String writing = "SELECT n FROM ways FOR UPDATE";
            assertThat(jobs(connection).run(writing, LaunchOptions.DEFAULT, PATIENCE).outcome().sqlState())
                    .isEqualTo("25006");
            assertThat(jobs(connection).submit(writing).await().sqlState()).isEqualTo("25006");
            assertThat(Sql.stateOf(() -> jobs(connection).query(writing, LaunchOptions.DEFAULT, Duration.ZERO,
                    row -> { }))).isEqualTo("25006");
            assertThat(Sql.value(connection, "SELECT sqlstate FROM pg_background_run_v2('" + writing + "')"))
                    .isEqualTo("25006");
            Sql.run(connection, "DROP TABLE ways");
        }
    }

    @Test
    void withOneHostThereIsNoOtherServer() throws SQLException {
        String primary = Replication.url(List.of(server(false)), SECONDARY);
        try (Connection connection = DriverManager.getConnection(primary)) {
            Failure failure = Failure.of(connection, "SELECT pg_background_launch('SELECT 1')");
            assertThat(failure.state()).isEqualTo("55000");
            assertThat(failure.message()).isEqualTo("no standby that the URL names can run the job");
            assertThat(failure.detail()).isEqualTo("The URL names no other server.");
            assertThat(failure.hint()).contains("preferSecondary");
        }
        try (Connection connection = DriverManager.getConnection(primary.replace("=secondary", "=preferSecondary"))) {
            assertThat(job(connection, RECOVERY)).isEqualTo("false");
        }
        String standby = Replication.url(List.of(server(true)), "pgbgJobServer=primary");
        try (Connection connection = DriverManager.getConnection(standby)) {
            assertThat(Sql.stateOf(connection, "SELECT pg_background_launch('SELECT 1')")).isEqualTo("55000");
        }
        try (Connection connection = DriverManager.getConnection(standby.replace("=primary", "=secondary"))) {
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
        }
    }

    // ---- what a job sees

    @Test
    void seesWhatWasCommittedBeforeTheLaunch() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            Sql.run(connection, "CREATE TABLE seen (n int)");
            for (int i = 1; i <= 200; i++) {
                Sql.run(connection, "INSERT INTO seen VALUES (" + i + ")");
                assertThat(job(connection, "SELECT count(*) FROM seen")).isEqualTo(String.valueOf(i));
            }
            connection.setAutoCommit(false);
            Sql.run(connection, "INSERT INTO seen VALUES (0)");
            assertThat(job(connection, "SELECT count(*) FROM seen")).isEqualTo("200");
            connection.rollback();
            connection.setAutoCommit(true);
            Sql.run(connection, "DROP TABLE seen");
        }
    }

    /** The Java API asks nothing else when nothing was sent since the last launch; others may have committed. */
    @Test
    void seesWhatOthersHaveCommitted() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY); Connection other = servers.primary().connectRaw()) {
            Sql.run(other, "CREATE TABLE others (n int)");
            for (int i = 1; i <= 50; i++) {
                Sql.run(other, "INSERT INTO others VALUES (" + i + ")");
                List<String> rows = new ArrayList<>();
                jobs(connection).query("SELECT count(*)::text FROM others", LaunchOptions.DEFAULT, Duration.ZERO,
                        row -> rows.add(row.getString(1)));
                assertThat(rows).containsExactly(String.valueOf(i));
            }
            Sql.run(other, "DROP TABLE others");
        }
    }

    @Test
    void takesOverSettingsAndRole() throws SQLException {
        try (Connection admin = servers.primary().connectRaw()) {
            Sql.run(admin, "CREATE ROLE standby_reader");
        }
        try (Connection connection = servers.connect(SECONDARY)) {
            Sql.run(connection, "SET work_mem = '7MB'; SET search_path = nowhere; SET app.tenant = '42';"
                    + " SET ROLE standby_reader");
            assertThat(job(connection, "SELECT current_setting('work_mem'), current_setting('search_path'),"
                    + " current_setting('app.tenant'), current_user, session_user"))
                    .isEqualTo("7MB,nowhere,42,standby_reader,postgres");
            Sql.run(connection, "SET LOCAL work_mem = '8MB'; RESET ROLE");
            assertThat(job(connection, "SELECT current_user")).isEqualTo("postgres");
            int pid = Sql.launch(connection, "SELECT 1");
            Sql.run(connection, "SET ROLE standby_reader");
            assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("42501");
        } finally {
            try (Connection admin = servers.primary().connectRaw()) {
                Sql.run(admin, "DROP ROLE standby_reader");
            }
        }
    }

    @Test
    void aSerializableLauncherHasNoJobsOnAStandby() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            Sql.run(connection, "SET default_transaction_isolation = serializable");
            Failure failure = Failure.of(connection, "SELECT pg_background_launch('SELECT 1')");
            assertThat(failure.state()).isEqualTo("0A000");
            assertThat(failure.message()).isEqualTo("cannot run a serializable job on a standby");
        }
        try (Connection connection = servers.connect(PREFER)) {
            Sql.run(connection, "SET default_transaction_isolation = serializable");
            assertThat(job(connection, RECOVERY)).isEqualTo("false");
        }
    }

    // ---- notices, cancel, wait, list, progress

    @Test
    void noticesArrive() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "DO $$ BEGIN RAISE NOTICE 'from %', pg_is_in_recovery(); END $$");
            statement.execute("SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("from t");
        }
    }

    @Test
    void aCancelReachesTheStandby() throws Exception {
        try (Connection connection = servers.connect(SECONDARY); Connection raw = servers.standby().connectRaw()) {
            PgbgJob sleeping = jobs(connection).launch("SELECT pg_sleep(600)");
            int pid = sleeping.handle().pid();
            new ServerState(raw).awaitSleep(pid);
            Sql.run(connection, "SELECT pg_background_cancel_v2(" + pid + ", " + sleeping.handle().cookie() + ")");
            Failure failure = Failure.of(() -> Sql.result(connection, pid));
            assertThat(failure.state()).isEqualTo("57014");
            assertThat(failure.context()).isEqualTo("background worker, pid " + pid);
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600);"
                    + " EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$");
            new ServerState(raw).awaitSleep(job.handle().pid());
            // only a signal from another connection to the same server ends it
            job.cancel(Duration.ofMillis(300));
            assertThat(job.await(PATIENCE)).isTrue();
            new ServerState(raw).awaitValue("0",
                    "SELECT count(*) FROM pg_stat_activity WHERE pid = " + job.handle().pid());
        }
    }

    @Test
    void theListShowsTheServer() throws Exception {
        try (Connection connection = servers.connect(PREFER); Connection raw = servers.standby().connectRaw()) {
            PgbgJob waiting = jobs(connection).launch("SELECT pg_sleep(600)",
                    LaunchOptions.DEFAULT.withLabel("report"));
            PgbgJob beside = jobs(connection).launch("SELECT 1", LaunchOptions.DEFAULT.withServer(JobServer.LAUNCHER));
            assertThat(jobs(connection).list()).extracting(JobInfo::server)
                    .containsExactly(server(true), server(false));
            assertThat(Sql.rows(connection, "SELECT pid, label FROM pg_background_list"))
                    .contains(waiting.handle().pid() + ",report");
            new ServerState(raw).awaitSleep(waiting.handle().pid());
            new ServerState(raw).awaitValue("1", "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE"
                    + " 'job of %: report%'");
            assertThat(beside.await(PATIENCE)).isTrue();
            assertThat(jobs(connection).awaitAny(List.of(waiting.handle()), Duration.ofMillis(100))).isEmpty();
            waiting.cancel();
            assertThat(waiting.await().sqlState()).isEqualTo("57014");
            assertThat(waiting.outcome().state()).isEqualTo(JobState.CANCELED);
        }
    }

    @Test
    void reportsOfProgressAreLeftOut() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            assertThat(job(connection, "SELECT pg_background_progress(50, 'half'); SELECT 42")).isEqualTo("42");
            PgbgJob job = jobs(connection).launch("SELECT pg_sleep(600)");
            assertThat(job.progress()).isEqualTo(JobProgress.NONE);
            job.cancel();
            job.await();
        }
    }

    @Test
    void manyRowsComeInWindows() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            PgbgJob job = jobs(connection).launch("SELECT g FROM generate_series(1, 100000) AS g",
                    new LaunchOptions(64, null));
            long[] sum = new long[1];
            assertThat(job.forEachRow(row -> sum[0] += row.getLong(1))).isEqualTo(100_000);
            assertThat(sum[0]).isEqualTo(5_000_050_000L);
        }
    }
}
