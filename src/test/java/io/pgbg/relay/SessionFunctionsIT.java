package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What a session has in its temporary schema for the calls in its statements, and whose that is. */
@AlsoAmongTraps
class SessionFunctionsIT extends OwnDatabase {

    private static final String BLOCK = "DO $$ DECLARE p int; v int; BEGIN p := pg_background_launch('SELECT 7');"
            + " SELECT n INTO STRICT v FROM pg_background_result(p) AS r(n int);"
            + " PERFORM pg_background_detach(pg_background_launch('SELECT 1')); END $$";

    private String count(String from) throws SQLException {
        return Sql.value(connection, "SELECT count(*) FROM " + from);
    }

    @Test
    void launchResultAndDetachAreFourFunctions() throws SQLException {
        run(BLOCK);
        run(BLOCK);
        assertThat(count("pg_proc WHERE pronamespace = pg_my_temp_schema()")).isEqualTo("4");
        assertThat(count("pg_type WHERE typnamespace = pg_my_temp_schema()")).isEqualTo("0");
        run("SELECT 1, pg_background_result(p) FROM (SELECT pg_background_launch('SELECT 1') AS p) AS s WHERE false");
        assertThat(count("pg_proc WHERE pronamespace = pg_my_temp_schema()")).isEqualTo("4");
    }

    @Test
    @SinceRelease(value = 12, because = "the server gives a role back")
    void theyBelongToTheLoginWhateverRoleIsInForce() throws SQLException {
        run("CREATE SCHEMA " + ROLE + " AUTHORIZATION " + ROLE);
        run("SET ROLE " + ROLE);
        run(BLOCK);
        assertThat(Sql.rows(connection, "SELECT DISTINCT proowner::regrole FROM pg_proc"
                + " WHERE pronamespace = pg_my_temp_schema()")).containsExactly("postgres");
        assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo(ROLE);
        // neither the role itself nor its functions can put anything in their place
        assertThat(Sql.stateOf(connection, "CREATE OR REPLACE FUNCTION pg_temp.pg_background_launch(sql text, queue_size"
                + " int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'")).isEqualTo("42501");
        run("RESET ROLE");
        run(BLOCK);
    }

    @Test
    @SinceRelease(value = 12, because = "the server gives a role back")
    void aTransactionOfTheCallersKeepsItsRole() throws SQLException {
        run("SET ROLE " + ROLE);
        connection.setAutoCommit(false);
        run("SET LOCAL work_mem = '8MB'");
        run(BLOCK);
        assertThat(Sql.value(connection, "SELECT concat(current_user, ' ', session_user, ' ',"
                + " current_setting('role'), ' ', current_setting('work_mem'), ' ',"
                + " current_setting('check_function_bodies'))")).isEqualTo(ROLE + " postgres " + ROLE + " 8MB on");
        connection.rollback();
        assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo(ROLE);
        run(BLOCK);
        connection.commit();
    }
}
