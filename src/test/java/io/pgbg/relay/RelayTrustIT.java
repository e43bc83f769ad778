package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/** A role of few rights gains none when somebody with more calls its functions over the driver. */
@AlsoAmongTraps
class RelayTrustIT extends OwnDatabase {

    private static final String SEVEN =
            "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)";
    /** What looks like a key of 128 bits or more. */
    private static final Pattern KEY = Pattern.compile("\\b[0-9a-fA-F]{32,}\\b");
    /** Written by a job that should not have run, whoever ran it. */
    private static final String TRACES = "SELECT who FROM trace";

    @BeforeEach
    void giveTheRoleASchema() throws SQLException {
        run("CREATE SCHEMA " + ROLE + " AUTHORIZATION " + ROLE);
        run("GRANT USAGE ON SCHEMA public TO PUBLIC");
        run("CREATE TABLE trace (who text DEFAULT current_user); GRANT ALL ON trace TO PUBLIC");
    }

    /** Makes a function as the role of few rights, in its own schema. */
    private void plant(String function) throws SQLException {
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "CREATE FUNCTION " + ROLE + "." + function);
        }
    }

    private static String literal(String text) {
        return text == null ? "NULL" : "'" + text.replace("'", "''") + "'";
    }

    /** Nothing was launched, nothing was answered, and the relay still serves. */
    private void assertNothingWasDone() throws Exception {
        Sql.assertNoJobIsAttached(connection);
        assertThat(seen(TRACES)).isEmpty();
        assertThat(Sql.rows(connection, SEVEN)).containsExactly("7");
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
        }
    }

    // Forged requests

    @ParameterizedTest
    @ValueSource(strings = {"INVOKER", "DEFINER"})
    void aForgedNoticeLaunchesNothing(String security) throws Exception {
        plant("forge() RETURNS int SECURITY " + security + " LANGUAGE plpgsql AS $f$ BEGIN"
                + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'token', DETAIL ="
                + " '{\"op\":\"launch\",\"sql\":\"INSERT INTO trace DEFAULT VALUES\",\"role\":\"postgres\"}';"
                + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = '', DETAIL = '';"
                + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'a', DETAIL = 'no json at all {';"
                + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = repeat('x', 100000), DETAIL = repeat('[', 100000);"
                + " RAISE NOTICE USING ERRCODE = 'BG001', MESSAGE = 'token', DETAIL ="
                + " '[\"launch\",\"INSERT INTO trace DEFAULT VALUES\"]'; RETURN 1; END $f$");
        assertThat(Sql.rows(connection, SEVEN)).containsExactly("7");
        // in a statement that the driver watches, because it has a call of its own
        assertThat(Sql.rows(connection, "SELECT " + ROLE + ".forge(), v FROM pg_background_result("
                + "pg_background_launch('SELECT 7')) AS r(v int)")).containsExactly("1,7");
        Sql.run(connection, "DO $$ BEGIN PERFORM " + ROLE + ".forge(); PERFORM pg_background_detach("
                + "pg_background_launch('SELECT 1')); END $$");
        assertNothingWasDone();
        install();
        assertThat(Sql.value(connection, "SELECT " + ROLE + ".forge()")).isEqualTo("1");
        assertNothingWasDone();
    }

    @Test
    void aRequestOverheardInOneSessionIsWorthNothingInAnother() throws Exception {
        installFor(ROLE);
        List<ServerErrorMessage> requests = new ArrayList<>();
        // nobody answers a session of another driver, but it sees the requests of its own functions
        try (Connection other = database.connectRawAs(ROLE); Statement statement = other.createStatement()) {
            assertThatThrownBy(() -> statement.execute("SELECT pg_background_launch('INSERT INTO trace DEFAULT"
                    + " VALUES')")).isInstanceOf(SQLException.class);
            for (SQLWarning at = statement.getWarnings(); at != null; at = at.getNextWarning()) {
                requests.add(((PSQLWarning) at).getServerErrorMessage());
            }
        }
        assertThat(requests).isNotEmpty();
        StringBuilder body = new StringBuilder("replay() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN ");
        for (ServerErrorMessage request : requests) {
            body.append("RAISE INFO USING ERRCODE = ").append(literal(request.getSQLState()));
            body.append(", MESSAGE = ").append(literal(request.getMessage()));
            if (request.getDetail() != null) {
                body.append(", DETAIL = ").append(literal(request.getDetail()));
            }
            if (request.getHint() != null) {
                body.append(", HINT = ").append(literal(request.getHint()));
            }
            body.append("; ");
        }
        plant(body + "RETURN 1; END $f$");
        assertThat(Sql.value(connection, "SELECT " + ROLE + ".replay()")).isEqualTo("1");
        assertNothingWasDone();
    }

    @Test
    void theSecretIsNotReadByOthers() throws SQLException {
        assertThat(Sql.rows(connection, SEVEN)).containsExactly("7");
        plant("tables() RETURNS SETOF text SECURITY DEFINER LANGUAGE plpgsql AS $f$ DECLARE c regclass; t text; BEGIN"
                + " FOR c IN SELECT oid FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind IN ('r',"
                + " 'v', 'S') LOOP BEGIN EXECUTE 'SELECT x::text FROM pg_temp.' || quote_ident((SELECT relname"
                + " FROM pg_class WHERE oid = c)) || ' AS x LIMIT 1' INTO t; RETURN NEXT c || ' ' || t;"
                + " EXCEPTION WHEN insufficient_privilege THEN NULL; END; END LOOP; END $f$");
        assertThat(Sql.rows(connection, "SELECT * FROM " + ROLE + ".tables()")).isEmpty();
        plant("sources() RETURNS SETOF text SECURITY DEFINER LANGUAGE sql AS $f$ SELECT prosrc FROM pg_proc"
                + " WHERE pronamespace = pg_my_temp_schema() $f$");
        assertThat(Sql.rows(connection, "SELECT * FROM " + ROLE + ".sources()")).as("everybody can read the source"
                + " of a function: no key is written there").noneMatch(source -> KEY.matcher(source).find());
    }

    // Genuine calls

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT current_user::text",
        "RESET ROLE; SELECT current_user::text",
        "SET ROLE NONE; SELECT current_user::text",
        "SET LOCAL ROLE NONE; SELECT current_user::text",
        "SET SESSION AUTHORIZATION DEFAULT; SELECT current_user::text",
        "RESET SESSION AUTHORIZATION; SELECT current_user::text",
        "SELECT set_config('role', 'none', false); SELECT current_user::text",
        "DISCARD ALL; SELECT current_user::text",
        "DO $d$ BEGIN EXECUTE 'RESET' || ' ROLE'; END $d$; SELECT current_user::text",
        "DO $d$ BEGIN PERFORM set_config('role', 'postgres', false); END $d$; SELECT current_user::text",
        "DO $d$ BEGIN RESET ROLE; CREATE TABLE public.climbed (); END $d$",
        "RESET ROLE; CREATE TABLE public.climbed ()",
        "SET ROLE postgres; ALTER ROLE relay_other SUPERUSER",
        "RESET ROLE; ALTER ROLE relay_other SUPERUSER",
        "RESET ROLE; SELECT count(*)::text FROM pg_authid",
        "SELECT count(*)::text FROM pg_authid"
    })
    void aFunctionOfALesserRoleGainsNothingFromItsCaller(String job) throws Exception {
        installFor(ROLE);
        run("GRANT CREATE ON SCHEMA public TO " + ROLE);
        plant("sneak(job text) RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $f$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(pg_background_launch(job)) AS r(v text)); END $f$");
        plant("sneak_away(job text) RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $f$ BEGIN PERFORM"
                + " pg_background_detach(pg_background_launch(job)); END $f$");
        try {
            String told = Sql.value(connection, "SELECT " + ROLE + ".sneak($job$" + job + "$job$)");
            if (job.endsWith("current_user::text")) {
                assertThat(told).isEqualTo(ROLE);
            }
            assertThat(job).doesNotContain("pg_authid");
        } catch (SQLException e) {
            assertThat(e.getSQLState()).as(e.getMessage()).isIn("42501", "0A000", "25001", "42809", "22023", "42804");
        }
        try {
            Sql.run(connection, "SELECT " + ROLE + ".sneak_away($job$" + job + "$job$)");
        } catch (SQLException e) {
            assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo("42501");
        }
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                    + " current_database() AND state <> 'idle' AND pid <> pg_backend_pid()");
        }
        assertThat(seen("SELECT relowner::regrole FROM pg_class WHERE relname = 'climbed' AND relowner <> '" + ROLE
                + "'::regrole")).isEmpty();
        assertThat(seen("SELECT rolsuper FROM pg_roles WHERE rolname = '" + ROLE + "'")).containsExactly("f");
        // and the caller's own jobs are the caller's, on whatever worker
        assertThat(Sql.value(connection, "SELECT v = current_user FROM pg_background_result(pg_background_launch("
                + "'SELECT current_user::text')) AS r(v text)")).isEqualTo("t");
    }

    @Test
    void aLesserRoleDoesNotReadOrForgetItsCallersJobs() throws SQLException {
        installFor(ROLE);
        int pid = Sql.launch(connection, "SELECT rolname::text FROM pg_authid WHERE rolsuper LIMIT 1");
        plant("steal(p int) RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $f$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(p) AS r(v text)); END $f$");
        assertThat(Sql.stateOf(connection, "SELECT " + ROLE + ".steal(" + pid + ")")).isEqualTo("42501");
        assertThat(Sql.result(connection, pid)).hasSize(1);
    }

    @Test
    void theSessionsOwnFunctionsGainNothingEither() throws SQLException {
        // a function of the lesser role finds the functions of the session by their names
        plant("probe() RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $f$ DECLARE f regprocedure; told text = '';"
                + " BEGIN FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = pg_my_temp_schema() AND pronargs = 2"
                + " AND proargtypes[0] = 'text'::regtype AND proargtypes[1] = 'int'::regtype LOOP BEGIN"
                + " EXECUTE format('SELECT pg_temp.%I(''INSERT INTO trace DEFAULT VALUES'', 65536)',"
                + " (SELECT proname FROM pg_proc WHERE oid = f)); told := told || 'launched ';"
                + " EXCEPTION WHEN insufficient_privilege THEN told := told || 'refused '; END; END LOOP;"
                + " RETURN told; END $f$");
        assertThat(Sql.rows(connection, SEVEN)).containsExactly("7");
        try {
            Sql.rows(connection, "SELECT " + ROLE + ".probe(), v FROM pg_background_result(pg_background_launch("
                    + "'SELECT 7')) AS r(v int)");
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("42501");
        }
        assertThat(seen(TRACES + " WHERE who <> '" + ROLE + "'")).isEmpty();
    }

    // Functions that only look like ours

    @ParameterizedTest
    @ValueSource(strings = {"sql text, queue_size int DEFAULT 65536", "sql text", "sql varchar", "VARIADIC a text[]"})
    void aPlantedFunctionIsNotCalled(String arguments) throws Exception {
        for (boolean before : new boolean[] {true, false}) {
            String function = before ? "plant_before" : "plant_after";
            plant(function + "() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $f$ BEGIN BEGIN"
                    + " EXECUTE $e$CREATE FUNCTION pg_temp.pg_background_launch("
                    + arguments + ") RETURNS int LANGUAGE plpgsql AS $b$ BEGIN INSERT"
                    + " INTO trace DEFAULT VALUES; RETURN 1; END $b$ $e$; EXCEPTION WHEN duplicate_function OR"
                    + " insufficient_privilege THEN NULL; END; BEGIN EXECUTE $e$CREATE FUNCTION"
                    + " pg_temp.pg_background_result(pid int) RETURNS SETOF record LANGUAGE plpgsql AS $b$ BEGIN INSERT"
                    + " INTO trace DEFAULT VALUES; END $b$ $e$; EXCEPTION WHEN duplicate_function OR"
                    + " insufficient_privilege THEN NULL; END; END $f$");
            try (Connection victim = database.connect()) {
                if (!before) {
                    assertThat(Sql.rows(victim, SEVEN)).containsExactly("7");
                }
                Sql.run(victim, "SELECT " + ROLE + "." + function + "()");
                for (String sql : List.of(SEVEN, "DO $$ BEGIN PERFORM pg_background_launch('SELECT 1'); END $$")) {
                    try {
                        Sql.run(victim, sql);
                    } catch (SQLException e) {
                        assertThat(e.getSQLState()).as("refused, if not served: " + e.getMessage())
                                .isIn("42501", "42723", "42725");
                    }
                }
            }
            assertThat(seen(TRACES)).as(function).isEmpty();
        }
    }

    @Test
    void aPlantedOperatorOrCastOfTheSearchPathIsNotUsed() throws SQLException {
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "CREATE FUNCTION " + ROLE + ".trap(a text, b text) RETURNS text LANGUAGE sql AS $f$"
                    + " INSERT INTO public.trace DEFAULT VALUES; SELECT a $f$");
            Sql.run(other, "CREATE OPERATOR " + ROLE + ".|| (LEFTARG = text, RIGHTARG = text, PROCEDURE = " + ROLE
                    + ".trap)");
            Sql.run(other, "CREATE FUNCTION " + ROLE + ".format(a text, VARIADIC b text[]) RETURNS text LANGUAGE sql AS"
                    + " $f$ INSERT INTO public.trace DEFAULT VALUES; SELECT a $f$");
            Sql.run(other, "CREATE FUNCTION " + ROLE + ".md5(a text) RETURNS text LANGUAGE sql AS"
                    + " $f$ INSERT INTO public.trace DEFAULT VALUES; SELECT a $f$");
            Sql.run(other, "CREATE FUNCTION " + ROLE + ".pg_backend_pid() RETURNS int LANGUAGE sql AS"
                    + " $f$ INSERT INTO public.trace DEFAULT VALUES; SELECT 1 $f$");
        }
        run("SET search_path = " + ROLE + ", pg_catalog, public");
        assertThat(Sql.rows(connection, "SELECT v, 1 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS r(v int)")).containsExactly("7,1");
        Sql.run(connection, "DO $$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1'))"
                + " AS r(v int); END $$");
        assertThat(seen(TRACES)).isEmpty();
    }

    // Switching it off

    @Test
    void theRelayCanBeSwitchedOff() throws SQLException {
        installFor(ROLE);
        plant("launched() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN pg_background_launch("
                + "'INSERT INTO trace DEFAULT VALUES'); END $f$");
        try (Connection off = database.connect("pgbgRelay=off"); Statement statement = off.createStatement()) {
            assertThatThrownBy(() -> statement.execute("SELECT " + ROLE + ".launched()"))
                    .isInstanceOf(SQLException.class);
            try (ResultSet row = statement.executeQuery("SELECT pg_background_launch('SELECT 1')")) {
                assertThat(row.next()).as("direct calls are served").isTrue();
            }
        }
        assertThat(seen(TRACES)).isEmpty();
    }

    @Test
    void aSessionRelayServesComposedSqlOnly() throws SQLException {
        installFor(ROLE);
        try (Connection session = database.connect("pgbgRelay=session")) {
            assertThat(Sql.rows(session, SEVEN)).containsExactly("7");
        }
        try (Connection off = database.connect("pgbgRelay=off")) {
            assertThatThrownBy(() -> Sql.rows(off, SEVEN)).isInstanceOf(SQLException.class);
        }
    }

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
    void aFunctionWithTheRightsOfItsOwnerIsToldNothing() throws SQLException {
        installFor(ROLE);
        run("GRANT CREATE ON SCHEMA public TO " + ROLE);
        int pid = Sql.launch(connection, "SELECT 'secret'");
        try (Connection other = database.connectAs(ROLE)) {
            Sql.run(other, "CREATE FUNCTION public.look() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
                    + " RETURN"
                    + " (SELECT count(*)::text FROM pg_background_list) || ' ' || pg_background_detach_all()::text;"
                    + " END $$");
        }
        assertThat(Sql.stateOf(connection, "SELECT public.look()")).isEqualTo("42501");
        assertThat(Sql.result(connection, pid)).containsExactly("secret");
        run("DROP FUNCTION public.look()");
    }
}
