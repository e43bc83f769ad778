package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Code of a role of few rights that runs because somebody with more does something harmless, where the server does not
 * let it go back to the login: it cannot have the driver do anything, whether it calls the functions or raises notices
 * of its own.
 */
@AlsoAmongTraps
class ConfinedCodeIT extends OwnDatabase {

    /** What the code does; each tries to leave a trace. */
    private static final String[] ATTEMPTS = {
        "PERFORM public.pg_background_launch('INSERT INTO public.trace DEFAULT VALUES');",
        "PERFORM public.pg_background_launch('SET ROLE none; INSERT INTO public.trace DEFAULT VALUES');",
        "PERFORM public.pg_background_run('INSERT INTO public.trace DEFAULT VALUES');",
        // a request as the functions make it, but for the proof
        "RAISE INFO USING ERRCODE = 'BG001', MESSAGE = repeat('a', 64), DETAIL = ARRAY[md5('x'), 'submit', 'postgres',"
                + " NULL, NULL, 'INSERT INTO public.trace DEFAULT VALUES', '0', NULL]::text;",
        // it may have a mailbox made, under a number of its choice, and cannot read it
        "RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'mailbox', DETAIL = ARRAY['4278190090', md5('x')]::text;"
                + " PERFORM pg_catalog.pg_sleep(0.3); RAISE INFO USING ERRCODE = 'BG001', MESSAGE ="
                + " encode(sha256(lo_get("
                + "4278190090)), 'hex'), DETAIL = ARRAY[md5('x'), 'submit', 'postgres', NULL, NULL,"
                + " 'INSERT INTO public.trace DEFAULT VALUES', '0', NULL]::text;"};

    @BeforeEach
    void prepare() throws SQLException {
        installFor(ROLE);
        run("CREATE SCHEMA evil AUTHORIZATION " + ROLE + "; GRANT USAGE ON SCHEMA public TO PUBLIC;"
                + " CREATE TABLE trace (who text DEFAULT current_user); GRANT INSERT ON trace TO PUBLIC;"
                + " CREATE TABLE parent (id int PRIMARY KEY); GRANT REFERENCES, SELECT ON parent TO " + ROLE);
        for (int i = 0; i < ATTEMPTS.length; i++) {
            plant("CREATE FUNCTION evil.attempt" + i + "() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN BEGIN "
                    + ATTEMPTS[i] + " EXCEPTION WHEN OTHERS THEN RAISE INFO 'refused: % %', SQLSTATE, SQLERRM; END;"
                    + " RETURN 1; END $f$");
        }
        plant("CREATE FUNCTION evil.attempt() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN PERFORM evil.attempt0();"
                + " PERFORM evil.attempt1(); PERFORM evil.attempt2(); PERFORM evil.attempt3(); PERFORM evil.attempt4();"
                + " RETURN 1; END $f$");
        plant("CREATE FUNCTION evil.indexed(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $f$ BEGIN"
                + " PERFORM evil.attempt(); RETURN i; END $f$");
    }

