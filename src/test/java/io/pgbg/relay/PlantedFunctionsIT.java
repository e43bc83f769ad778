package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A role of few rights makes functions of our names in the middle of a superuser's block, or in a schema of the
 * superuser's search path. None of them is ever called: the call is answered, or the server says that it is ambiguous.
 */
@AlsoAmongTraps
class PlantedFunctionsIT extends OwnDatabase {

    /** Raised by every planted function. */
    private static final String SPRUNG = "TRAP1";
    private static final String AMBIGUOUS = "42725";

    private static final List<String> LAUNCHES = List.of("varchar", "text", "name", "\"char\"", "bpchar",
            "anyelement", "text, VARIADIC int[]", "VARIADIC text[]", "text, int, int DEFAULT 1", "varchar, int",
            "text, bigint", "sql varchar, queue_size int DEFAULT 0", "text, int, text DEFAULT NULL",
            "text, VARIADIC \"any\"");
    private static final List<String> RESULTS = List.of("bigint", "smallint", "numeric", "anyelement",
            "VARIADIC int[]", "int, int DEFAULT 1", "pid bigint, cookie bigint DEFAULT 1");

    /** What the superuser passes as a job's text. */
    private static final List<String> TYPES = List.of("varchar", "name", "\"char\"", "char(10)", "varchar(20)", "text",
            "planted_domain", "planted_domain_over_varchar");

