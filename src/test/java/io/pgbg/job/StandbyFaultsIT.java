package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.DriverStatistics;
import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.OwnServer;
import io.pgbg.testkit.ReplicatedServer;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Jobs on standbys that are promoted, go away, or have to replay what jobs read; and launchers that go away. */
@NotAmongTraps("about servers that fail; others send the same SQL")
class StandbyFaultsIT extends WithStandby {

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

    /** A transaction that has begun in recovery writes nothing, also when the server could by now. */
    @Test
    void aJobWritesNothingOnAStandbyThatIsPromotedUnderIt() throws Exception {
        ReplicatedServer standby = servers.addStandby();
        try (Connection connection = connect(standby.address(), PREFER); Connection blocker = standby.connectRaw()) {
            Sql.run(connection, "CREATE TABLE promoted (n int)");
            Sql.run(blocker, "SELECT pg_advisory_lock(1)");
            PgbgJob job = jobs(connection).launch("DO $$ BEGIN PERFORM pg_advisory_xact_lock(1);"
                    + " INSERT INTO promoted VALUES (1); END $$");
            assertThat(job.server()).isEqualTo(standby.address());
            new ServerState(blocker).awaitBlocked(job.handle().pid());
            standby.promote();
            Sql.run(blocker, "SELECT pg_advisory_unlock(1)");
            assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
            assertThat(job.server()).isEqualTo(server(false));
            assertThat(Sql.value(connection, "SELECT count(*) FROM promoted")).isEqualTo("1");
            assertThat(Sql.value(blocker, "SELECT count(*) FROM promoted")).isEqualTo("0");
            Sql.run(connection, "DROP TABLE promoted");
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

    // ---- a server of somebody else's

    @Test
    void aServerWithOtherDataIsNotTaken() throws Exception {
        try (OwnServer other = OwnServer.start()) {
            String address = "127.0.0.1:" + other.port();
            try (Connection connection = DriverManager.getConnection(Replication.url(
                    List.of(servers.standby().address(), address), "targetServerType=secondary",
                    "pgbgJobServer=primary"))) {
                Failure failure = Failure.of(connection, LAUNCH);
                assertThat(failure.state()).isEqualTo("55000");
                assertThat(failure.detail()).contains(address + " has other data than the launcher's server");
            }
        }
    }

    /** The second connection to the primary's address leads to another server. */
    @Test
    void aServerThatHasTakenThePlaceOfAnotherIsNotTaken() throws Exception {
        try (OwnServer other = OwnServer.start();
                Forwarder address = new Forwarder(servers.primary().rawUrl(), other.port());
                Connection connection = DriverManager.getConnection(Replication.url(
                        List.of(server(true), address.address()), "targetServerType=secondary",
                        "pgbgJobServer=primary", "sslmode=disable"))) {
            assertThat(job(connection, RECOVERY)).isEqualTo("false");
            address.reset(address.connected() - 1);
            Failure failure = Failure.of(connection, LAUNCH);
            assertThat(failure.state()).isEqualTo("55000");
            assertThat(failure.detail()).contains(address.address() + " has other data than the launcher's server");
        }
    }

    // ---- a standby without room

    @Test
    void aStandbyWithoutRoomIsPassedOver() throws Exception {
        try (Connection admin = servers.primary().connectRaw()) {
            Sql.run(admin, "CREATE ROLE standby_full LOGIN CONNECTION LIMIT 4");
            servers.awaitReplay();
            String login = "user=standby_full";
            List<Connection> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                others.add(DriverManager.getConnection(servers.standby().rawUrl().replace("user=postgres", login)));
            }
            try (Connection only = DriverManager.getConnection(servers.url(SECONDARY).replace("user=postgres", login));
                    Connection prefers = DriverManager.getConnection(servers.url(PREFER)
                            .replace("user=postgres", login))) {
                Failure failure = Failure.of(only, LAUNCH);
                assertThat(failure.state()).isEqualTo("53000");
                assertThat(failure.message()).isEqualTo("could not register background process");
                assertThat(job(prefers, RECOVERY)).isEqualTo("false");
                others.get(0).close();
                // the server need not have noticed yet
                Await.untilAsserted(PATIENCE, () -> assertThat(job(prefers, RECOVERY)).isEqualTo("true"));
            } finally {
                for (Connection one : others) {
                    one.close();
                }
            }
            Sql.run(admin, "DROP ROLE standby_full");
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
        try (Connection admin = servers.primary().connectRaw()) {
            Sql.run(admin, "CREATE DATABASE left_pools");
        }
        servers.awaitReplay();
        String url = servers.url(SECONDARY, "pgbgIdleTimeout=0").replace("/postgres?", "/left_pools?");
        try (Connection connection = DriverManager.getConnection(url)) {
            int unread = Sql.launch(connection, RECOVERY);
            assertThat(pools("/left_pools")).contains(server(true) + "/left_pools");
            assertThat(Sql.result(connection, unread)).containsExactly("true");
        }
        Await.until("the pools are forgotten", PATIENCE, () -> pools("/left_pools").isEmpty());
        try (Connection admin = servers.primary().connectRaw()) {
            Sql.run(admin, "DROP DATABASE left_pools");
        }
    }

    private static List<String> pools(String database) {
        return DriverStatistics.now().workers().stream().map(DriverStatistics.Workers::source)
                .filter(source -> source.endsWith(database)).toList();
    }
}
