package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.Warnings;
import io.pgbg.testkit.WithConnection;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls in a database in which the functions are installed: stored code makes them, privileges are the server's. */
@AlsoAmongTraps
class InstalledIT extends WithConnection {

    private static final String DENIED = "permission denied for function ";

    private Statement statement;

    @BeforeAll
    static void install(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE EXTENSION pg_background");
            Sql.run(connection, "CREATE TABLE noted (what text)");
            Sql.run(connection, "CREATE ROLE inst_user LOGIN");
            Sql.run(connection, "CREATE ROLE inst_reader LOGIN");
            Sql.run(connection, "GRANT USAGE ON SCHEMA public TO inst_user, inst_reader");
        }
    }

    @AfterAll
    static void remove(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "DROP EXTENSION pg_background CASCADE");
            Sql.run(connection, "DROP OWNED BY inst_user, inst_reader");
            Sql.run(connection, "DROP ROLE inst_user, inst_reader");
        }
    }

    @BeforeEach
    void createStatement() throws SQLException {
        statement = connection.createStatement();
        statement.execute("TRUNCATE noted");
    }

    private Connection connectAs(String role) throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl().replaceFirst("user=[^&]*", "user=" + role));
    }

    private String noted() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Sql.value(raw, "SELECT string_agg(what, ',' ORDER BY what) FROM noted");
        }
    }

    @Test
    void aFunctionMakesCallsThatItsStatementDoesNotShow() throws SQLException {
        statement.execute("CREATE FUNCTION twice(sql text) RETURNS int LANGUAGE plpgsql AS $f$"
                + " DECLARE a int; b int; BEGIN"
                + " SELECT x INTO a FROM pg_background_result(pg_background_launch(sql)) AS (x int);"
                + " SELECT x INTO b FROM public.pg_background_result(public.pg_background_launch(sql)) AS (x int);"
                + " RETURN a + b; END $f$");
        assertThat(Sql.value(connection, "SELECT twice('SELECT 21')")).isEqualTo("42");
        try (PreparedStatement prepared = connection.prepareStatement("SELECT twice(?)")) {
            prepared.setString(1, "SELECT 4");
            try (ResultSet row = prepared.executeQuery()) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(8);
            }
        }
        try (CallableStatement call = connection.prepareCall("{? = call twice(?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setString(2, "SELECT 5");
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(10);
        }
        assertThat(Failure.of(connection, "SELECT twice('SELECT 1/0')").state()).isEqualTo("22012");
    }

    @Test
    void aTriggersRowSurvivesTheRollback() throws SQLException {
        statement.execute("CREATE TABLE account (id int, amount int)");
        statement.execute("CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
                + " PERFORM * FROM pg_background_result(pg_background_launch(format('INSERT INTO noted VALUES (%L)',"
                + " TG_OP || ' ' || NEW.amount::text))) AS (r text); RETURN NEW; END $f$");
        statement.execute("CREATE TRIGGER audit AFTER INSERT ON account FOR EACH ROW EXECUTE PROCEDURE audit()");
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO account VALUES (1, 10), (2, 20)");
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO account VALUES (3, ?)")) {
            insert.setInt(1, 30);
            insert.addBatch();
            insert.setInt(1, 40);
            insert.addBatch();
            assertThat(insert.executeBatch()).containsExactly(1, 1);
        }
        statement.addBatch("INSERT INTO account VALUES (4, 50)");
        statement.addBatch("SELECT pg_background_launch('SELECT 1')");
        statement.addBatch("INSERT INTO account VALUES (4, 60)");
        statement.executeBatch();
        connection.rollback();
        connection.setAutoCommit(true);
        assertThat(noted()).isEqualTo("INSERT 10,INSERT 20,INSERT 30,INSERT 40,INSERT 50,INSERT 60");
        assertThat(Sql.value(connection, "SELECT count(*) FROM account")).isEqualTo("0");
        statement.execute("DROP TABLE account; DROP FUNCTION audit()");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeferredTriggerMakesCallsAtTheCommit(boolean byCommit) throws SQLException {
        statement.execute("CREATE TABLE late (id int)");
        statement.execute("CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
                + " RAISE NOTICE 'late %', NEW.id;"
                + " PERFORM * FROM pg_background_result(pg_background_launch('INSERT INTO noted VALUES (''late'')'))"
                + " AS (r text); RETURN NEW; END $f$");
        statement.execute("CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED"
                + " FOR EACH ROW EXECUTE PROCEDURE late()");
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO late VALUES (7)");
        assertThat(noted()).isNull();
        if (byCommit) {
            connection.commit();
        } else {
            connection.setAutoCommit(true);
        }
        assertThat(noted()).isEqualTo("late");
        assertThat(Sql.messages(connection.getWarnings())).containsExactly("late 7");
        connection.setAutoCommit(true);
        assertThat(Sql.value(connection, "SELECT count(*) FROM late")).isEqualTo("1");
        statement.execute("DROP TABLE late; DROP FUNCTION late()");
    }

    @Test
    @SinceRelease(value = 11, because = "procedures")
    void aViewAndAProcedureMakeCalls() throws Exception {
        statement.execute("CREATE VIEW answers AS SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT g FROM generate_series(1, 3) g')) AS (g int)");
        assertThat(Sql.rows(connection, "SELECT * FROM answers ORDER BY g DESC")).containsExactly("3", "2", "1");
        statement.execute("CREATE PROCEDURE note(what text) LANGUAGE plpgsql AS $p$ BEGIN"
                + " PERFORM pg_background_detach(pg_background_launch(format('INSERT INTO noted VALUES (%L)', what)));"
                + " COMMIT; PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (i int); END $p$");
        statement.execute("CALL note('called')");
        Await.until("the detached job", Duration.ofSeconds(10), () -> "called".equals(noted()));
        statement.execute("DROP VIEW answers; DROP PROCEDURE note(text)");
    }

    @Test
    void bothWorldsKnowTheSameJobs() throws SQLException {
        statement.execute("CREATE OR REPLACE FUNCTION started(sql text) RETURNS int LANGUAGE plpgsql AS"
                + " 'BEGIN RETURN pg_background_launch(sql); END'");
        int pid = Integer.parseInt(Sql.value(connection, "SELECT started('SELECT 5')"));
        assertThat(Sql.result(connection, pid)).containsExactly("5");
        int direct = Sql.launch(connection, "SELECT 6");
        statement.execute("DO $$ BEGIN IF (SELECT x FROM pg_background_result(" + direct
                + ") AS (x int)) <> 6 THEN RAISE 'no'; END IF; END $$");
        assertThat(Failure.of(connection, "SELECT * FROM pg_background_result(" + direct + ") AS (x int)").state())
                .isEqualTo("42704");
    }

    @Test
    void composedSqlCallsTheInstalledFunctions() throws SQLException {
        assertThat(Sql.rows(connection, "SELECT r.x FROM generate_series(1, 2) g, LATERAL pg_background_result("
                + "pg_background_launch('SELECT ' || g::text)) AS r(x int) ORDER BY 1")).containsExactly("1", "2");
        assertThat(Sql.value(connection, "SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()"))
                .isEqualTo("0");
        Failure failure = Failure.of(connection, "SELECT wrong, pg_background_launch('SELECT 1') FROM noted");
        assertThat(failure.position()).isEqualTo(8);
        statement.execute("SET search_path = pg_catalog");
        assertThat(Sql.value(connection, "SELECT count(pg_background_launch('SELECT 1')) FROM generate_series(1, 2)"))
                .as("as a statement that is nothing but the call, wherever they are installed").isEqualTo("2");
        try (PreparedStatement prepared = connection.prepareStatement("SELECT sum(x) FROM generate_series(1, ?) g,"
                + " LATERAL public.pg_background_result(public.pg_background_launch('SELECT ' || g::text)) AS r(x"
                + " int)")) {
            assertThat(prepared.getMetaData().getColumnCount()).isOne();
            prepared.setInt(1, 3);
            try (ResultSet row = prepared.executeQuery()) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(6);
            }
        }
    }

    @Test
    @SinceRelease(value = 12, because = "the server gives a role back")
    void aRoleThatWasSetLaunchesAsThatRole() throws SQLException {
        statement.execute("SELECT grant_pg_background_privileges('inst_user')");
        statement.execute("SET ROLE inst_user");
        assertThat(Sql.value(connection, "SELECT pg_background_result(pg_background_launch('SELECT current_user'))"))
                .isEqualTo("inst_user");
        assertThat(Sql.value(connection, "SELECT min(x) FROM pg_background_result(pg_background_launch("
                + "'SELECT current_user')) AS (x name)")).isEqualTo("inst_user");
        statement.execute("RESET ROLE");
        statement.execute("SELECT revoke_pg_background_privileges('inst_user')");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch('INSERT INTO noted VALUES (1)')",
        "SELECT pg_background_launch('INSERT INTO noted ' || 'VALUES (1)')",
        "SELECT public.pg_background_launch('INSERT INTO noted VALUES (1)', 65536)",
        "{call pg_background_launch('INSERT INTO noted VALUES (1)')}",
        "SELECT pg_background_launch('INSERT INTO noted VALUES (1)') FROM generate_series(1, 2)",
        "DO $$ BEGIN PERFORM pg_background_launch('INSERT INTO noted VALUES (1)'); END $$"})
    void whoMayNotExecuteMayNotLaunch(String sql) throws SQLException {
        try (Connection user = connectAs("inst_user")) {
            Failure failure = Failure.of(user, sql);
            assertThat(failure.state()).isEqualTo("42501");
            assertThat(failure.message()).isEqualTo(DENIED + "pg_background_launch");
            user.setAutoCommit(false);
            assertThat(Failure.of(user, sql).state()).isEqualTo("42501");
            assertThat(Failure.of(user, "SELECT 1").state()).isEqualTo("25P02");
        }
        assertThat(noted()).isNull();
    }

    @Test
    void eachFunctionHasItsOwnPrivilege() throws SQLException {
        statement.execute("GRANT EXECUTE ON FUNCTION pg_background_result(int) TO inst_reader");
        try (Connection reader = connectAs("inst_reader")) {
            assertThat(Failure.of(reader, "SELECT pg_background_result(pg_background_launch('SELECT 1'))").message())
                    .isEqualTo(DENIED + "pg_background_launch");
            assertThat(Failure.of(reader, "SELECT pg_background_result(1)").state()).isEqualTo("42704");
            assertThat(Failure.of(reader, "SELECT pg_background_detach(1)").message())
                    .isEqualTo(DENIED + "pg_background_detach");
            assertThat(Failure.of(reader, "SELECT grant_pg_background_privileges('inst_reader')").message())
                    .isEqualTo(DENIED + "grant_pg_background_privileges");
            try (PreparedStatement prepared = reader.prepareStatement("SELECT pg_background_launch(?)")) {
                prepared.setString(1, "SELECT 1");
                assertThat(Failure.of(prepared::executeQuery).message()).isEqualTo(DENIED + "pg_background_launch");
            }
        }
        statement.execute("REVOKE EXECUTE ON FUNCTION pg_background_result(int) FROM inst_reader");
        statement.execute("GRANT EXECUTE ON FUNCTION pg_background_launch(text, int) TO inst_reader");
        try (Connection reader = connectAs("inst_reader")) {
            assertThat(Failure.of(reader, "SELECT pg_background_result(pg_background_launch('SELECT 1'))").message())
                    .isEqualTo(DENIED + "pg_background_result");
        }
        statement.execute("REVOKE EXECUTE ON FUNCTION pg_background_launch(text, int) FROM inst_reader");
    }

    @Test
    void grantsAreReal() throws SQLException {
        try (Connection user = connectAs("inst_user")) {
            assertThat(Sql.value(connection, "SELECT grant_pg_background_privileges('inst_user')")).isEqualTo("t");
            assertThat(Sql.value(user, "SELECT pg_background_result(pg_background_launch('SELECT 1'))")).isEqualTo("1");
            assertThat(Sql.value(user, "SELECT sum(x) FROM generate_series(1, 2) g, pg_background_result("
                    + "pg_background_launch('SELECT 1')) AS (x int)")).isEqualTo("2");
            assertThat(Sql.value(connection, "SELECT revoke_pg_background_privileges('inst_user')")).isEqualTo("t");
            assertThat(Failure.of(user, "SELECT pg_background_launch('SELECT 1')").state()).isEqualTo("42501");
            statement.execute("GRANT pgbackground_role TO inst_user");
            assertThat(Sql.value(user, "SELECT max(x) FROM pg_background_result(pg_background_launch('SELECT 1'))"
                    + " AS (x int)")).isEqualTo("1");
            statement.execute("REVOKE pgbackground_role FROM inst_user");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT grant_pg_background_privileges('inst_user', true)",
        "SELECT * FROM public.grant_pg_background_privileges(print_commands => true, user_name => 'inst_' || 'user')",
        "SELECT grant_pg_background_privileges('inst_user', g > 0) FROM generate_series(1, 1) g"})
    void grantShowsItsCommands(String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            assertThat(row.getBoolean(1)).isTrue();
        }
        List<String> commands = Warnings.messages(statement);
        assertThat(commands).contains("GRANT EXECUTE ON FUNCTION public.pg_background_launch(pg_catalog.text,"
                + " pg_catalog.int4) TO inst_user",
                "GRANT EXECUTE ON FUNCTION public.pg_background_result(pg_catalog.int4) TO inst_user",
                "GRANT EXECUTE ON FUNCTION public.pg_background_relay_version() TO inst_user");
        assertThat(commands).allMatch(command -> command.startsWith("GRANT EXECUTE ON FUNCTION public.")
                || command.startsWith("GRANT SELECT ON TABLE public."));
        try (ResultSet row = statement.executeQuery("SELECT revoke_pg_background_privileges('inst_user', true)")) {
            row.next();
            assertThat(row.getBoolean(1)).isTrue();
        }
        assertThat(Warnings.messages(statement)).hasSameSizeAs(commands)
                .allMatch(command -> command.endsWith(" FROM inst_user")
                        && (command.startsWith("REVOKE EXECUTE ON FUNCTION public.")
                                || command.startsWith("REVOKE SELECT ON TABLE public.")));
    }

    @Test
    void anUnknownRoleIsFalse() throws SQLException {
        for (String sql : List.of("SELECT grant_pg_background_privileges('no \"one')",
                "SELECT grant_pg_background_privileges('no \"one') WHERE true")) {
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                assertThat(row.getBoolean(1)).isFalse();
            }
            assertThat(Warnings.messages(statement))
                    .containsExactly("Error granting pg_background privileges to no \"one:"
                            + " role \"no \"one\" does not exist");
        }
    }

    @Test
    void grantingByCallableStatement() throws SQLException {
        try (CallableStatement grant = connection.prepareCall("{? = call grant_pg_background_privileges(?)}")) {
            grant.registerOutParameter(1, Types.BOOLEAN);
            grant.setString(2, "inst_user");
            grant.execute();
            assertThat(grant.getBoolean(1)).isTrue();
        }
        assertThat(Sql.value(connection, "SELECT has_function_privilege('inst_user', 'pg_background_detach(int)',"
                + " 'EXECUTE')")).isEqualTo("t");
        assertThat(Sql.value(connection, "SELECT revoke_pg_background_privileges(role_name => 'inst_user')"))
                .isEqualTo("t");
        assertThat(Sql.value(connection, "SELECT grant_pg_background_privileges(NULL)")).isNull();
    }

    @Test
    void whoMayNotGrantIsTold() throws SQLException {
        statement.execute("SELECT grant_pg_background_privileges('inst_user')");
        try (Connection user = connectAs("inst_user")) {
            for (String sql : List.of("SELECT grant_pg_background_privileges('inst_reader')",
                    "SELECT revoke_pg_background_privileges('inst_user') WHERE true")) {
                Failure failure = Failure.of(user, sql);
                assertThat(failure.state()).isEqualTo("42501");
                assertThat(failure.message()).startsWith(DENIED);
            }
        }
        statement.execute("SELECT revoke_pg_background_privileges('inst_user')");
    }
}
