package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The owner of a database, who is no superuser, makes operators that match better than those of the server, and waits
 * for a superuser to use the driver there: each operator does its work, and makes him a superuser.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@NotAmongTraps("plants operators of its own")
class HijackedOperatorsIT {

    private static final String OWNER = "hijack_owner";
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int PROGRESS_OF_COPY = 14;

    private TestDatabase database;

    @BeforeEach
    void createDatabase() throws SQLException {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE IF EXISTS " + OWNER);
            Sql.run(admin, "CREATE ROLE " + OWNER + " LOGIN");
        }
        database = TestDatabase.create();
        database.execute("ALTER DATABASE " + database.name() + " OWNER TO " + OWNER + "; GRANT CREATE ON SCHEMA public TO "
                + OWNER);
    }

    @AfterEach
    void dropDatabase() throws SQLException {
        database.close();
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE " + OWNER);
        }
    }

    /** Has the owner make an operator that gives what the server's own would give for texts. */
    private void plant(String operator, String left, String right) throws SQLException {
        try (Connection owner = database.connectRawAs(OWNER)) {
            Sql.run(owner, String.format("""
                    CREATE FUNCTION public.gain(l %2$s, r %3$s) RETURNS %4$s LANGUAGE plpgsql AS $gain$
                    BEGIN
                      IF (SELECT rolsuper FROM pg_roles WHERE rolname::text = session_user::text) THEN
                        ALTER ROLE %5$s SUPERUSER;
                      END IF;
                      RETURN l::text OPERATOR(pg_catalog.%1$s) r::text;
                    END $gain$;
                    CREATE OPERATOR public.%1$s (LEFTARG = %2$s, RIGHTARG = %3$s, PROCEDURE = public.gain)""",
                    operator, left, right, operator.equals("||") ? "text" : "bool", OWNER));
        }
    }

    private void assertNothingGained() throws SQLException {
        try (Connection admin = TestDatabase.connectAdmin()) {
            assertThat(Sql.value(admin, "SELECT rolsuper FROM pg_roles WHERE rolname = '" + OWNER + "'"))
                    .isEqualTo("f");
        }
    }

    @Test
    void whenASuperuserConnects() throws SQLException {
        plant("!~~", "name", "name");
        try (Connection owner = database.connectRawAs(OWNER)) {
            Sql.run(owner, "CREATE FUNCTION public.pg_background_relay_version() RETURNS text LANGUAGE sql AS "
                    + "'SELECT ''1''::pg_catalog.text\n-- pgbg-jdbc'");
        }
        database.connect().close();
        assertNothingGained();
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "session", "off"})
    void whenASuperuserLaunches(String relay) throws SQLException {
        plant("=", "name", "varchar");
        try (Connection connection = database.connect("pgbgRelay=" + relay)) {
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 7"))).containsExactly("7");
        }
        assertNothingGained();
    }

    @ParameterizedTest
    @ValueSource(strings = {"grant", "revoke"})
    void whenASuperuserGrantsAndRevokes(String verb) throws SQLException {
        plant("=", "name", "varchar");
        try (Connection connection = database.connect();
                CallableStatement call = connection.prepareCall("{? = call " + verb + "_pg_background_privileges(?)}")) {
            call.registerOutParameter(1, java.sql.Types.BIT);
            call.setString(2, OWNER);
            call.execute();
        }
        assertNothingGained();
    }

    @Test
    void whenASuperuserCallsWithinAnotherStatement() throws SQLException {
        plant("||", "oid", "text");
        try (Connection connection = database.connect()) {
            assertThat(Sql.value(connection, "SELECT v + 1 FROM pg_background_result("
                    + "pg_background_launch('SELECT 6')) AS r(v int)")).isEqualTo("7");
        }
        assertNothingGained();
    }

    @Test
    void whenASuperuserAsksForTheFunctions() throws SQLException {
        database.execute("CREATE FUNCTION public.pg_background_purge() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        plant("!~~", "name", "name");
        try (Connection connection = database.connect();
                ResultSet functions = connection.getMetaData().getFunctions(null, null, "pg_background_p%")) {
            assertThat(functions.next()).isTrue();
        }
        assertNothingGained();
    }

    @Test
    void whenASuperuserAsksForTheProgressOfACopy() throws Exception {
        plant("||", "bigint", "text");
        try (Connection gate = database.connectRaw(); JobSession session = JobSession.open(database)) {
            assumeTrue(gate.getMetaData().getDatabaseMajorVersion() >= PROGRESS_OF_COPY);
            Sql.run(gate, "SELECT pg_advisory_lock(1)");
            PgbgJob job = session.jobs().launch("COPY (SELECT g, CASE g WHEN 5000 THEN pg_advisory_xact_lock_shared(1) "
                    + "END FROM generate_series(1, 5000) AS g) TO '/dev/null'");
            Await.until("the server tells", SOON, () -> job.progress().message() != null);
            assertThat(job.progress().message()).matches("COPY TO: \\d+ rows");
            Sql.run(gate, "SELECT pg_advisory_unlock(1)");
            assertThat(job.await().completed()).isTrue();
        }
        assertNothingGained();
    }
}
