package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.DriverStatistics;
import io.pgbg.JobInfo;
import io.pgbg.JobServer;
import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that write, launched where standbys run jobs: they run on the primary, or move there. */
@NotAmongTraps("needs servers of its own; others send the same SQL")
class StandbyWritesIT extends WithStandby {

    // ---- where they run

    @Test
    void writingIsRefusedWhereOnlyAStandbyWillDo() throws SQLException {
        try (Connection connection = servers.connect(SECONDARY)) {
            int pid = Sql.launch(connection, "CREATE TABLE refused (n int)");
            assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("25006");
        }
    }

    /** The text shows that it writes. */
    @Test
    void whatWritesRunsOnThePrimary() throws SQLException {
        try (Connection connection = servers.connect(PREFER)) {
            PgbgJob job = jobs(connection).launch("CREATE TABLE written (n int)");
            assertThat(job.server()).isEqualTo(server(false));
            assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
            Sql.run(connection, "DROP TABLE written");
        }
    }

    /** The text does not show it: the standby refuses, and nobody has seen anything of the job. */
    @Test
    void whatAStandbyRefusesRunsOnThePrimary() throws Exception {
        try (Connection connection = servers.connect(PREFER)) {
            Sql.run(connection, "CREATE TABLE hidden (n int); CREATE FUNCTION hidden_insert() RETURNS int LANGUAGE sql"
                    + " AS $$ INSERT INTO hidden VALUES (1) RETURNING n $$");
            int pid = Sql.launch(connection, "SELECT count(*) FROM hidden; SELECT hidden_insert()");
            assertThat(Sql.result(connection, pid)).containsExactly("1");
            // the handle stays, and leads to the process that has the job now
            PgbgJob job = jobs(connection).launch("SELECT hidden_insert() FROM pg_sleep(0); SELECT pg_sleep(600)");
            Await.until("the job has moved", PATIENCE, () -> job.server().equals(server(false)));
            try (Connection raw = servers.primary().connectRaw()) {
                new ServerState(raw).awaitValue("1",
                        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%hidden_insert%pg_sleep(600)%'"
                                + " AND state = 'active' AND pid <> pg_backend_pid()");
            }
            assertThat(jobs(connection).list()).extracting(JobInfo::server).containsExactly(server(false));
            Sql.run(connection, "SELECT pg_background_cancel_v2(" + job.handle().pid() + ", " + job.handle().cookie()
                    + ")");
            assertThat(job.await().state()).isEqualTo(JobState.CANCELED);
            assertThat(Sql.value(connection, "SELECT count(*) FROM hidden")).isEqualTo("1");
            job.detach();
            Sql.run(connection, "DROP TABLE hidden CASCADE; DROP FUNCTION hidden_insert()");
        }
    }

