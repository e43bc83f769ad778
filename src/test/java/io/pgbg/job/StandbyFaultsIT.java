package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.DriverStatistics;
import io.pgbg.JobServer;
import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.OwnServer;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.ReplicatedServer;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.ReplicationExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Jobs on standbys that are promoted, go away, lag, keep silent, or have to replay what jobs read. */
@ExtendWith(ReplicationExtension.class)
@Timeout(120)
@NotAmongTraps("about servers that fail; others send the same SQL")
class StandbyFaultsIT {

    private static final String RECOVERY = "SELECT pg_is_in_recovery()::text";
    private static final String LAUNCH = "SELECT pg_background_launch('SELECT 1')";
    private static final String SECONDARY = "pgbgJobServer=secondary";
    private static final String PREFER = "pgbgJobServer=preferSecondary";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Replication servers;

    StandbyFaultsIT(Replication servers) {
        this.servers = servers;
    }

    private static PgbgConnection jobs(Connection connection) throws SQLException {
        return connection.unwrap(PgbgConnection.class);
    }

    private static String job(Connection connection, String sql) throws SQLException {
        return String.join(";", Sql.result(connection, Sql.launch(connection, sql)));
    }

    /** The primary, where the connection is, and another server. */
    private Connection connect(String other, String... parameters) throws SQLException {
        return DriverManager.getConnection(Replication.url(List.of(servers.primary().address(), other), parameters));
    }

    private static void assertNone(Connection connection, String detail) throws SQLException {
        Failure failure = Failure.of(connection, LAUNCH);
        assertThat(failure.state()).isEqualTo("55000");
        assertThat(failure.message()).isEqualTo("no standby that the URL names can run the job");
        assertThat(failure.detail()).contains(detail);
        // the launcher is as it was
        assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }

    // ---- a standby that is none any more

    @Test
    void aPromotedStandbyHasNoNewJobs() throws Exception {
        ReplicatedServer standby = servers.addStandby();
        try (Connection only = connect(standby.address(), SECONDARY);
                Connection prefers = connect(standby.address(), PREFER);
                Connection blocker = standby.connectRaw()) {
            Sql.run(blocker, "SELECT pg_advisory_lock(1)");
            int running = Sql.launch(only, "SELECT 42 FROM (SELECT pg_advisory_lock(1)) AS l");
            assertThat(job(only, RECOVERY)).isEqualTo("true");
            assertThat(job(prefers, RECOVERY)).isEqualTo("true");
            standby.promote();
            // over the warm connections
            assertNone(only, standby.address() + " is a primary");
            assertThat(jobs(prefers).launch(RECOVERY).server()).isEqualTo(servers.primary().address());
            Sql.run(blocker, "SELECT pg_advisory_unlock(1)");
            assertThat(Sql.result(only, running)).containsExactly("42");
        }
    }

    @Test
    void aStandbyThatGoesAwayEndsItsJobsAndHasNoNewOnes() throws Exception {
        ReplicatedServer standby = servers.addStandby();
        try (Connection only = connect(standby.address(), SECONDARY);
                Connection prefers = connect(standby.address(), PREFER);
                Connection raw = standby.connectRaw()) {
            PgbgJob idle = jobs(prefers).launch(RECOVERY);
            assertThat(idle.await().state()).isEqualTo(JobState.STOPPED);
            idle.detach();
            PgbgJob running = jobs(only).launch("SELECT pg_sleep(600)");
            new ServerState(raw).awaitSleep(running.handle().pid());
            standby.kill();
            assertThat(running.await(PATIENCE)).isTrue();
            Outcome outcome = running.outcome();
            assertThat(outcome.state()).isEqualTo(JobState.ERROR);
            assertThat(outcome.sqlState()).matches("08006|57P0[123]");
            assertThat(Sql.stateOf(() -> running.forEachRow(row -> { }))).isEqualTo("58000");
            assertNone(only, standby.address());
            assertThat(job(prefers, RECOVERY)).isEqualTo("false");
            assertThat(jobs(prefers).launch(RECOVERY).server()).isEqualTo(servers.primary().address());
        }
    }

    // ---- a standby that lags

