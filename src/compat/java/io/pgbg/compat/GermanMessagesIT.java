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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing depends on the language in which the server words its errors. */
@Timeout(120)
@NotAmongTraps("about the language of messages; others send the same SQL")
class GermanMessagesIT {

    private static final String JOB = "abs(pg_background_launch($job$SELECT 'Birne'::varchar, 42$job$))";

    private static DebianServer server;
    private Connection connection;

    @BeforeAll
    static void startServer() throws Exception {
        assumeTrue(DebianServer.isInstalled(), "no server of Debian's packages is installed (postgresql)");
        server = DebianServer.start("lc_messages = 'C'");
        try (Connection admin = server.connectRaw()) {
            try {
                Sql.run(admin, "ALTER SYSTEM SET lc_messages = 'de_DE.UTF-8'");
            } catch (SQLException e) {
                assumeTrue(false, "the locale de_DE.UTF-8 is not installed");
            }
            Sql.run(admin, "SELECT pg_reload_conf()");
            Sql.run(admin, "CREATE DOMAIN fruit AS varchar CHECK (value <> 'Stein')");
            Sql.run(admin, "CREATE DATABASE installed");
        }
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection(server.url("user=postgres"));
        assumeTrue(Failure.of(connection, "SELECT 1 / 0").message().contains("Division durch Null"),
                "the server has no German messages");
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    @Test
    void modifiersAndDomainsInADirectCall() throws SQLException {
        int pid = Sql.launch(connection, "SELECT 'Birne'::varchar, 42");
        assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(" + pid + ") AS (a fruit, b int)"))
                .containsExactly("Birne,42");
    }

    @Test
    void modifiersAndDomainsInOtherSql() throws SQLException {
        assertThat(Sql.rows(connection, "SELECT upper(a), b FROM pg_background_result(" + JOB
                + ") AS (a varchar(20), b int)")).containsExactly("BIRNE,42");
        assertThat(Sql.rows(connection, "SELECT upper(a), b FROM pg_background_result(" + JOB
                + ") AS (a fruit, b int)")).containsExactly("BIRNE,42");
        assertThat(Sql.stateOf(connection, "SELECT upper(a), b FROM pg_background_result(" + JOB
                + ") AS (a varchar(3), b int)")).isEqualTo("22001");
        assertThat(Sql.stateOf(connection, "SELECT a, b FROM pg_background_result(" + JOB + ") AS (a int, b int)"))
                .isEqualTo("42804");
    }

    @Test
    void modifiersInStoredCode() throws SQLException {
        try (Connection own = DriverManager.getConnection("jdbc:pgbg://127.0.0.1:" + server.port()
                + "/installed?user=postgres")) {
            Sql.run(own, "CREATE EXTENSION pg_background");
            Sql.run(own, "CREATE FUNCTION pears() RETURNS text LANGUAGE plpgsql AS $f$ DECLARE told text; BEGIN"
                    + " SELECT r.a INTO told FROM pg_background_result("
                    + "pg_background_launch('SELECT ''Birne''::varchar')) AS r(a varchar(20)); RETURN told; END $f$");
            assertThat(Sql.value(own, "SELECT pears()")).isEqualTo("Birne");
            Sql.run(own, "DROP EXTENSION pg_background CASCADE");
        }
    }

    @Test
    void errorsOfCallsAndJobs() throws SQLException {
        assertThat(Failure.of(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1 / 0'))"))
                .satisfies(failure -> {
                    assertThat(failure.state()).isEqualTo("22012");
                    assertThat(failure.message()).contains("Division durch Null");
                });
        assertThat(Sql.stateOf(connection, "SELECT pg_background_launch(true)")).isEqualTo("42883");
        assertThat(Sql.stateOf(connection, "SELECT abs(pg_background_launch(true))")).isEqualTo("42883");
    }
}