    @Test
    void afterANoticeAJobDoesNotRunAgain() throws SQLException {
        try (Connection connection = servers.connect(PREFER)) {
            List<String> notices = new CopyOnWriteArrayList<>();
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN RAISE NOTICE 'begins'; CREATE TABLE never (n int);"
                    + " END $$");
            job.onNotice(notice -> notices.add(notice.getMessage()));
            assertThat(job.await().sqlState()).isEqualTo("25006");
            assertThat(notices).containsExactly("begins");
            assertThat(job.server()).isEqualTo(server(true));
        }
    }

    @Test
    void aLauncherThatIsReadOnlyHasNoJobThatWrites() throws SQLException {
        try (Connection connection = servers.connect(PREFER)) {
            Sql.run(connection, "SET default_transaction_read_only = on");
            int pid = Sql.launch(connection, "DO $$ BEGIN CREATE TABLE never (n int); END $$");
            assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("25006");
        }
    }

    /** A standby's transactions are read-only whatever the session says; on the primary that says it. */
    @Test
    void aLauncherOnAStandbyWritesOnThePrimary() throws SQLException {
        try (Connection connection = servers.connect("targetServerType=secondary", PREFER)) {
            PgbgJob made = jobs(connection).launch("CREATE TABLE from_standby (n int)");
            assertThat(made.await().state()).isEqualTo(JobState.STOPPED);
            assertThat(made.server()).isEqualTo(server(false));
            assertThat(job(connection, "DO $$ BEGIN DROP TABLE from_standby; END $$")).isEqualTo("DO");
            Sql.run(connection, "SET default_transaction_read_only = on");
            int pid = Sql.launch(connection, "CREATE TABLE from_standby (n int)");
            assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("25006");
        }
    }

    @Test
    void whatIsSubmittedAndIsNoQueryRunsOnThePrimary() throws SQLException {
        try (Connection connection = servers.connect(PREFER)) {
            PgbgJob block = jobs(connection).submit("DO $$ BEGIN CREATE TABLE submitted (n int); END $$");
            assertThat(block.server()).isEqualTo(server(false));
            assertThat(block.await().state()).isEqualTo(JobState.STOPPED);
            PgbgJob query = jobs(connection).submit("SELECT count(*) FROM submitted");
            assertThat(query.server()).isEqualTo(server(true));
            assertThat(query.await().state()).isEqualTo(JobState.STOPPED);
            Sql.run(connection, "DROP TABLE submitted");
        }
    }

    // ---- jobs that move

    @Test
    void aJobThatHasMovedIsSeenToWaitForItsLauncher() throws Exception {
        try (Connection connection = servers.connect(PREFER)) {
            Sql.run(connection, "CREATE TABLE locked AS SELECT 1 AS n");
            Sql.run(connection, "CREATE FUNCTION locked_update() RETURNS int LANGUAGE sql AS"
                    + " $$ UPDATE locked SET n = n + 1 RETURNING n $$");
            connection.setAutoCommit(false);
            Sql.run(connection, "UPDATE locked SET n = 0");
            PgbgJob job = jobs(connection).launch("SELECT locked_update()");
            assertThat(Sql.stateOf(() -> job.await())).isEqualTo("40P01");
            connection.rollback();
            connection.setAutoCommit(true);
            assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
            assertThat(Sql.value(connection, "SELECT n FROM locked")).isEqualTo("2");
            Sql.run(connection, "DROP FUNCTION locked_update(); DROP TABLE locked");
        }
    }

    @Test
    void aJobThatFindsNoPlaceOnThePrimaryFails() throws Exception {
        try (Connection connection = servers.connect(PREFER, "pgbgMaxWorkers=1"); Connection raw =
                servers.primary().connectRaw()) {
            PgbgJob occupying = jobs(connection).launch("CREATE TABLE occupied AS SELECT 1 FROM pg_sleep(600)");
            new ServerState(raw).awaitSleep(occupying.handle().pid());
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN CREATE TABLE never (n int); END $$");
            assertThat(job.await().sqlState()).isEqualTo("53400");
            try {
                job.forEachRow(row -> { });
                throw new AssertionError("It does not fail");
            } catch (SQLException e) {
                assertThat(e.getSuppressed()).hasSize(1);
                assertThat(((SQLException) e.getSuppressed()[0]).getSQLState()).isEqualTo("25006");
            }
            occupying.cancel();
            occupying.await();
        }
    }

    /** Whatever moment it comes at, the job is cancelled or has done its work, and its workers can be used again. */
    @Test
    void aCancelComesAtAnyMomentOfTheMove() throws Exception {
        try (Connection connection = servers.connect(PREFER)) {
            Sql.run(connection, "CREATE TABLE moved (n int)");
            int done = 0;
            for (int i = 0; i < 100; i++) {
                PgbgJob job = jobs(connection).launch("DO $$ BEGIN INSERT INTO moved VALUES (1); END $$");
                long until = System.nanoTime() + i * 100_000L;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                job.cancel();
                assertThat(job.await(PATIENCE)).isTrue();
                assertThat(job.outcome().state()).isIn(JobState.CANCELED, JobState.STOPPED);
                done += job.outcome().state() == JobState.STOPPED ? 1 : 0;
                job.detach();
            }
            assertThat(Sql.value(connection, "SELECT count(*) FROM moved")).isEqualTo(String.valueOf(done));
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
            Sql.run(connection, "DROP TABLE moved");
        }
    }

    /** The cancel has come, the block has gone on, the standby refuses; a worker on the primary is there at once. */
    @Test
    void aJobThatWasCancelledDoesNotMove() throws Exception {
        try (Connection connection = servers.connect(PREFER); Connection raw = servers.standby().connectRaw()) {
            Sql.run(connection, "CREATE TABLE unmoved (n int)");
            jobs(connection).run("SELECT 1", LaunchOptions.DEFAULT.withServer(JobServer.LAUNCHER), Duration.ZERO);
            Await.until("a worker is idle", PATIENCE, () -> DriverStatistics.now().workers().stream().anyMatch(
                    pool -> pool.source().startsWith(server(false)) && pool.idle() > 0));
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN BEGIN PERFORM pg_sleep(600);"
                    + " EXCEPTION WHEN query_canceled THEN NULL; END; INSERT INTO unmoved VALUES (1); END $$");
            new ServerState(raw).awaitSleep(job.handle().pid());
            job.cancel();
            assertThat(job.await(PATIENCE)).isTrue();
            assertThat(job.outcome().state()).isEqualTo(JobState.CANCELED);
            assertThat(job.server()).isEqualTo(server(true));
            assertThat(Sql.value(connection, "SELECT count(*) FROM unmoved")).isEqualTo("0");
            Sql.run(connection, "DROP TABLE unmoved");
        }
    }

    @Test
    void aCancelEndsTheWayToThePrimary() throws Exception {
        try (Forwarder primary = new Forwarder(servers.primary().rawUrl());
                Connection connection = DriverManager.getConnection(Replication.url(List.of(primary.address(),
                        server(true)), PREFER, "connectTimeout=60", "sslmode=disable"));
                Connection blocker = servers.standby().connectRaw()) {
            Sql.run(connection, "CREATE TABLE unreached (n int)");
            Sql.run(blocker, "SELECT pg_advisory_lock(1)");
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN PERFORM pg_advisory_xact_lock(1);"
                    + " INSERT INTO unreached VALUES (1); END $$");
            primary.hold();
            Sql.run(blocker, "SELECT pg_advisory_unlock(1)");
            Await.until("it connects to the primary", PATIENCE, () -> primary.held() > 0);
            job.cancel();
            assertThat(job.await(PATIENCE)).isTrue();
            assertThat(job.outcome().state()).isEqualTo(JobState.CANCELED);
            Sql.run(connection, "DROP TABLE unreached");
        }
    }

    @Test
    void detachedJobsMoveAndCommit() throws Exception {
        try (Connection connection = servers.connect(PREFER); Connection raw = servers.primary().connectRaw()) {
            Sql.run(connection, "CREATE TABLE detached (n int)");
            for (int i = 0; i < 20; i++) {
                jobs(connection).launch("DO $$ BEGIN INSERT INTO detached VALUES (1); END $$",
                        LaunchOptions.DEFAULT.withLabel("detached " + i)).detach();
            }
            new ServerState(raw).awaitValue("20", "SELECT count(*) FROM detached");
            Sql.run(connection, "DROP TABLE detached");
        }
    }

    @Test
    void flightRecorderTellsTheServer() throws Exception {
        Path file = Files.createTempFile("pgbg", ".jfr");
        int pid;
        try (Recording recording = new Recording(); Connection connection = servers.connect(PREFER)) {
            recording.enable("io.pgbg.JobLaunch");
            recording.enable("io.pgbg.JobFinish");
            recording.start();
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN CREATE TABLE recorded (n int); END $$");
            pid = job.handle().pid();
            assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
            Sql.run(connection, "DROP TABLE recorded");
            recording.stop();
            recording.dump(file);
        }
        assertThat(RecordingFile.readAllEvents(file)).filteredOn(event -> event.hasField("pid")
                && event.getInt("pid") == pid).extracting(event -> event.getString("server"))
                .containsExactlyInAnyOrder(server(true), server(false));
        Files.delete(file);
    }

    // ---- jobs that move when their connection is closed

    /** A job that was launched, and one that was submitted, begun on the standby and on their way when nobody waits. */
    @ParameterizedTest
    @ValueSource(strings = {"primary", "secondary"})
    void closingTheConnectionLosesNoJob(String launcher) throws Exception {
        try (Connection admin = servers.primary().connectRaw(); Connection blocker = servers.standby().connectRaw()) {
            Sql.run(admin, "CREATE TABLE unheard (n int); CREATE FUNCTION insert_unheard(m int) RETURNS int"
                    + " LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1);"
                    + " INSERT INTO unheard VALUES (m); RETURN m; END $$");
            servers.awaitReplay();
            Sql.run(blocker, "SELECT pg_advisory_lock(1)");
            try (Connection connection = servers.connect(PREFER, "targetServerType=" + launcher)) {
                new ServerState(blocker).awaitBlocked(jobs(connection).launch("DO $$ BEGIN PERFORM insert_unheard(1);"
                        + " END $$").handle().pid());
                PgbgJob submitted = jobs(connection).submit("SELECT insert_unheard(2)");
                assertThat(submitted.server()).isEqualTo(server(true));
                new ServerState(blocker).awaitBlocked(submitted.handle().pid());
            }
            Sql.run(blocker, "SELECT pg_advisory_unlock(1)");
            new ServerState(admin).awaitValue("2", "SELECT count(*) FROM unheard");
            Sql.run(admin, "DROP FUNCTION insert_unheard(int); DROP TABLE unheard");
        }
    }

    /** Its session has left the pool, which was forgotten; it counts among the workers all the same. */
    @Test
    void whatAClosedConnectionHasLeftRunsInAPool() throws Exception {
        try (Forwarder primary = new Forwarder(servers.primary().rawUrl());
                Connection admin = servers.primary().connectRaw();
                Connection blocker = servers.standby().connectRaw()) {
            Sql.run(admin, "CREATE TABLE counted (n int)");
            Sql.run(blocker, "SELECT pg_advisory_lock(1)");
            String url = Replication.url(List.of(primary.address(), server(true)), PREFER, "pgbgIdleTimeout=0");
            try (Connection connection = DriverManager.getConnection(url)) {
                new ServerState(blocker).awaitBlocked(jobs(connection).launch("DO $$ BEGIN"
                        + " PERFORM pg_advisory_xact_lock(1); INSERT INTO counted VALUES (1); END $$").handle().pid());
            }
            Await.until("the pool is forgotten", PATIENCE, () -> openWorkers(primary.address()) < 0);
            Sql.run(admin, "BEGIN; LOCK TABLE counted");
            Sql.run(blocker, "SELECT pg_advisory_unlock(1)");
            Await.until("its worker is counted", PATIENCE, () -> openWorkers(primary.address()) == 1);
            Sql.run(admin, "COMMIT");
            new ServerState(admin).awaitValue("1", "SELECT count(*) FROM counted");
            Await.until("the pool is forgotten again", PATIENCE, () -> openWorkers(primary.address()) < 0);
            Sql.run(admin, "DROP TABLE counted");
        }
    }

    /** How many workers a server has; -1 if there is no pool for it. */
    private static int openWorkers(String address) {
        return DriverStatistics.now().workers().stream().filter(pool -> pool.source().startsWith(address))
                .mapToInt(DriverStatistics.Workers::open).max().orElse(-1);
    }
}
