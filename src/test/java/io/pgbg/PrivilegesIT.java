package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.Warnings;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLWarning;

@AlsoAmongTraps
class PrivilegesIT extends WithConnection {

    private Statement statement;

    @BeforeAll
    static void createRole(TestDatabase database) throws SQLException {
        database.execute("CREATE ROLE priv_user LOGIN");
    }

    @AfterAll
    static void dropRole(TestDatabase database) throws SQLException {
        database.execute("DROP ROLE priv_user");
    }

    @BeforeEach
    void createStatement() throws SQLException {
        statement = connection.createStatement();
    }

    private Grid query(String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            return Grid.of(rows);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT grant_pg_background_privileges('priv_user') ~ grant_pg_background_privileges",
        "SELECT grant_pg_background_privileges('priv_user', true) AS done ~ done",
        "SELECT grant_pg_background_privileges('priv_user', print_commands => false) ~ grant_pg_background_privileges",
        "SELECT grant_pg_background_privileges(user_name => 'priv_user') ~ grant_pg_background_privileges",
        "SELECT grant_pg_background_privileges(role_name := 'priv_user', print_commands := true) AS g ~ g",
        "SELECT * FROM public.GRANT_pg_background_privileges('priv' || '_user', 1 = 1) AS g(x) ~ x"
    })
    void aGrantIsTrueAndSaysThatNothingIsEnforced(String sql, String label) throws SQLException {
        assertThat(query(sql)).isEqualTo(new Grid(List.of(label), List.of("bool"), List.of(List.of("t"))));
        assertThat(Warnings.messages(statement)).singleElement().asString()
                .contains("nothing was granted to priv_user");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT revoke_pg_background_privileges('priv_user')",
        "SELECT revoke_pg_background_privileges(role_name => 'priv_user', print_commands => true)",
        "SELECT revoke_pg_background_privileges(user_name => 'priv_user')"})
    void aRevokeIsFalseAndWarns(String sql) throws SQLException {
        assertThat(query(sql)).isEqualTo(new Grid(List.of("revoke_pg_background_privileges"), List.of("bool"),
                List.of(List.of("f"))));
        assertThat(Warnings.messages(statement)).singleElement().asString()
                .contains("nothing was revoked from priv_user");
        assertThat(((PSQLWarning) statement.getWarnings()).getServerErrorMessage().getSeverity()).isEqualTo("WARNING");
    }

    @ParameterizedTest
    @CsvSource({"grant,granting,to", "revoke,revoking,from"})
    void anUnknownRoleIsFalse(String verb, String doing, String preposition) throws SQLException {
        assertThat(query("SELECT " + verb + "_pg_background_privileges('No \"one')").value()).isEqualTo("f");
        assertThat(Warnings.messages(statement)).containsExactly("Error " + doing + " pg_background privileges "
                + preposition + " No \"one: role \"No \"one\" does not exist");
        PSQLWarning warning = (PSQLWarning) statement.getWarnings();
        assertThat(warning.getServerErrorMessage().getSeverity()).isEqualTo("NOTICE");
        assertThat(warning.getSQLState()).isEqualTo("00000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT grant_pg_background_privileges(NULL)",
        "SELECT revoke_pg_background_privileges(NULL, true)",
        "SELECT grant_pg_background_privileges('priv_user', NULL)",
        "SELECT revoke_pg_background_privileges('priv_user', NULL::bool)"})
    void nullGivesNull(String sql) throws SQLException {
        assertThat(query(sql).value()).isNull();
        assertThat(Warnings.messages(statement)).isEmpty();
    }

    @Test
    void bothNamesOfTheArgumentAtOnceFitNoFunction() throws SQLException {
        assertThat(Failure.of(connection,
                "SELECT grant_pg_background_privileges(user_name => 'a', role_name => 'b')").state())
                .isEqualTo("42883");
        assertThat(Failure.of(connection, "SELECT grant_pg_background_privileges()").state()).isEqualTo("42883");
        assertThat(Failure.of(connection, "SELECT grant_pg_background_privileges('a', 1)").message())
                .isEqualTo("function grant_pg_background_privileges(unknown, integer) does not exist");
    }

    @Test
    void parametersAreTaken() throws SQLException {
        try (PreparedStatement grant = connection.prepareStatement("SELECT grant_pg_background_privileges(?, ?)")) {
            grant.setString(1, "priv_user");
            grant.setBoolean(2, true);
            try (ResultSet rows = grant.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getBoolean(1)).isTrue();
            }
        }
    }

    @Test
    void everyRoleThatConnectsMayCallTheFunctions() throws SQLException {
        query("SELECT revoke_pg_background_privileges('priv_user')");
        try (Connection other = DriverManager.getConnection(
                database.jdbcUrl().replaceFirst("user=[^&]*", "user=priv_user"))) {
            assertThat(Grid.query(other, "SELECT pg_background_result(pg_background_launch('SELECT current_user'))")
                    .value()).isEqualTo("priv_user");
        }
    }
}
