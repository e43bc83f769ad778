package io.pgbg.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.testkit.Failure;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A primary and a standby that follows it, several hosts in the URL, and at the end the promotion of the standby. */
@Timeout(180)
@NotAmongTraps("about standbys; others send the same SQL")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StandbyIT {

    private static final String RECOVERY = "SELECT pg_is_in_recovery()::text";
    private static final String REPORTS = "SELECT pg_background_progress(50, 'half'); SELECT 42";

    private static DebianServer primary;
    private static DebianServer standby;

    @BeforeAll
    static void startServers() throws Exception {
        assumeTrue(DebianServer.isInstalled(), "no server of Debian's packages is installed (postgresql)");
        primary = DebianServer.start();
        standby = primary.startStandby();
        try (Connection admin = primary.connectRaw()) {
            Sql.run(admin, "CREATE TABLE written (by text)");
            Sql.run(admin, "CREATE DATABASE installed");
        }
        try (Connection installing = DriverManager.getConnection("jdbc:pgbg://127.0.0.1:" + primary.port()
                + "/installed?user=postgres")) {
            Sql.run(installing, "CREATE EXTENSION pg_background");
        }
        DebianServer.awaitReplay(primary, standby);
    }

    @AfterAll
    static void stopServers() throws Exception {
        if (standby != null) {
            standby.close();
        }
        if (primary != null) {
            primary.close();
        }
    }

    private static Connection onStandby() throws SQLException {
        return DriverManager.getConnection(standby.url("user=postgres"));
    }

    private static String job(Connection connection, String sql) throws SQLException {
        return String.join(";", Sql.result(connection, Sql.launch(connection, sql)));
    }

    @Test
    @Order(1)
    void jobsReadOnAStandby() throws SQLException {
        try (Connection connection = onStandby()) {
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
            int writing = Sql.launch(connection, "INSERT INTO written VALUES ('standby')");
            assertThat(Sql.stateOf(() -> Sql.result(connection, writing))).isEqualTo("25006");
        }
    }

    @Test
    @Order(1)
    void progressIsLeftOutOnAStandby() throws SQLException {
        try (Connection connection = onStandby()) {
            assertThat(job(connection, REPORTS)).isEqualTo("42");
            assertThat(job(connection, "SELECT pg_background_progress(pct => 50, msg => 'half'), 43"))
                    .isEqualTo("null,43");
            assertThat(job(connection, "DO $$ BEGIN PERFORM pg_background_progress (1 + 1); END $$; SELECT 44"))
                    .isEqualTo("44");
            int failing = Sql.launch(connection, "SELECT pg_background_progress(50, 'half'); SELECT none");
            Failure failure = Failure.of(() -> Sql.result(connection, failing));
            assertThat(failure.state()).isEqualTo("42703");
            assertThat(failure.position()).isEqualTo(51);
        }
    }

    @Test
    @Order(1)
    void callsInOtherSqlAreRefusedOnAStandby() throws SQLException {
        try (Connection connection = onStandby()) {
            assertRefused(Failure.of(connection, "SELECT abs(pg_background_launch('SELECT 1'))"));
            assertThat(job(connection, "SELECT 42")).isEqualTo("42");
        }
        try (Connection connection = DriverManager.getConnection("jdbc:pgbg://127.0.0.1:" + standby.port()
                + "/installed?user=postgres")) {
            assertRefused(Failure.of(connection, "SELECT abs(pg_background_launch('SELECT 1'))"));
        }
    }

    private static void assertRefused(Failure failure) {
        assertThat(failure.state()).isEqualTo("25006");
        assertThat(failure.message())
                .isEqualTo("pg_background functions cannot be called from other SQL during recovery");
        assertThat(failure.hint()).contains("a statement that is nothing but the call works here");
    }

    @ParameterizedTest
    @Order(1)
    @CsvSource({"primary, false", "secondary, true", "preferSecondary, true", "preferPrimary, false"})
    void workersGoToTheHostThatWasChosen(String type, String recovery) throws SQLException {
        String url = "jdbc:pgbg://127.0.0.1:" + standby.port() + ",127.0.0.1:" + primary.port()
                + "/postgres?user=postgres&targetServerType=" + type;
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(Sql.value(connection, RECOVERY)).isEqualTo(recovery);
            assertThat(job(connection, RECOVERY)).isEqualTo(recovery);
        }
    }

    /** The session and a job live through it; then both may write, and calls in other SQL are answered. */
    @Test
    @Order(2)
    void aPromotionEndsNoSession() throws Exception {
        try (Connection connection = onStandby(); Connection blocker = standby.connectRaw()) {
            Sql.run(blocker, "SELECT pg_advisory_lock(1)");
            int waiting = Sql.launch(connection, "SELECT 42 FROM (SELECT pg_advisory_lock(1)) AS l");
            assertThat(job(connection, RECOVERY)).isEqualTo("true");
            primary.stop();
            standby.promote();
            Sql.run(blocker, "SELECT pg_advisory_unlock(1)");
            assertThat(Sql.result(connection, waiting)).containsExactly("42");
            assertThat(job(connection, "INSERT INTO written VALUES ('promoted') RETURNING by")).isEqualTo("promoted");
            assertThat(Sql.value(connection, "SELECT by || '!' FROM pg_background_result(abs(pg_background_launch("
                    + "'SELECT by FROM written'))) AS (by text)")).isEqualTo("promoted!");
            assertThat(job(connection, REPORTS)).isEqualTo("42");
        }
        String url = "jdbc:pgbg://127.0.0.1:" + primary.port() + ",127.0.0.1:" + standby.port()
                + "/postgres?user=postgres&targetServerType=primary";
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(job(connection, RECOVERY)).isEqualTo("false");
        }
    }
}
