package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerLog;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server's log shows no warning and no error that the user did not make. */
@AlsoAmongTraps
@SinceRelease(value = 10, because = "the place of the log is told")
class LogIT extends OwnDatabase {

    private static final String SEVEN =
            "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)";
    private static final String BLOCK = "DO $$ BEGIN PERFORM * FROM pg_background_result("
            + "pg_background_launch('SELECT 7')) AS r(v int); END $$";

    private Connection admin;
    private ServerLog log;

    @BeforeEach
    void openTheLog() throws SQLException {
        admin = TestDatabase.connectAdmin();
        log = ServerLog.from(admin, database);
        assumeTrue(log != null, "the server's log can be read");
    }

    @AfterEach
    void closeAdmin() throws SQLException {
        admin.close();
    }

    @Test
    void whatTheUserDoesWrongIsThere() throws Exception {
        assertThat(Sql.stateOf(connection, "SELECT 1 / 0")).isEqualTo("22012");
        assertThat(log.errors()).containsExactly("ERROR:  division by zero");
    }

    @Test
    void theSessionsRelayIsQuiet() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(Sql.rows(connection, SEVEN)).containsExactly("7");
            run(BLOCK);
            run("DO $$ BEGIN PERFORM pg_background_detach(pg_background_launch('SELECT 1')); END $$");
            run("DISCARD ALL");
        }
        connection.setAutoCommit(false);
        run(SEVEN);
        connection.rollback();
        run(SEVEN);
        connection.commit();
        connection.setReadOnly(true);
        run(SEVEN);
        connection.rollback();
        connection.setReadOnly(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        run(SEVEN);
        if (Releases.givesRolesBack(connection)) {
            run("SET LOCAL ROLE " + ROLE);
            run(SEVEN);
        }
        connection.commit();
        assertThat(log.errors()).isEmpty();
    }

    @Test
    void theInstallationIsQuiet() throws Exception {
        run("CREATE EXTENSION IF NOT EXISTS pg_background");
        run("CREATE EXTENSION IF NOT EXISTS pg_background");
        run("SELECT grant_pg_background_privileges('" + ROLE + "')");
        run("CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$");
        try (Connection other = database.connectAs(ROLE)) {
            assertThat(Sql.value(other, "SELECT answer()")).isEqualTo("7");
            assertThat(Sql.rows(other, SEVEN)).containsExactly("7");
        }
        run("SELECT revoke_pg_background_privileges('" + ROLE + "')");
        run("DROP FUNCTION answer()");
        run("ALTER EXTENSION pg_background UPDATE");
        run("DROP EXTENSION pg_background");
        run("DROP EXTENSION IF EXISTS pg_background");
        run(SEVEN);
        assertThat(log.errors()).isEmpty();
    }

    @Test
    void aCaughtErrorIsTheWorkersOnly() throws Exception {
        run("DO $$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1 / 0')) AS r(v int);"
                + " EXCEPTION WHEN division_by_zero THEN NULL; END $$");
        assertThat(log.errors()).containsExactly("ERROR:  division by zero");
    }

    @Test
    void anErrorOfAJobIsTheWorkersAndTheLaunchers() throws Exception {
        assertThat(Sql.stateOf(connection, SEVEN.replace("SELECT 7", "SELECT 1 / 0"))).isEqualTo("22012");
        assertThat(log.errors()).isNotEmpty().containsOnly("ERROR:  division by zero").hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aCancelledWaitIsCancelledAndNothingElse() throws Exception {
        try (Connection gate = database.connectRaw(); Statement statement = connection.createStatement()) {
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
            int pid = Sql.launch(connection, "SELECT 'through' FROM pg_advisory_xact_lock_shared(1)");
            new ServerState(gate).awaitBlocked(pid);
            Running<Boolean> running = Running.start(() -> statement.execute(
                    "SELECT v || '' FROM pg_background_result(" + pid + ") AS r(v text)"));
            new ServerState(gate).awaitBlocked(connection.unwrap(org.postgresql.PGConnection.class).getBackendPID());
            statement.cancel();
            assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(Sql.result(connection, pid)).containsExactly("through");
        }
        assertThat(log.errors()).containsExactly("ERROR:  canceling statement due to user request");
    }

    @Test
    void closingIsQuiet() throws Exception {
        try (Connection own = database.connect("ApplicationName=quiet", "pgbgIdleTimeout=1")) {
            Sql.run(own, SEVEN);
            Sql.run(own, BLOCK);
            Sql.value(own, "SELECT pg_background_launch('SELECT 1') + 0");
        }
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitBackends("quiet", 0);
        }
        assertThat(log.errors()).isEmpty();
    }

    @Test
    void aSessionOfAnotherDriverHasOneError() throws Exception {
        install();
        try (Connection raw = database.connectRaw()) {
            Running<Void> call = Running.start(() -> {
                Sql.run(raw, "SELECT pg_background_launch('SELECT 1')");
                return null;
            });
            assertThat((Object) call.failure(Duration.ofSeconds(10))).isNotNull();
        }
        assertThat(log.errors()).hasSize(1);
    }
}