    private void plant(String sql) throws SQLException {
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "SET check_function_bodies = off; " + sql);
        }
    }

    private void assertNothingWasDone() throws Exception {
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                    + " current_database() AND state <> 'idle' AND pid <> pg_backend_pid()");
            assertThat(Sql.rows(raw, "SELECT who FROM trace")).isEmpty();
            new ServerState(raw).awaitNothingLeft();
        }
        Sql.assertNoJobIsAttached(connection);
        assertThat(Sql.value(connection, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS r(v int)")).as("what is not confined is served as ever").isEqualTo("7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFRESH MATERIALIZED VIEW evil.mv", "SET ROLE relay_other; REFRESH MATERIALIZED VIEW evil.mv"})
    void whileAMaterializedViewIsRefreshed(String refresh) throws Exception {
        plant("CREATE MATERIALIZED VIEW evil.mv AS SELECT evil.attempt() WITH NO DATA");
        run(refresh);
        run("RESET ROLE");
        assertNothingWasDone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ANALYZE evil.t", "VACUUM ANALYZE evil.t", "REINDEX TABLE evil.t",
        "CLUSTER evil.t USING made_by_function", "SET ROLE relay_other; ANALYZE evil.t",
        "CREATE INDEX ON evil.t (evil.indexed(i))"})
    void whileAnIndexIsBuiltOrLookedAt(String maintenance) throws Exception {
        plant("CREATE TABLE evil.t (i int); CREATE INDEX made_by_function ON evil.t (evil.indexed(i))");
        // rows come when the function is in place already, by its owner, who is answered by nobody
        plant("ALTER TABLE evil.t DISABLE TRIGGER USER");
        try (Connection other = database.connectAs(ROLE, "pgbgRelay=off")) {
            Sql.run(other, "CREATE OR REPLACE FUNCTION evil.indexed(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i'");
            Sql.run(other, "INSERT INTO evil.t SELECT generate_series(1, 3)");
            Sql.run(other, "CREATE OR REPLACE FUNCTION evil.indexed(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
                    + " $f$ BEGIN PERFORM evil.attempt(); RETURN i; END $f$");
        }
        for (String sql : maintenance.split("; ")) {
            run(sql);
        }
        run("RESET ROLE");
        assertNothingWasDone();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "ON DELETE CASCADE ~ DELETE ~ DELETE FROM parent",
        "ON DELETE SET NULL ~ UPDATE ~ DELETE FROM parent",
        "ON UPDATE CASCADE ~ UPDATE ~ UPDATE parent SET id = 2"})
    @SinceRelease(value = 11, because = "NEW in triggers of DELETE")
    void inATriggerThatAReferentialActionFires(String action, String event, String statement) throws Exception {
        run("INSERT INTO parent VALUES (1)");
        plant("CREATE TABLE evil.child (id int REFERENCES public.parent " + action + ")");
        plant("INSERT INTO evil.child VALUES (1)");
        plant("CREATE FUNCTION evil.on_event() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM evil.attempt();"
                + " RETURN COALESCE(NEW, OLD); END $f$");
        plant("CREATE TRIGGER t BEFORE " + event + " ON evil.child FOR EACH ROW EXECUTE PROCEDURE evil.on_event()");
        run(statement);
        assertNothingWasDone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT evil.definer()", "SELECT evil.definer(), pg_background_detach_all()",
        "DO $$ BEGIN PERFORM evil.definer(); PERFORM pg_background_detach_all(); END $$"})
    void inAFunctionThatRunsWithTheRightsOfItsOwner(String statement) throws Exception {
        plant("CREATE FUNCTION evil.definer() RETURNS int SECURITY DEFINER LANGUAGE plpgsql AS $f$ BEGIN"
                + " RETURN evil.attempt(); END $f$");
        run(statement);
        assertNothingWasDone();
    }

    @Test
    void theRefusalSaysWhyAndWhatToDo() throws SQLException {
        plant("CREATE FUNCTION evil.definer() RETURNS int SECURITY DEFINER LANGUAGE plpgsql AS $f$ BEGIN"
                + " RETURN public.pg_background_launch('SELECT 1'); END $f$");
        Failure failure = Failure.of(connection, "SELECT evil.definer()");
        assertThat(failure.state()).isEqualTo("42501");
        assertThat(failure.message()).isEqualTo(
                "cannot launch from within a SECURITY DEFINER function or a restricted operation");
        assertThat(failure.hint()).isEqualTo("Launch a job that calls the function.");
        assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo("postgres");
        // so it works, with the owner's rights
        run("CREATE FUNCTION public.who() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT current_user::text'");
        run("ALTER FUNCTION public.who() OWNER TO " + ROLE);
        assertThat(Sql.value(connection, "SELECT v FROM pg_background_result(pg_background_launch('SELECT public.who()'))"
                + " AS r(v text), (VALUES (1)) AS more")).isEqualTo(ROLE);
    }
}
