package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What a reader of the code doubted, each in a database of its own. */
@AlsoAmongTraps
class ReviewedIT extends OwnDatabase {

    private static final String LAUNCHING = "CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN"
            + " (SELECT v FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$";

    @Test
    void aMarkThatAnybodyMadeIsNoInstallation() throws SQLException {
        run("GRANT CREATE ON DATABASE " + database.name() + " TO " + ROLE);
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "CREATE SCHEMA evil");
            Sql.run(other, "CREATE FUNCTION evil.pg_background_relay_version() RETURNS text LANGUAGE sql AS"
                    + " E'SELECT ''1''::pg_catalog.text\n-- pgbg-jdbc\n'");
            Sql.run(other, "CREATE FUNCTION evil.grant_pg_background_privileges(text, bool DEFAULT false) RETURNS bool"
                    + " LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE " + ROLE + " SUPERUSER'; RETURN true; END $$");
        }
        try (Connection later = database.connect()) {
            Sql.run(later, "SELECT grant_pg_background_privileges('" + ROLE + "')");
            assertThat(Sql.rows(later, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                    + " AS r(v int)")).containsExactly("7");
            assertThat(Sql.stateOf(later, "DROP EXTENSION pg_background")).isEqualTo("42704");
        }
        assertThat(seen("SELECT rolsuper FROM pg_roles WHERE rolname = '" + ROLE + "'")).containsExactly("f");
    }

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

    @Test
    void aRoleThatTheLoginTakesOnByItselfLaunches() throws SQLException {
        installFor(ROLE);
        run(LAUNCHING);
        run("CREATE ROLE relay_login_too LOGIN IN ROLE " + ROLE + "; ALTER ROLE relay_login_too SET role = " + ROLE);
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

    @Test
    void aFunctionWithTheRightsOfItsOwnerIsToldNothing() throws SQLException {
        installFor(ROLE);
        run("GRANT CREATE ON SCHEMA public TO " + ROLE);
        int pid = Sql.launch(connection, "SELECT 'secret'");
        try (Connection other = database.connectAs(ROLE)) {
            Sql.run(other, "CREATE FUNCTION look() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN"
                    + " (SELECT count(*)::text FROM pg_background_list) || ' ' || pg_background_detach_all()::text;"
                    + " END $$");
        }
        assertThat(Sql.stateOf(connection, "SELECT look()")).isEqualTo("42501");
        assertThat(Sql.result(connection, pid)).containsExactly("secret");
        run("DROP FUNCTION look()");
    }

    @Test
    void aRequestWithoutItsArgumentsLeavesTheOthersAlone() throws SQLException {
        install();
        for (String function : new String[] {"launch", "result", "cancel_by_label", "drain", "nothing"}) {
            Failure failure = Failure.of(connection, "DO $$ BEGIN RAISE INFO USING ERRCODE = 'BG001', MESSAGE ="
                    + " md5('x'), DETAIL = ARRAY['ask', '" + function + "', current_user]::text; PERFORM"
                    + " pg_background_detach(pg_background_launch('SELECT 1')); RAISE EXCEPTION 'reached'; END $$");
            assertThat(failure.message()).as(function).isEqualTo("reached");
        }
    }

    @Test
    void aRequestInTheNameOfNobodyLeavesTheOthersAlone() throws SQLException {
        install();
        for (String role : new String[] {"none", "public", "", "no such role"}) {
            Failure failure = Failure.of(connection, "DO $$ BEGIN RAISE INFO USING ERRCODE = 'BG001', MESSAGE ="
                    + " md5('x'), DETAIL = ARRAY['ask', 'launch', '" + role + "', 'SELECT 1', '65536']::text; PERFORM"
                    + " pg_background_detach(pg_background_launch('SELECT 1')); RAISE EXCEPTION 'reached'; END $$");
            assertThat(failure.message()).as(role).isEqualTo("reached");
        }
    }
}
