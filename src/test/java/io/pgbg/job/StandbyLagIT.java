package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobState;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.ReplicatedServer;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Jobs on standbys that lag: launches wait until what was committed is there. */
@NotAmongTraps("about servers that lag; others send the same SQL")
class StandbyLagIT extends WithStandby {

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
}
