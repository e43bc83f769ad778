package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A role that may create objects in the schema of the installed functions gains nothing by what it puts there. */
@AlsoAmongTraps
class PlantedBesideInstalledIT extends OwnDatabase {

    private Connection stranger;

    @BeforeEach
    void letTheStrangerIn() throws SQLException {
        run("GRANT CREATE, USAGE ON SCHEMA public TO " + ROLE + "; CREATE SCHEMA evil AUTHORIZATION " + ROLE);
        stranger = database.connectRawAs(ROLE);
    }

    @AfterEach
    void closeStranger() throws SQLException {
        stranger.close();
    }

    /** A function of the stranger's that everybody may call. */
    private void plant(String signature) throws SQLException {
        Sql.run(stranger, "CREATE FUNCTION " + signature + " RETURNS int LANGUAGE sql AS 'SELECT 1'");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch('SELECT 1')",
        "SELECT evil.pg_background_launch('SELECT 1')",
        "SELECT pg_background_submit('SELECT 1')",
        "SELECT 1, public.pg_background_launch('SELECT 1')",
        "DO $$ BEGIN PERFORM public.pg_background_launch('SELECT 1'); END $$"
    })
    void executeOnAFunctionOfItsOwnCountsForNothing(String sql) throws SQLException {
        install();
        plant("evil.pg_background_launch(text, int DEFAULT 0)");
        plant("evil.pg_background_submit(text, int DEFAULT 0)");
        plant("public.pg_background_launch(point)");
        plant("public.pg_background_submit(point)");
        try (Connection own = database.connectAs(ROLE)) {
            Sql.run(own, "SET search_path = evil, public");
            assertThat(Failure.of(own, sql).message()).startsWith("permission denied for function pg_background_");
        }
    }

    /** Another marker, of which the list names what is not part of the installation. */
    private void plantMarker(String... parts) throws SQLException {
        Sql.run(stranger, "CREATE FUNCTION public.pg_background_relay_version(int) RETURNS text LANGUAGE sql AS $m$"
                + "SELECT '5'::pg_catalog.text\n-- pgbg-jdbc\n-- " + String.join("\n-- ", parts) + "$m$");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGrantGivesNothingThatAnotherMarkerNames(boolean before) throws SQLException {
        if (before) {
            plantMarker("secret(integer)", "VIEW hidden");
        }
        run("CREATE FUNCTION secret(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
                + " REVOKE ALL ON FUNCTION secret(int) FROM PUBLIC; CREATE VIEW hidden AS SELECT 1 AS one");
        install();
        if (!before) {
            plantMarker("secret(integer)", "VIEW hidden");
        }
        run("SELECT grant_pg_background_privileges('" + ROLE + "')");
        assertThat(seen("SELECT has_function_privilege('" + ROLE + "', 'secret(int)', 'EXECUTE')::text, "
                + "has_table_privilege('" + ROLE + "', 'hidden', 'SELECT')::text")).containsExactly("false,false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ALTER EXTENSION pg_background UPDATE", "DROP EXTENSION pg_background"})
    void nothingIsDroppedThatAnotherMarkerNames(String sql) throws SQLException {
        plantMarker("pg_background_mine(integer)", "VIEW hidden");
        run("CREATE FUNCTION pg_background_mine(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
                + " CREATE VIEW hidden AS SELECT 1 AS one");
        install();
        run(sql);
        assertThat(seen("SELECT to_regprocedure('pg_background_mine(int)')::text, to_regclass('hidden')::text"))
                .containsExactly("pg_background_mine(integer),hidden");
        assertThat(seen("SELECT to_regprocedure('pg_background_launch(text, int)') IS NULL"))
                .containsExactly(sql.startsWith("DROP") ? "t" : "f");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "CREATE FUNCTION public.pg_background_launch(sql text, queue_size int, label text)"
            + " RETURNS public.pg_background_handle LANGUAGE sql AS 'SELECT NULL::public.pg_background_handle'",
        "CREATE VIEW public.pg_background_list AS SELECT NULL::int4 AS pid, NULL::int8 AS cookie,"
            + " NULL::timestamptz AS launched_at, NULL::oid AS user_id, NULL::int4 AS queue_size, NULL::text AS state,"
            + " NULL::text AS sql_preview, NULL::text AS last_error, NULL::bool AS consumed, NULL::text AS label"
    })
    void aRenewalMakesNothingItsPartThatBelongsToTheStranger(String sql) throws SQLException {
        install();
        run("DROP VIEW pg_background_list");
        Sql.run(stranger, sql);
        Failure failure = Failure.of(connection, "ALTER EXTENSION pg_background UPDATE TO '2.0'");
        assertThat(failure.state()).isEqualTo("55000");
        assertThat(failure.message()).contains("is not a member of extension \"pg_background\"");
        assertThat(failure.detail())
                .isEqualTo("An extension is not allowed to replace an object that it does not own.");
    }

    @Test
    void nobodyIsKeptFromInstalling() throws Exception {
        Sql.run(stranger, "SELECT pg_catalog.pg_advisory_lock(1885823593, 0)");
        Running.start(() -> {
            install();
            run("ALTER EXTENSION pg_background UPDATE");
            run("DROP EXTENSION pg_background");
            return null;
        }).get(SOON);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        // the caller's list stands in a function made later, and in none
        "PERFORM 1 FROM pg_background_result(1) AS r(a varchar(3), b numeric);",
        ""
    })
    void aColumnListOfTheStrangersChangesNoValue(String body) throws SQLException {
        install();
        Sql.run(stranger, "CREATE FUNCTION evil.lists() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
                + " PERFORM 1 FROM pg_background_result(1) AS r(a varchar(3), b numeric(5,0)); END $$");
        run("CREATE FUNCTION read(n int) RETURNS text LANGUAGE plpgsql AS $f$ DECLARE b text; BEGIN IF n < 0 THEN "
                + body + " END IF; EXECUTE format('SELECT b::text FROM public.pg_background_result("
                + "public.pg_background_launch(%L)) AS r(a varchar(%s), b numeric)',"
                + " 'SELECT ''abc''::varchar, 12.34', n) INTO b; RETURN b; END $f$");
        assertThat(Sql.value(connection, "SELECT read(3)")).isEqualTo("12.34");
    }

    @Test
    void manyColumnListsOfTheStrangersKeepNobodysOut() throws SQLException {
        install();
        Sql.run(stranger, "DO $$ BEGIN FOR i IN 100 .. 160 LOOP EXECUTE format('CREATE FUNCTION evil.f%s() RETURNS void"
                + " LANGUAGE plpgsql AS %L', i, format('BEGIN PERFORM 1 FROM pg_background_result(1)"
                + " AS r(a varchar(%s)); END', i)); END LOOP; END $$");
        run("CREATE FUNCTION read() RETURNS text LANGUAGE sql AS $f$ SELECT a FROM public.pg_background_result("
                + "public.pg_background_launch('SELECT ''abc''::varchar')) AS r(a varchar(3)) $f$");
        assertThat(Sql.value(connection, "SELECT read()")).isEqualTo("abc");
    }
}
