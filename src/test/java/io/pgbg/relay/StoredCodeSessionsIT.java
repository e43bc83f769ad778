package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stored code launches jobs whatever its session has done, and in whatever way its statement is used. */
@AlsoAmongTraps
class StoredCodeSessionsIT extends OwnDatabase {

    private static final String LAUNCHING = "CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN"
            + " (SELECT v FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$";

    @Test
    void aStatementThatClosesOnCompletionGivesItsRows() throws SQLException {
        install();
        run(LAUNCHING);
        try (Statement statement = connection.createStatement()) {
            statement.closeOnCompletion();
            try (ResultSet rows = statement.executeQuery("SELECT answer()")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(7);
            }
            assertThat(statement.isClosed()).isTrue();
        }
    }

    @Test
    @SinceRelease(value = 12, because = "the server gives a role back")
    void afterTheRoleWasSetAndAfterDiscardStoredCodeStillLaunches() throws SQLException {
        installFor(ROLE);
        run(LAUNCHING);
        for (String before : new String[] {"DISCARD ALL", "SET ROLE " + ROLE + "; RESET ROLE", "SET ROLE " + ROLE}) {
            run(before);
            assertThat(Sql.rows(connection, "SELECT answer()")).as(before).containsExactly("7");
            assertThat(Sql.rows(connection, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 8'))"
                    + " AS r(v int)")).as(before).containsExactly("8");
        }
        run("RESET ROLE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"INHERIT", "NOINHERIT"})
    void aRoleThatTheLoginTakesOnByItselfLaunches(String inherits) throws SQLException {
        assumeTrue(Releases.givesRolesBack(connection));
        installFor(ROLE);
        run(LAUNCHING);
        run("CREATE ROLE relay_login_too LOGIN " + inherits + " IN ROLE " + ROLE + "; ALTER ROLE relay_login_too SET"
                + " role = " + ROLE);
        try (Connection login = database.connectAs("relay_login_too")) {
            assertThat(Sql.rows(login, "SELECT answer()")).containsExactly("7");
        } finally {
            run("DROP ROLE relay_login_too");
        }
    }

    @Test
    void twoThreadsWithOneConnectionTakeTurns() throws Exception {
        install();
        String block = "DO $$ BEGIN FOR i IN 1 .. 20 LOOP PERFORM pg_background_detach(pg_background_launch("
                + "'SELECT 1')); END LOOP; END $$";
        try (Statement one = connection.createStatement(); Statement two = connection.createStatement()) {
            Running<Boolean> first = Running.start(() -> one.execute(block));
            Running<Boolean> second = Running.start(() -> two.execute(block));
            first.get(SOON.multipliedBy(2));
            second.get(SOON.multipliedBy(2));
        }
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
        }
    }
}