    @Test
    void aStandbyThatLagsIsWaitedFor() throws Exception {
        try (Connection connection = servers.connect(SECONDARY, "pgbgReplayTimeout=60")) {
            Sql.run(connection, "CREATE TABLE late (n int)");
            servers.awaitReplay();
            servers.standby().pauseReplay();
            Running<String> launching;
            try {
                Sql.run(connection, "INSERT INTO late VALUES (1)");
                launching = Running.start(() -> job(connection, "SELECT count(*) FROM late"));
                awaitWaiting();
                assertThat(launching.isDone()).isFalse();
            } finally {
                servers.standby().resumeReplay();
            }
            assertThat(launching.get(PATIENCE)).isEqualTo("1");
            Sql.run(connection, "DROP TABLE late");
        }
    }

    /** The worker connects before the standby knows what the login begins with by now. */
    @Test
    void whatTheLoginHasIsWaitedForToo() throws Exception {
        try (Connection admin = servers.primary().connectRaw()) {
            Sql.run(admin, "CREATE ROLE standby_login LOGIN");
            Sql.run(admin, "ALTER ROLE standby_login SET app.generation = 'old'");
            servers.awaitReplay();
            servers.standby().pauseReplay();
            Running<String> launching;
            try {
                Sql.run(admin, "ALTER ROLE standby_login SET app.generation = 'new'");
                launching = Running.start(() -> {
                    try (Connection connection = DriverManager.getConnection(servers.url(SECONDARY)
                            .replace("user=postgres", "user=standby_login"))) {
                        return job(connection, "SELECT current_setting('app.generation')");
                    }
                });
                awaitWaiting();
            } finally {
                servers.standby().resumeReplay();
            }
            assertThat(launching.get(PATIENCE)).isEqualTo("new");
            Sql.run(admin, "DROP ROLE standby_login");
        }
    }

    /** A launch has asked the standby what it has replayed. */
    private void awaitWaiting() throws Exception {
        try (Connection raw = servers.standby().connectRaw()) {
            new ServerState(raw).awaitValue("true", "SELECT (count(*) > 0)::text FROM pg_stat_activity"
                    + " WHERE pid <> pg_backend_pid()"
                    + " AND query LIKE 'SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last%'"
                    + " AND clock_timestamp() - query_start < '1s'");
        }
    }

    @Test
    void aStandbyThatLagsDoesNotHoldUpTheNextOne() throws Exception {
        try (ReplicatedServer lagging = servers.addStandby()) {
            String url = Replication.url(List.of(servers.primary().address(), lagging.address(),
                    servers.standby().address()), SECONDARY, "pgbgReplayTimeout=600");
            lagging.pauseReplay();
            try (Connection connection = DriverManager.getConnection(url)) {
                Sql.run(connection, "CREATE TABLE twice (n int)");
                PgbgJob job = jobs(connection).launch("SELECT count(*) FROM twice");
                assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
                assertThat(job.server()).isEqualTo(servers.standby().address());
                Sql.run(connection, "DROP TABLE twice");
            }
        }
    }

    @Test
    void theWaitForAStandbyEnds() throws Exception {
        try (Connection only = servers.connect(SECONDARY, "pgbgReplayTimeout=1");
                Connection prefers = servers.connect(PREFER, "pgbgReplayTimeout=1");
                Connection patient = servers.connect(SECONDARY, "pgbgReplayTimeout=600")) {
            servers.awaitReplay();
            servers.standby().pauseReplay();
            try {
                Sql.run(only, "CREATE TABLE later (n int)");
                assertNone(only, servers.standby().address() + " has not replayed ");
                assertNone(only, " within pgbgReplayTimeout");
                assertThat(job(prefers, "SELECT count(*) FROM later")).isEqualTo("0");
                Statement statement = patient.createStatement();
                Running<Boolean> launching = Running.start(() -> statement.execute(LAUNCH));
                awaitWaiting();
                statement.cancel();
                assertThat(launching.failure(PATIENCE).getSQLState()).isEqualTo("57014");
                statement.setQueryTimeout(1);
                assertThat(Sql.stateOf(() -> statement.execute(LAUNCH))).isEqualTo("57014");
                Running<Boolean> closed = Running.start(() -> patient.createStatement().execute(LAUNCH));
                awaitWaiting();
                patient.abort(Runnable::run);
                assertThat(closed.failure(PATIENCE).getSQLState()).isEqualTo("08006");
            } finally {
                servers.standby().resumeReplay();
            }
            Sql.run(prefers, "DROP TABLE later");
        }
    }

