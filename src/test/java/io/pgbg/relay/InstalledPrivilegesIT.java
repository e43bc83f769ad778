package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLWarning;

/** Once the functions are installed, the server decides who may call them, on every way in. */
@AlsoAmongTraps
class InstalledPrivilegesIT extends OwnDatabase {

    private Connection other;

    @BeforeEach
    void installAndConnect() throws SQLException {
        install();
        run("CREATE TABLE kept (id int); GRANT ALL ON kept TO PUBLIC");
        run("CREATE FUNCTION stored() RETURNS int LANGUAGE plpgsql AS $$ BEGIN"
                + " RETURN pg_background_launch('INSERT INTO kept VALUES (1)'); END $$");
        other = database.connectAs(ROLE);
    }

    @AfterEach
    void closeOther() throws SQLException {
        other.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch('INSERT INTO kept VALUES (1)')",
        "SELECT public.pg_background_launch('INSERT INTO kept VALUES (1)')",
        "{call pg_background_launch('INSERT INTO kept VALUES (1)')}",
        "SELECT * FROM pg_background_result(pg_background_launch('INSERT INTO kept VALUES (1)')) AS r(v text)",
        "SELECT 1, pg_background_launch('INSERT INTO kept VALUES (1)')",
        "SELECT v, 1 FROM pg_background_result(pg_background_launch('INSERT INTO kept VALUES (1)')) AS r(v text)",
        "SELECT 1; SELECT pg_background_launch('INSERT INTO kept VALUES (1)')",
        "DO $$ BEGIN PERFORM pg_background_launch('INSERT INTO kept VALUES (1)'); END $$",
        "DO $$ BEGIN EXECUTE 'SELECT pg_background_launch(''INSERT INTO kept VALUES (1)'')'; END $$",
        "SELECT stored()",
        "SELECT pg_background_result(-1)",
        "SELECT pg_background_detach(-1)"
    })
    void whoWasNotGrantedIsRefusedOnEveryWayIn(String sql) throws SQLException {
        Failure failure = Failure.of(other, sql);
        assertThat(failure.state()).isEqualTo("42501");
        assertThat(failure.message()).startsWith("permission denied for function pg_background_");
        run("SELECT grant_pg_background_privileges('" + ROLE + "')");
        if (!sql.contains("-1")) {
            Sql.run(other, sql);
        }
        run("SELECT revoke_pg_background_privileges('" + ROLE + "')");
        assertThat(Failure.of(other, sql).state()).isEqualTo("42501");
    }

    @Test
    void whoWasNotGrantedIsRefusedWithParameters() throws SQLException {
        for (String sql : List.of("SELECT pg_background_launch(?)", "SELECT 1, pg_background_launch(?)")) {
            try (PreparedStatement prepared = other.prepareStatement(sql)) {
                prepared.setString(1, "SELECT 1");
                assertThat(Sql.stateOf(prepared::executeQuery)).isEqualTo("42501");
            }
        }
    }

    @Test
    void aGrantIsReal() throws SQLException {
        assertThat(Sql.value(connection, "SELECT grant_pg_background_privileges('" + ROLE + "')")).isEqualTo("t");
        assertThat(seen("SELECT DISTINCT has_function_privilege('" + ROLE + "', oid, 'EXECUTE') FROM pg_proc WHERE"
                + " proname IN ('pg_background_launch', 'pg_background_result', 'pg_background_detach')"))
                .containsExactly("t");
        assertThat(Sql.value(other, "SELECT v || '' FROM pg_background_result(pg_background_launch("
                + "'SELECT current_user::text')) AS r(v text)")).isEqualTo(ROLE);
        assertThat(Sql.value(connection, "SELECT revoke_pg_background_privileges('" + ROLE + "')")).isEqualTo("t");
        assertThat(Sql.stateOf(other, "SELECT pg_background_launch('SELECT 1')")).isEqualTo("42501");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT %s('relay_other', true)", "SELECT * FROM public.%s('relay_other', true)",
        "SELECT %s(role_name => 'relay_other', print_commands => true)", "SELECT 1, %s('relay_other', true)",
        "DO $$ BEGIN PERFORM %s('relay_other', true); END $$"})
    void theCommandsArePrinted(String sql) throws SQLException {
        for (String verb : List.of("grant", "revoke")) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(String.format(sql, verb + "_pg_background_privileges"));
                List<String> messages = Sql.messages(statement.getWarnings());
                for (String function : List.of("pg_background_launch(", "pg_background_result(",
                        "pg_background_detach(")) {
                    assertThat(messages).anyMatch(message -> message.contains(function)
                            && message.contains(verb.toUpperCase(java.util.Locale.ROOT) + " EXECUTE ON FUNCTION ")
                            && message.contains((verb.equals("grant") ? " TO " : " FROM ") + ROLE));
                }
                assertThat(((PSQLWarning) statement.getWarnings()).getServerErrorMessage().getSeverity())
                        .isEqualTo("INFO");
            }
        }
    }

    @Test
    void withoutPrintingNothingIsSaid() throws SQLException {
        assertThat(notices(connection, "SELECT grant_pg_background_privileges('" + ROLE + "', false)")).isEmpty();
        assertThat(notices(connection, "SELECT 1, revoke_pg_background_privileges('" + ROLE + "')")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT %s('No \"one')", "SELECT 1 = 1 AND %s('No \"one')"})
    void anUnknownRoleIsFalseAndNoticed(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            String grant = String.format(sql, "grant_pg_background_privileges");
            assertThat(Sql.rows(statement.executeQuery(grant))).containsExactly("f");
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("Error granting pg_background privileges"
                    + " to No \"one: role \"No \"one\" does not exist");
            assertThat(((PSQLWarning) statement.getWarnings()).getServerErrorMessage().getSeverity())
                    .isEqualTo("NOTICE");
            assertThat(Sql.rows(statement.executeQuery(grant.replace("grant", "revoke")))).containsExactly("f");
        }
    }

    @Test
    void aRoleOfAnOddNameIsGranted() throws SQLException {
        run("CREATE ROLE \"Odd \"\"role'\"");
        try {
            assertThat(Sql.value(connection, "SELECT grant_pg_background_privileges('Odd \"role''')")).isEqualTo("t");
            assertThat(seen("SELECT DISTINCT has_function_privilege('Odd \"role''', oid, 'EXECUTE') FROM pg_proc"
                    + " WHERE proname = 'pg_background_launch'")).containsExactly("t");
            assertThat(Sql.value(connection, "SELECT revoke_pg_background_privileges('Odd \"role''')")).isEqualTo("t");
        } finally {
            run("DROP OWNED BY \"Odd \"\"role'\"; DROP ROLE \"Odd \"\"role'\"");
        }
    }

    @Test
    void membersOfTheInstalledRoleMayCall() throws SQLException {
        run("GRANT pgbackground_role TO " + ROLE);
        assertThat(Sql.value(other, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS r(v int)")).isEqualTo("7");
        assertThat(Sql.result(other, Sql.launch(other, "SELECT 8"))).containsExactly("8");
    }

    @Test
    @SinceRelease(value = 10, because = "pg_monitor")
    void whoWasGrantedMayNotGrant() throws SQLException {
        run("SELECT grant_pg_background_privileges('" + ROLE + "')");
        assertThat(Sql.stateOf(other, "SELECT grant_pg_background_privileges('pg_monitor')")).isEqualTo("42501");
        assertThat(seen("SELECT has_function_privilege('pg_monitor', 'pg_background_launch(text, int)', 'EXECUTE')"))
                .containsExactly("f");
    }

    @Test
    void theRoleInForceCounts() throws SQLException {
        run("SET ROLE " + ROLE);
        assertThat(Sql.stateOf(connection, "SELECT pg_background_launch('SELECT 1')")).isEqualTo("42501");
        assertThat(Sql.stateOf(connection, "SELECT 1, pg_background_launch('SELECT 1')")).isEqualTo("42501");
        run("RESET ROLE");
        assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 7"))).containsExactly("7");
    }

    @Test
    void aFunctionOfAnotherRunsItsJobAsItsOwnerOrNotAtAll() throws Exception {
        run("CREATE TABLE told (who text DEFAULT current_user); CREATE FUNCTION tell() RETURNS text LANGUAGE plpgsql"
                + " SECURITY DEFINER AS $$ BEGIN RETURN (SELECT v FROM pg_background_result(pg_background_launch("
                + "'INSERT INTO told DEFAULT VALUES RETURNING who')) AS r(v text)); END $$");
        assertThat(Sql.stateOf(other, "SELECT pg_background_launch('SELECT 1')")).isEqualTo("42501");
        String owner = Sql.value(connection, "SELECT current_user");
        try {
            assertThat(Sql.value(other, "SELECT tell()")).isEqualTo(owner);
            assertThat(seen("SELECT who FROM told")).containsExactly(owner);
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("42501");
            assertThat(seen("SELECT who FROM told")).isEmpty();
        }
    }
}