    @BeforeEach
    void giveTheRoleAPlace() throws SQLException {
        run("CREATE SCHEMA " + ROLE + " AUTHORIZATION " + ROLE);
        run("GRANT USAGE ON SCHEMA public TO PUBLIC");
        run("CREATE DOMAIN planted_domain AS text; CREATE DOMAIN planted_domain_over_varchar AS varchar(30)");
        run("CREATE TABLE parent (id int PRIMARY KEY); GRANT REFERENCES ON parent TO " + ROLE);
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "CREATE FUNCTION relay_other.plant() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN"
                    + planting("pg_temp") + " RETURN 1; END $f$");
            Sql.run(other, "CREATE MATERIALIZED VIEW relay_other.mv AS SELECT relay_other.plant() WITH NO DATA");
            Sql.run(other, "CREATE TABLE relay_other.child (id int REFERENCES public.parent ON DELETE CASCADE)");
            Sql.run(other, "CREATE FUNCTION relay_other.on_delete() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
                    + " PERFORM relay_other.plant(); RETURN OLD; END $f$");
            Sql.run(other, "CREATE TRIGGER t BEFORE DELETE ON relay_other.child FOR EACH ROW EXECUTE PROCEDURE"
                    + " relay_other.on_delete()");
        }
    }

    /** PL/pgSQL that makes all the functions in a schema that it can. */
    private static String planting(String schema) {
        StringBuilder body = new StringBuilder();
        for (String arguments : LAUNCHES) {
            body.append(planted(schema, "pg_background_launch(" + arguments + ")", "int"));
        }
        for (String arguments : RESULTS) {
            body.append(planted(schema, "pg_background_result(" + arguments + ")", "SETOF record"));
            body.append(planted(schema, "pg_background_detach(" + arguments + ")", "void"));
        }
        return body.toString();
    }

    private static String planted(String schema, String function, String returns) {
        boolean any = function.contains("\"any\"");
        return " BEGIN EXECUTE $e$CREATE FUNCTION " + schema + '.' + function + " RETURNS " + returns
                + (any ? " LANGUAGE internal AS 'pg_backend_pid'"
                        : " LANGUAGE plpgsql AS $b$ BEGIN RAISE EXCEPTION SQLSTATE '" + SPRUNG + "'; END $b$")
                + "$e$; EXCEPTION WHEN duplicate_function OR insufficient_privilege THEN NULL; END;";
    }

    /** The calls that a block makes with its variable {@code q}. */
    private static List<String> calls() {
        return List.of("PERFORM pg_background_launch(q)",
                "pid := pg_background_launch(q, 65536)",
                "PERFORM pg_background_launch(sql => q)",
                "PERFORM pg_background_detach(pg_background_launch(q))",
                "SELECT x INTO pid FROM pg_background_result(pg_background_launch(q)) AS (x int)",
                "WITH l AS (SELECT pg_background_launch(q) AS p) SELECT p INTO pid FROM l",
                "FOR pid IN SELECT pg_background_launch(v) FROM (SELECT q) AS t(v) LOOP END LOOP",
                "EXECUTE 'SELECT pg_background_launch($1)' USING q",
                "EXECUTE 'SELECT pg_background_launch(' || quote_literal(q::text) || ')'",
                "EXECUTE format('SELECT pg_background_launch(%L)', q)",
                "EXECUTE $x$SELECT pg_background_launch('SELECT 1')$x$",
                "EXECUTE 'DO ''BEGIN PERFORM pg_background_launch(''''SELECT 1''''::varchar); END'''",
                "PERFORM pg_background_launch('SELECT 1')",
                "PERFORM pg_background_launch(NULL)");
    }

    /** Runs a statement of a session of its own, which is answered, or ambiguous. */
    private void assertNotSprung(String sql) throws SQLException {
        try (Connection victim = database.connect()) {
            try {
                Sql.run(victim, sql);
            } catch (SQLException e) {
                // whoever planted it can only be in the way
                assertThat(e.getSQLState()).as(sql + ": " + e.getMessage()).isEqualTo(AMBIGUOUS);
                return;
            }
            assertThat(seen("SELECT proname FROM pg_proc WHERE proowner = '" + ROLE + "'::regrole AND proname ="
                    + " 'pg_background_launch'")).as("planted").isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFRESH MATERIALIZED VIEW relay_other.mv", "DELETE FROM parent"})
    void isNotCalledInTheBlockThatLetItBeMade(String opportunity) throws SQLException {
        for (String call : calls()) {
            run("INSERT INTO parent VALUES (1) ON CONFLICT DO NOTHING");
            run("INSERT INTO relay_other.child SELECT 1 WHERE NOT EXISTS (SELECT FROM relay_other.child)");
            assertNotSprung("DO $$ DECLARE q varchar := 'SELECT 1'; pid int; BEGIN " + opportunity + "; " + call
                    + "; END $$");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PERFORM pg_background_launch(q)", "EXECUTE 'SELECT pg_background_launch($1)' USING q"})
    void isNotCalledWithAnArgumentOfAnotherType(String call) throws SQLException {
        for (String type : TYPES) {
            for (String value : List.of("'SELECT 1'", "NULL")) {
                assertNotSprung("DO $$ DECLARE q " + type + " := " + (type.contains("char\"") ? "'-'" : value)
                        + "; BEGIN REFRESH MATERIALIZED VIEW relay_other.mv; " + call + "; END $$");
            }
        }
    }

    @Test
    void isAnsweredUnlessSomethingOfTheSameTypesIsBesideIt() throws SQLException {
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "CREATE OR REPLACE FUNCTION relay_other.plant() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN"
                    + planted("pg_temp", "pg_background_launch(varchar)", "int")
                    + planted("pg_temp", "pg_background_launch(text)", "int")
                    + planted("pg_temp", "pg_background_launch(varchar, int)", "int")
                    + planted("pg_temp", "pg_background_result(bigint)", "SETOF record") + " RETURN 1; END $f$");
        }
        try (Connection victim = database.connect()) {
            Sql.run(victim, "DO $$ DECLARE q varchar := 'CREATE TABLE made ()'; BEGIN REFRESH MATERIALIZED VIEW"
                    + " relay_other.mv; PERFORM * FROM pg_background_result(pg_background_launch(q)) AS (a text);"
                    + " END $$");
        }
        assertThat(seen("SELECT relowner = 'postgres'::regrole FROM pg_class WHERE relname = 'made'"))
                .containsExactly("t");
    }

    @ParameterizedTest
    @ValueSource(strings = {"public", "\"My 100% Schema\"", "\u00e4"})
    void isNotCalledInPlaceOfAnInstalledOne(String schema) throws SQLException {
        run("CREATE SCHEMA IF NOT EXISTS " + schema);
        run("CREATE EXTENSION pg_background SCHEMA " + schema);
        try (Connection other = database.connectRawAs(ROLE)) {
            Sql.run(other, "DO $do$ BEGIN" + planting(ROLE) + " END $do$");
        }
        String path = "SET search_path = " + ROLE + ", " + schema + ", public;";
        for (String call : calls()) {
            if (schema.contains("%") && call.contains("format(")) {
                continue;
            }
            assertNotSprung(path + " DO $$ DECLARE q varchar := 'SELECT 1'; pid int; BEGIN " + call + "; END $$");
        }
        for (String sql : List.of("SELECT q, pg_background_launch(q) FROM (SELECT 'SELECT 1'::varchar) AS t(q)",
                "SELECT q, p FROM (SELECT 'SELECT 1'::varchar) AS t(q), LATERAL pg_background_launch(q) AS p",
                "WITH l AS (SELECT pg_background_launch('SELECT 1'::name) AS p) SELECT * FROM l",
                "SELECT x + 1 FROM pg_background_result(pg_background_launch('SELECT 1'::varchar)) AS (x int)")) {
            assertNotSprung(path + sql);
        }
    }

    @Test
    void aSchemaThatIsWrittenIsMeant() throws SQLException {
        install();
        run("CREATE SCHEMA mine; CREATE FUNCTION mine.pg_background_launch(varchar) RETURNS int LANGUAGE sql"
                + " AS 'SELECT 42'");
        assertThat(Sql.rows(connection, "SELECT mine.pg_background_launch(q) FROM (SELECT 'x'::varchar) AS t(q)"))
                .containsExactly("42");
        assertThat(Sql.rows(connection, "SELECT x + 1 FROM public.pg_background_result(public.pg_background_launch("
                + "'SELECT 1'::varchar)) AS (x int)")).containsExactly("2");
    }
}