    private String wal(String sql) throws SQLException {
        try (Connection raw = servers.primary().connectRaw()) {
            return Releases.of(raw) >= 10 ? sql : sql.replace("wal", "xlog").replace("lsn()", "location()");
        }
    }

    /**
     * What the open transaction has done is written in part, up to the middle of one of its records, and nothing else
     * is committed that would have the rest written.
     */
    @Test
    void aTransactionThatIsOpenIsNotWaitedFor() throws Exception {
        try (Connection connection = servers.connect(SECONDARY, "pgbgReplayTimeout=2");
                Connection writer = servers.primary().connectRaw()) {
            Sql.run(connection, "CREATE TABLE half (t text)");
            writer.setAutoCommit(false);
            Sql.run(writer, "INSERT INTO half SELECT repeat('x', 100) FROM generate_series(1, 20000)");
            try (Connection raw = servers.primary().connectRaw()) {
                new ServerState(raw).awaitValue("true", wal("SELECT ((pg_current_wal_lsn() - '0/0'::pg_lsn) % 8192 = 0"
                        + " AND pg_current_wal_insert_lsn() - pg_current_wal_lsn() < 8192)::text"));
            }
            assertThat(job(connection, "SELECT count(*) FROM half")).isEqualTo("0");
            writer.rollback();
            Sql.run(connection, "DROP TABLE half");
        }
    }

    /** Such a commit is seen before it is written. */
    @Test
    void commitsThatDoNotWaitForTheDiskAreSeen() throws Exception {
        try (Connection connection = servers.connect(SECONDARY)) {
            Sql.run(connection, "CREATE TABLE quick (n int); SET synchronous_commit = off");
            for (int i = 1; i <= 100; i++) {
                Sql.run(connection, "INSERT INTO quick VALUES (" + i + ")");
                assertThat(job(connection, "SELECT count(*) FROM quick")).isEqualTo(String.valueOf(i));
            }
            Sql.run(connection, "DROP TABLE quick");
        }
    }

    /** With no time to wait a launch only looks. */
    @Test
    void aStandbyThatDoesNotLagIsTakenAtOnce() throws Exception {
        try (Connection connection = servers.connect(SECONDARY, "pgbgReplayTimeout=0")) {
            servers.awaitReplay();
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
        }
    }

    // ---- replay that needs what a job reads

    @Test
    void aJobInConflictWithReplayFailsAsTheServerSays() throws Exception {
        try (Connection connection = servers.connect(PREFER); Connection raw = servers.standby().connectRaw()) {
            Sql.run(connection, "CREATE TABLE conflicting AS SELECT 1 AS n");
            PgbgJob job = jobs(connection).launch("SELECT n FROM conflicting; SELECT pg_sleep(600)");
            new ServerState(raw).awaitSleep(job.handle().pid());
            Sql.run(connection, "DROP TABLE conflicting");
            assertThat(job.await(PATIENCE)).isTrue();
            assertThat(job.outcome().sqlState()).isEqualTo("40001");
            assertThat(Sql.stateOf(() -> job.forEachRow(row -> { }))).isEqualTo("40001");
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
        }
    }

    // ---- silence

    @Test
    void aSilentHostHoldsUpOneLaunch() throws Exception {
        try (Forwarder silent = new Forwarder(servers.standby().rawUrl())) {
            silent.hold();
            String address = silent.url().replaceFirst(".*//([^/]+)/.*", "$1");
            try (Connection connection = connect(address, PREFER, "connectTimeout=1", "sslmode=disable")) {
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(silent.held()).isEqualTo(1);
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                // remembered for hostRecheckSeconds
                assertThat(silent.held()).isEqualTo(1);
            }
            try (Connection connection = connect(address, SECONDARY, "connectTimeout=1", "sslmode=disable")) {
                assertNone(connection, address + " lets nobody in within 1 s");
            }
            silent.pass();
            try (Connection connection = connect(address, PREFER, "hostRecheckSeconds=0")) {
                assertThat(job(connection, RECOVERY)).isEqualTo("true");
            }
        }
    }

