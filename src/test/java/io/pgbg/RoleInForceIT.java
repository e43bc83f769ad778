package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job belongs to the role that has launched it, and which role is in force only the server knows. */
@AlsoAmongTraps
class RoleInForceIT extends WithConnection {

    private static final String REFUSED = "42501";

    @Override
    protected Connection open() throws SQLException {
        return database.connectAs("force_login");
    }

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE ROLE force_login LOGIN;
                CREATE ROLE force_lesser;
                GRANT force_lesser TO force_login;
                CREATE TABLE item (id int PRIMARY KEY);
                GRANT ALL ON item TO PUBLIC;
                CREATE FUNCTION become(name text) RETURNS text LANGUAGE plpgsql AS
                  $$BEGIN EXECUTE format('SET ROLE %I', name); RETURN name; END$$;
                CREATE FUNCTION become_for_a_moment(name text, result int) RETURNS int LANGUAGE plpgsql AS
                  $$BEGIN EXECUTE format('SET LOCAL ROLE %I', name); RETURN result; END$$;
                CREATE FUNCTION become_lesser() RETURNS trigger LANGUAGE plpgsql AS
                  $$BEGIN SET ROLE force_lesser; RETURN NULL; END$$;
                CREATE TRIGGER becomes AFTER INSERT ON item FOR EACH ROW EXECUTE PROCEDURE become_lesser();
                """);
    }

    @AfterAll
    static void dropRoles(TestDatabase database) throws SQLException {
        database.execute("DROP OWNED BY force_login, force_lesser; DROP ROLE force_login, force_lesser");
    }

    private void assertRefused(String sql) throws SQLException {
        assertThat(Failure.of(connection, sql).state()).as(sql).isEqualTo(REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT become('force_lesser')",
        "INSERT INTO item VALUES (1)",
        "SET ROLE force_lesser",
        "DO $$BEGIN EXECUTE 'SET ' || 'ROLE force_lesser'; END$$",
        "DO $$BEGIN PERFORM set_config('ro' || 'le', 'force_lesser', false); END$$"
    })
    void noDirectCallTouchesAnotherRolesJob(String change) throws SQLException {
        int pid = Sql.launch(connection, "SELECT 7");
        Sql.run(connection, change);
        assertRefused("SELECT pg_background_result(" + pid + ")");
        assertRefused("SELECT * FROM pg_background_result(" + pid + ") AS (n int)");
        assertRefused("SELECT * FROM pg_background_result(0 + " + pid + ") AS (n int)");
        assertRefused("SELECT pg_background_detach(" + pid + ")");
        try (PreparedStatement result = connection.prepareStatement("SELECT pg_background_result(?)")) {
            result.setInt(1, pid);
            assertThat(Sql.stateOf(result::execute)).isEqualTo(REFUSED);
        }
        Sql.run(connection, "RESET ROLE; TRUNCATE item");
        assertThat(Sql.result(connection, pid)).containsExactly("7");
    }

    @Test
    void theJavaMethodsRefuseItAsWell() throws SQLException {
        PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
        PgbgJob job = jobs.launch("SELECT 7");
        Sql.value(connection, "SELECT become('force_lesser')");
        assertThat(Sql.stateOf(() -> job.forEachRow(row -> { }))).isEqualTo(REFUSED);
        assertThat(Sql.stateOf(() -> job.result())).isEqualTo(REFUSED);
        assertThat(Sql.stateOf(() -> jobs.job(job.handle()))).isEqualTo(REFUSED);
        assertThat(jobs.list()).isEmpty();
        assertThat(jobs.cancelAll()).isZero();
        assertThat(jobs.detachAll()).isZero();
        Sql.run(connection, "RESET ROLE");
        assertThat(jobs.list()).hasSize(1);
        assertThat(job.forEachRow(row -> { })).isEqualTo(1);
    }

    @Test
    void aRoleThatAnArgumentHasForAMomentIsNotRemembered() throws SQLException {
        int pid = Sql.launch(connection, "SELECT 7");
        Sql.value(connection, "SELECT become('force_lesser')");
        int own = Sql.launch(connection, "SELECT 8");
        assertThat(Sql.rows(connection, "SELECT pg_background_result(become_for_a_moment('force_login', " + own + "))"))
                .containsExactly("8");
        assertRefused("SELECT pg_background_result(" + pid + ")");
        assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo("force_lesser");
    }

    @Test
    void theEndOfTheTransactionGivesTheRoleBack() throws SQLException {
        connection.setAutoCommit(false);
        int pid = Sql.launch(connection, "SELECT 7");
        Sql.run(connection, "SET LOCAL ROLE force_lesser");
        int lesser = Sql.launch(connection, "SELECT current_user");
        connection.commit();
        Sql.run(connection, "SELECT become_for_a_moment('force_lesser', 1)");
        assertRefused("SELECT pg_background_result(" + pid + ")");
        connection.rollback();
        assertThat(Sql.result(connection, pid)).containsExactly("7");
        assertThat(Sql.result(connection, lesser)).containsExactly("force_lesser");
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void whatHasRunOnTheServersOwnWaysCountsToo() throws SQLException {
        int pid = Sql.launch(connection, "SELECT 7");
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
                ResultSet.CONCUR_UPDATABLE); ResultSet rows = statement.executeQuery("SELECT id FROM item")) {
            // known before the row is inserted
            assertThat(Sql.launch(connection, "SELECT 8")).isNotEqualTo(pid);
            rows.moveToInsertRow();
            rows.updateInt(1, 5);
            rows.insertRow();
        }
        assertRefused("SELECT pg_background_result(" + pid + ")");
        Sql.run(connection, "RESET ROLE; TRUNCATE item");
    }
}
