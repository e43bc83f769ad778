package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server's privileges hold for calls of the protected API that the driver answers without the server. */
@AlsoAmongTraps
class ProtectedPrivilegesIT extends OwnDatabase {

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT * FROM pg_background_launch_v2('SELECT 1', 0, 'label')",
        "SELECT * FROM public.pg_background_submit('SELECT 1')",
        "SELECT * FROM pg_background_run('SELECT 1')",
        "SELECT * FROM pg_background_run_query('SELECT 1') AS (n int)",
        "SELECT * FROM pg_background_list()",
        "SELECT * FROM pg_background_stats_v2()",
        "SELECT * FROM pg_background_outcome(1, 2)",
        "SELECT pg_background_cancel_all()",
        "SELECT pg_background_purge()",
        "{call pg_background_detach_all()}",
    })
    void whoWasNotGrantedIsRefused(String sql) throws SQLException {
        install();
        try (Connection other = database.connectAs(ROLE)) {
            Failure failure = Failure.of(other, sql);
            assertThat(failure.state()).isEqualTo("42501");
            assertThat(failure.message()).isEqualTo("permission denied for function "
                    + sql.replaceAll(".*(pg_background_[a-z0-9_]+).*", "$1"));
            run("SELECT grant_pg_background_privileges('" + ROLE + "')");
            Sql.run(other, sql);
            run("SELECT pg_background_revoke_privileges('" + ROLE + "')");
            assertThat(Sql.stateOf(other, sql)).isEqualTo("42501");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_background_wait_v2(?, ?)", "pg_background_result(?, ?)", "pg_background_detach(?, ?)",
        "pg_background_cancel(?, ?)", "pg_background_full_sql(?, ?)", "pg_background_wait_v2_timeout(?, ?, 5)"})
    void privilegesComeBeforeHandles(String call) throws SQLException {
        install();
        try (Connection other = database.connectAs(ROLE);
                PreparedStatement statement = other.prepareStatement("SELECT " + call)) {
            statement.setInt(1, -1);
            statement.setLong(2, 5);
            assertThat(Sql.stateOf(statement::execute)).isEqualTo("42501");
            run("SELECT grant_pg_background_privileges('" + ROLE + "')");
            assertThat(Sql.stateOf(statement::execute)).isEqualTo("42704");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, pid", "2, pid", "2, cookie"})
    void launchIsTheFunctionOfTheVersion(String api, String column) throws SQLException {
        try (Connection installing = database.connect("pgbgApi=" + api)) {
            Sql.run(installing, "CREATE EXTENSION pg_background");
        }
        try (Connection other = database.connectAs(ROLE, "pgbgApi=" + api)) {
            String sql = "SELECT * FROM pg_background_launch('SELECT 1') AS pid";
            assertThat(Sql.stateOf(other, sql)).isEqualTo("42501");
            run("SELECT grant_pg_background_privileges('" + ROLE + "')");
            assertThat(Grid.query(other, sql).labels()).contains(column);
        }
    }

    @Test
    void oneFunctionMayBeGrantedAlone() throws SQLException {
        install();
        run("GRANT EXECUTE ON FUNCTION pg_background_list() TO " + ROLE);
        try (Connection other = database.connectAs(ROLE)) {
            assertThat(Grid.query(other, "SELECT * FROM pg_background_list()").rows()).isEmpty();
            assertThat(Sql.stateOf(other, "SELECT * FROM pg_background_list_v2()")).isEqualTo("42501");
        }
    }
}