    /** What ends a wait ends the launch, and no other server is tried. */
    @Test
    void theSearchEndsWithTheStatement() throws Exception {
        try (Forwarder silent = new Forwarder(servers.standby().rawUrl())) {
            silent.hold();
            String address = silent.url().replaceFirst(".*//([^/]+)/.*", "$1");
            try (Connection connection = connect(address, PREFER, "connectTimeout=60", "sslmode=disable")) {
                // a warm worker on the primary could be had without waiting
                jobs(connection).run("SELECT 1", LaunchOptions.DEFAULT.withServer(JobServer.LAUNCHER), Duration.ZERO);
                Sql.run(connection, "SET statement_timeout = '300ms'");
                assertThat(Sql.stateOf(connection, LAUNCH)).isEqualTo("57014");
                assertThat(Sql.stateOf(connection, "SELECT abs(pg_background_launch('SELECT 1'))")).isEqualTo("57014");
                assertThat(silent.held()).isGreaterThanOrEqualTo(2);
                Sql.run(connection, "SET statement_timeout = 0");
                Statement statement = connection.createStatement();
                Running<Boolean> launching = Running.start(() -> statement.execute(LAUNCH));
                int before = silent.held();
                Await.until("it connects", PATIENCE, () -> silent.held() > before || launching.isDone());
                statement.cancel();
                assertThat(launching.failure(PATIENCE).getSQLState()).isEqualTo("57014");
            }
        }
    }

    @Test
    void aHostThatFallsSilentHoldsUpOneLaunch() throws Exception {
        try (Forwarder link = new Forwarder(servers.standby().rawUrl())) {
            String address = link.url().replaceFirst(".*//([^/]+)/.*", "$1");
            try (Connection connection = connect(address, PREFER, "connectTimeout=1", "sslmode=disable")) {
                int first = Sql.launch(connection, RECOVERY);
                int second = Sql.launch(connection, RECOVERY);
                assertThat(Sql.result(connection, first)).containsExactly("true");
                assertThat(Sql.result(connection, second)).containsExactly("true");
                link.silenceAll();
                link.hold();
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(link.held()).isEqualTo(1);
            }
        }
    }

    // ---- a server of somebody else's

    @Test
    void aServerWithOtherDataIsNotTaken() throws Exception {
        try (OwnServer other = OwnServer.start()) {
            Matcher port = Pattern.compile(":(\\d+)/").matcher(other.jdbcUrl());
            assertThat(port.find()).isTrue();
            String address = "127.0.0.1:" + port.group(1);
            try (Connection connection = DriverManager.getConnection(Replication.url(
                    List.of(servers.standby().address(), address), "targetServerType=secondary",
                    "pgbgJobServer=primary"))) {
                Failure failure = Failure.of(connection, LAUNCH);
                assertThat(failure.state()).isEqualTo("55000");
                assertThat(failure.detail()).contains(address + " has other data than the launcher's server");
            }
        }
    }

    // ---- the end of the launcher

    /** Everything that leads to the connection is gone when this returns. */
    private void launchAndForget() throws Exception {
        Connection connection = servers.connect(PREFER, "ApplicationName=forgotten");
        PgbgJob job = jobs(connection).launch("SELECT g FROM generate_series(1, 100000) AS g",
                new LaunchOptions(64, null));
        Await.until("it waits for its reader", PATIENCE, () -> job.outcome().rowCount() > 0);
    }

    @Test
    void jobsOfAForgottenConnectionEnd() throws Exception {
        launchAndForget();
        try (Connection raw = servers.standby().connectRaw()) {
            ServerState server = new ServerState(raw);
            Await.until("no job waits in its transaction", PATIENCE, () -> {
                System.gc();
                return server.idleTransactions() == 0;
            });
        }
    }

    /** The workers of the standby are nobody's any more, and go with their time. */
    @Test
    void closedConnectionsLeaveThePools() throws Exception {
        try (Connection connection = servers.connect(SECONDARY, "pgbgIdleTimeout=0", "ApplicationName=left")) {
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
        }
        String source = servers.standby().address() + "/postgres";
        try (Connection raw = servers.standby().connectRaw()) {
            new ServerState(raw).awaitBackends("left", 0);
        }
        Await.until("the pools are forgotten", PATIENCE, () -> DriverStatistics.now().workers().stream()
                .noneMatch(workers -> workers.source().equals(source) && workers.open() == 0));
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
}
