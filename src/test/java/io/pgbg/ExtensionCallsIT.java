package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SQL as it is written for the extension finds the functions, their parameters, types and errors as they are there. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class ExtensionCallsIT extends WithConnection {

    private void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    private String value(String sql) throws SQLException {
        return Sql.value(connection, sql);
    }

    @Test
    void aCallIsCheapForThePlannerAndComesFirst() throws SQLException {
        database.execute("""
                CREATE FUNCTION costly() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN false; END'
                """);
        run("SELECT g FROM generate_series(1, 5) AS g WHERE pg_background_launch('SELECT 1') > 0 AND costly()");
        assertThat(value("SELECT workers_launched FROM pg_background_stats()")).isEqualTo("5");
    }

    // Cookies

    @Test
    void aJobThatWasLaunchedWithoutACookieIsNamedBy0() throws SQLException {
        int pid = Sql.launch(connection, "SELECT 7");
        run("SELECT pg_background_wait_v2(" + pid + ", 0)");
        assertThat(value("SELECT pg_background_wait(" + pid + ", 0)")).isEqualTo("t");
        assertThat(value("SELECT state FROM pg_background_outcome(" + pid + ", 0)")).isEqualTo("stopped");
        assertThat(value("SELECT * FROM pg_background_result_v2(" + pid + ", 0) AS (n int)")).isEqualTo("7");
        int relayed = Integer.parseInt(value("SELECT pg_background_launch('SELECT 8') WHERE true"));
        run("SELECT pg_background_wait_v2(" + relayed + ", 0) WHERE true");
        assertThat(value("SELECT n FROM pg_background_result_v2(" + relayed + ", 0) AS r(n int)")).isEqualTo("8");
    }

    @Test
    void aJobWithACookieIsNot() throws SQLException {
        String pid = value("SELECT pid FROM (SELECT * FROM pg_background_launch_v2('SELECT 7')) AS h");
        assertThat(Sql.stateOf(connection, "SELECT pg_background_wait_v2(" + pid + ", 0)")).isEqualTo("55000");
        assertThat(Sql.stateOf(connection, "SELECT * FROM pg_background_result_v2(" + pid + ", 0) AS (n int)"))
                .isEqualTo("42704");
    }

    @Test
    void theProgressOfAJobThatIsGoneIsOneRowOfNulls() throws SQLException {
        for (String name : List.of("pg_background_get_progress_v2", "pg_background_get_progress")) {
            assertThat(Sql.rows(connection, "SELECT * FROM " + name + "(1, 1)")).containsExactly("null,null");
            assertThat(Sql.rows(connection, "SELECT p.* FROM " + name + "(1, 1) AS p WHERE true"))
                    .containsExactly("null,null");
        }
    }

    // Parameters

    @ParameterizedTest
    @ValueSource(strings = {"grant_pg_background_privileges", "pg_background_grant_privileges"})
    void theRoleHasTwoNames(String function) throws SQLException {
        for (String name : List.of("role_name", "user_name", "\"role_name\"")) {
            for (String sign : List.of("=>", ":=")) {
                String arguments = name + " " + sign + " 'postgres', print_commands " + sign + " false";
                assertThat(value("SELECT " + function + "(" + arguments + ")")).isEqualTo("t");
                assertThat(value("SELECT " + function + "(" + arguments + ") WHERE true")).isEqualTo("t");
                run("DO $$ BEGIN PERFORM " + function + "(" + arguments + "); END $$");
            }
        }
    }

    @Test
    void theRoleHasTwoNamesWhereTheFunctionsAreInstalled() throws SQLException {
        run("CREATE EXTENSION pg_background");
        theRoleHasTwoNames("grant_pg_background_privileges");
        theRoleHasTwoNames("pg_background_grant_privileges");
        run("DROP EXTENSION pg_background");
    }

    @ParameterizedTest
    @ValueSource(strings = {"launch_v2", "submit_v2", "submit"})
    void aLaunchIsGrantedBySignature(String name) throws SQLException {
        String role = database.name() + "_" + name;
        String function = "pg_background_" + name;
        run("CREATE ROLE " + role + " LOGIN; CREATE EXTENSION pg_background");
        try (Connection other = database.connectAs(role)) {
            String direct = "SELECT * FROM " + function + "('SELECT 1'%s)";
            String relayed = direct + " WHERE true";
            for (String form : List.of(direct, relayed)) {
                Failure denied = Failure.of(other, String.format(form, ", 0"));
                assertThat(denied.state()).as(denied.message()).isEqualTo("42501");
            }
            run("GRANT EXECUTE ON FUNCTION " + function + "(text, int) TO " + role);
            for (String form : List.of(direct, relayed)) {
                assertThat(Sql.rows(other, String.format(form, ", 0"))).hasSize(1);
                assertThat(Sql.rows(other, String.format(form, ""))).hasSize(1);
                assertThat(Sql.stateOf(other, String.format(form, ", 0, 'label'"))).isEqualTo("42501");
                assertThat(Sql.stateOf(other, String.format(form, ", label => 'l'"))).isEqualTo("42501");
            }
            run("GRANT EXECUTE ON FUNCTION " + function + "(text, int, text) TO " + role);
            for (String form : List.of(direct, relayed)) {
                assertThat(Sql.rows(other, String.format(form, ", label => 'l'"))).hasSize(1);
                assertThat(Sql.rows(other, String.format(form, ", 0, 'l'"))).hasSize(1);
            }
        } finally {
            run("DROP EXTENSION pg_background; DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }

    // Errors

    @Test
    void aJobMayNotListen() throws SQLException {
        for (String text : List.of("LISTEN c", "SELECT 1; LISTEN c", "/* */ listen c; SELECT 1")) {
            int pid = Sql.launch(connection, text);
            Failure failure = Failure.of(connection, "SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(failure.state()).isEqualTo("0A000");
            assertThat(failure.message()).isEqualTo("cannot execute LISTEN within a background process");
        }
        assertThat(Sql.result(connection, Sql.launch(connection, "NOTIFY c; UNLISTEN c")))
                .containsExactly("NOTIFY", "UNLISTEN");
    }

    @Test
    void aQueueThatIsTooLargeIsRefusedWithAHint() throws SQLException {
        for (String end : List.of("", " WHERE true")) {
            Failure failure = Failure.of(connection, "SELECT pg_background_launch('SELECT 1', 268435457)" + end);
            assertThat(failure.state()).isEqualTo("22023");
            assertThat(failure.message()).isEqualTo("queue size must not exceed 268435456 bytes");
            assertThat(failure.hint()).isNotBlank();
        }
    }

    @Test
    void aDeniedFunctionIsNamedAsItIsCalled() throws SQLException {
        String role = database.name() + "_denied";
        run("CREATE ROLE " + role + " LOGIN; CREATE EXTENSION pg_background");
        try (Connection other = database.connectAs(role)) {
            for (String call : List.of("pg_background_launch('SELECT 1')", "pg_background_submit('SELECT 1')",
                    "pg_background_submit_v2('SELECT 1')", "pg_background_wait(1, 1)", "pg_background_cancel_all()",
                    "pg_background_get_progress(1, 1)")) {
                for (String end : List.of("", " WHERE true")) {
                    Failure failure = Failure.of(other, "SELECT * FROM " + call + end);
                    assertThat(failure.state()).isEqualTo("42501");
                    assertThat(failure.message()).isEqualTo("permission denied for function "
                            + call.substring(0, call.indexOf('(')));
                }
            }
        } finally {
            run("DROP EXTENSION pg_background; DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }
}
