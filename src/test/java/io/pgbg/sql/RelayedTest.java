package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How the names of the calls of a relayed statement are qualified; {@link WrittenCallsTest} has their arguments. In the
 * tables f( stands for pg_background_launch(, and ^ for a line's end.
 */
class RelayedTest {

    private static final String CALL = "pg_background_launch(";

    private static String full(String sql) {
        return sql.replaceAll("(?i)\\bf\\(", CALL).replace('^', '\n');
    }

    private static ParsedStatement.Relayed relayed(String sql, Dialect dialect) {
        ParsedStatement statement = TestReader.one(sql, dialect);
        assertThat(statement).as(sql).isInstanceOf(ParsedStatement.Relayed.class);
        return (ParsedStatement.Relayed) statement;
    }

    private static ParsedStatement.Relayed relayed(String sql) {
        return relayed(sql, Dialect.STATEMENT);
    }

    private static String qualified(String sql) {
        return relayed(sql).in(TestReader.names("pg_temp")).text();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT id, f(q) FROM t ~ SELECT id, pg_temp.f(q) FROM t",
            "SELECT f('x'), f('y') ~ SELECT pg_temp.f('x'), pg_temp.f('y')",
            "SELECT 1 + f(f('x')::text) ~ SELECT 1 + pg_temp.f(pg_temp.f('x')::text)",
            "SELECT a BETWEEN ASYMMETRIC f(1) AND f(2) ~ SELECT a BETWEEN ASYMMETRIC pg_temp.f(1) AND pg_temp.f(2)",
            "SELECT 1 + public.f('x') ~ SELECT 1 + pg_temp.f('x')",
            "SELECT 1 + \"My Schema\" . /* a */ f( 'x') ~ SELECT 1 + pg_temp . /* a */ f( 'x')",
            "SELECT 1 + pg_temp.f('x') ~ SELECT 1 + pg_temp.f('x')",
            "SELECT -f('x') ~ SELECT -pg_temp.f('x')",
            "SELECT 1,\"public\".f('x') ~ SELECT 1,pg_temp.f('x')",
            "SELECT 'f(1)', f('f(2)') -- f(3) ~ SELECT 'f(1)', pg_temp.f('f(2)') -- f(3)",
            "SELECT \"f(1)\", f AS f, f('x') ~ SELECT \"f(1)\", f AS f, pg_temp.f('x')",
            "SELECT a FROM f(1) t(a) JOIN f(2) u(a) ON true ~ "
                    + "SELECT a FROM pg_temp.f(1) t(a) JOIN pg_temp.f(2) u(a) ON true",
            "SELECT * FROM t, LATERAL f(t.q) AS r(a int) ~ SELECT * FROM t, LATERAL pg_temp.f(t.q) AS r(a int)",
            "SELECT * FROM ROWS FROM (f(1) AS (a int), f(2) AS (b int)) ~ "
                    + "SELECT * FROM ROWS FROM (pg_temp.f(1) AS (a int), pg_temp.f(2) AS (b int))",
            "WITH f(a) AS (SELECT f('x')) SELECT * FROM f ~ WITH f(a) AS (SELECT pg_temp.f('x')) SELECT * FROM f",
            "SELECT {fn f('x')} ~ SELECT {fn pg_temp.f('x')}",
            "{call p(f('x'))} ~ {call p(pg_temp.f('x'))}",
            "{? = call p(f('x'))} ~ {? = call p(pg_temp.f('x'))}",
            "CALL f('x') ~ CALL pg_temp.f('x')",
            "INSERT INTO t SELECT f('x') RETURNING f('y') ~ "
                    + "INSERT INTO t SELECT pg_temp.f('x') RETURNING pg_temp.f('y')",
            "COPY (SELECT f('x')) TO STDOUT ~ COPY (SELECT pg_temp.f('x')) TO STDOUT",
            "CREATE TABLE t AS SELECT f('x') ~ CREATE TABLE t AS SELECT pg_temp.f('x')",
            "PREPARE p AS SELECT f($1) ~ PREPARE p AS SELECT pg_temp.f($1)"})
    void qualifies(String sql, String expected) {
        assertThat(qualified(full(sql))).isEqualTo(full(expected));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT\"pg_background_launch\"('x'),1 ~ SELECT pg_temp.\"pg_background_launch\"('x'),1",
            "SELECT\"public\".PG_Background_Launch('x'),1 ~ SELECT pg_temp.PG_Background_Launch('x'),1",
            "SELECT 1,U&\"pg_background\\005flaunch\"('x') ~ SELECT 1,pg_temp.U&\"pg_background\\005flaunch\"('x')",
            "DO E'BEGIN PERFORM\\x09\"pg_background_launch\"(1); END' ~ "
                    + "DO E'BEGIN PERFORM\\x09 pg_temp.\"pg_background_launch\"(1); END'"})
    void keepsTheSchemaApart(String sql, String expected) {
        assertThat(qualified(sql)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "DO $$BEGIN PERFORM f('f(1)'); END$$ ~ DO $$BEGIN PERFORM pg_temp.f('f(1)'); END$$",
            "DO LANGUAGE plpgsql $a$BEGIN a := f('x'); -- f(1)^END$a$ ~ "
                    + "DO LANGUAGE plpgsql $a$BEGIN a := pg_temp.f('x'); -- f(1)^END$a$",
            "DO $$BEGIN PERFORM public.f('x'); END$$ LANGUAGE 'plpgsql' ~ "
                    + "DO $$BEGIN PERFORM pg_temp.f('x'); END$$ LANGUAGE 'plpgsql'",
            "DO 'BEGIN PERFORM ''a'', f(''x''); END' ~ DO 'BEGIN PERFORM ''a'', pg_temp.f(''x''); END'",
            "DO E'BEGIN\\n PERFORM\\npg_background_launch(\\'x\\'); END' ~ "
                    + "DO E'BEGIN\\n PERFORM\\npg_temp.f(\\'x\\'); END'",
            "DO U&'BEGIN PERFORM\\000apg_background_launch(''x''); END' ~ "
                    + "DO U&'BEGIN PERFORM\\000a pg_temp.f(''x''); END'",
            "DO 'BEGIN PERFORM '^'f(1); END' ~ DO 'BEGIN PERFORM '^'pg_temp.f(1); END'",
            "DO 'BEGIN PERFORM pub'^'lic.f(1), f(2); END' ~ DO 'BEGIN PERFORM pub'^'lic.f(1), pg_temp.f(2); END'",
            "DO $$DECLARE a int := f('x'); c CURSOR FOR SELECT f('y');"
                    + " BEGIN IF f('z') > 1 THEN RETURN; END IF; END$$ ~ "
                    + "DO $$DECLARE a int := pg_temp.f('x'); c CURSOR FOR SELECT pg_temp.f('y');"
                    + " BEGIN IF pg_temp.f('z') > 1 THEN RETURN; END IF; END$$"})
    void qualifiesInBlocks(String sql, String expected) {
        assertThat(qualified(full(sql))).isEqualTo(full(expected));
    }

    /** The rows are what stands in a body, between {@code BEGIN} and {@code END}. */
    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "EXECUTE 'SELECT f(1)'; ~ EXECUTE 'SELECT pg_temp.f(1)';",
            "EXECUTE 'SELECT f(''f(1)'')' INTO a; ~ EXECUTE 'SELECT pg_temp.f(''f(1)'')' INTO a;",
            "EXECUTE E'SELECT public.f(\\'x\\')' USING b; ~ EXECUTE E'SELECT pg_temp.f(\\'x\\')' USING b;",
            "EXECUTE $q$SELECT f($1)$q$ USING f('y'); ~ EXECUTE $q$SELECT pg_temp.f($1)$q$ USING pg_temp.f('y');",
            "RETURN QUERY EXECUTE 'SELECT f(1)'; ~ RETURN QUERY EXECUTE 'SELECT pg_temp.f(1)';",
            "OPEN c FOR EXECUTE 'SELECT f(1)'; ~ OPEN c FOR EXECUTE 'SELECT pg_temp.f(1)';",
            "FOR r IN EXECUTE 'SELECT f(1)' LOOP a := 'SELECT f(1)'; END LOOP; ~ "
                    + "FOR r IN EXECUTE 'SELECT pg_temp.f(1)' LOOP a := 'SELECT f(1)'; END LOOP;",
            "EXECUTE 'SELECT f(' || quote_literal('SELECT f(1)') || ')'; ~ "
                    + "EXECUTE 'SELECT pg_temp.f(' || quote_literal('SELECT f(1)') || ')';",
            "EXECUTE 'SELECT f(' || '''SELECT f(1), f(2)''' || ')'; ~ "
                    + "EXECUTE 'SELECT pg_temp.f(' || '''SELECT f(1), f(2)''' || ')';",
            "EXECUTE 'SELECT f(''SELECT ' || x || ', f(2)'')'; ~ "
                    + "EXECUTE 'SELECT pg_temp.f(''SELECT ' || x || ', f(2)'')';",
            "EXECUTE 'SELECT ' || 'f(1)'; ~ EXECUTE 'SELECT ' || 'pg_temp.f(1)';",
            "EXECUTE 'SELECT public' || '.f(1)'; ~ EXECUTE 'SELECT pg_temp' || '.f(1)';",
            "EXECUTE 'SELECT my_' || 'f(1)'; ~ EXECUTE 'SELECT my_' || 'f(1)';",
            "EXECUTE 'SELECT ' || s || '.f(1)'; ~ EXECUTE 'SELECT ' || s || '.f(1)';",
            "EXECUTE v || ', f(1)'; ~ EXECUTE v || ', pg_temp.f(1)';",
            "EXECUTE v || 'f(1)'; ~ EXECUTE v || ' pg_temp.f(1)';",
            "EXECUTE ('SELECT f(1)'::text); ~ EXECUTE ('SELECT pg_temp.f(1)'::text);",
            "EXECUTE format('SELECT f(%L)', 'SELECT f(1)'); ~ EXECUTE format('SELECT pg_temp.f(%L)', 'SELECT f(1)');",
            "EXECUTE pg_catalog.format('SELECT ' || 'f(%L)', 'f(1)') || ', f(2)'; ~ "
                    + "EXECUTE pg_catalog.format('SELECT ' || 'pg_temp.f(%L)', 'f(1)') || ', pg_temp.f(2)';",
            "EXECUTE format('SELECT %I.f(1), %1$I.f(1), public.f(1)', s); ~ "
                    + "EXECUTE format('SELECT %I.f(1), %1$I.f(1), pg_temp.f(1)', s);",
            "EXECUTE 'SELECT 1; SELECT f(1)'; ~ EXECUTE 'SELECT 1; SELECT pg_temp.f(1)';",
            "EXECUTE 'DO $x$BEGIN PERFORM f(1); EXECUTE ''SELECT f(''''x'''')''; END$x$'; ~ "
                    + "EXECUTE 'DO $x$BEGIN PERFORM pg_temp.f(1); EXECUTE ''SELECT pg_temp.f(''''x'''')''; END$x$';",
            "EXECUTE 'CREATE VIEW v AS SELECT f(1)'; ~ EXECUTE 'CREATE VIEW v AS SELECT pg_temp.f(1)';",
            "EXECUTE 'CREATE FUNCTION g() RETURNS int RETURN f(1)'; ~ "
                    + "EXECUTE 'CREATE FUNCTION g() RETURNS int RETURN f(1)';",
            "EXECUTE 'GRANT EXECUTE ON FUNCTION g(int), ' || 'f(text) TO x'; ~ "
                    + "EXECUTE 'GRANT EXECUTE ON FUNCTION g(int), ' || 'f(text) TO x';",
            "EXECUTE f('SELECT f(1)'); ~ EXECUTE pg_temp.f('SELECT f(1)');",
            "EXECUTE (SELECT 'f(1)' || f('x')); ~ EXECUTE (SELECT 'f(1)' || pg_temp.f('x'));",
            "a := 'SELECT f(1)'; EXECUTE a; ~ a := 'SELECT f(1)'; EXECUTE a;",
            "PERFORM t.execute 'SELECT f(1)'; ~ PERFORM t.execute 'SELECT f(1)';",
            "GRANT EXECUTE ON FUNCTION g(int), f(text) TO x; b := f(1); ~ "
                    + "GRANT EXECUTE ON FUNCTION g(int), f(text) TO x; b := pg_temp.f(1);",
            "CREATE OR REPLACE FUNCTION g() RETURNS int RETURN f(1); ~ "
                    + "CREATE OR REPLACE FUNCTION g() RETURNS int RETURN f(1);",
            "comment := f(1); ~ comment := pg_temp.f(1);"})
    void qualifiesInDynamicSql(String body, String expected) {
        String start = "DO $body$BEGIN PERFORM pg_temp.";
        String sql = start + full("f('x'); " + body) + " END$body$";
        assertThat(qualified(sql)).isEqualTo(start + full("f('x'); " + expected) + " END$body$");
        String quoted = "DO '" + sql.substring("DO $body$".length(), sql.length() - "$body$".length())
                .replace("'", "''") + "'";
        assertThat(qualified(quoted)).isEqualTo("DO '" + ("BEGIN PERFORM pg_temp." + full("f('x'); " + expected)
                + " END").replace("'", "''") + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DO $$BEGIN EXECUTE 'SELECT f(1)'; END$$",
            "DO 'BEGIN EXECUTE format(''SELECT f(%L)'', 1); END'"})
    void relaysABlockForItsDynamicSqlAlone(String sql) {
        assertThat(relayed(full(sql)).function()).isEqualTo("pg_background_launch");
        assertThat(relayed(full(sql)).shape()).isEqualTo("a DO block");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "DO $$BEGIN PERFORM f(1); END$$ LANGUAGE plperl",
            "DO LANGUAGE \"plpython3u\" $$BEGIN EXECUTE 'SELECT f(1)'; END$$",
            "DO $$BEGIN a := 'SELECT f(1)'; END$$",
            "DO $$BEGIN PERFORM dblink('SELECT f(1)'); END$$",
            "DO $$BEGIN GRANT EXECUTE ON FUNCTION g(int), f(text) TO x; END$$",
            "DO $$BEGIN EXECUTE 'DROP FUNCTION g(int), f(text)'; END$$",
            "DO $$BEGIN EXECUTE 'SELECT ''f(1)'''; END$$",
            "DO $$BEGIN EXECUTE 'SELECT f'; END$$",
            "DO U&'BEGIN PERFORM f(1); END' UESCAPE '!'",
            "DO E'BEGIN PERFORM f(\\xC3); END'",
            "CREATE FUNCTION g() RETURNS void AS $$BEGIN EXECUTE 'SELECT f(1)'; END$$ LANGUAGE plpgsql"})
    void passesWhatCallsNothingForSure(String sql) {
        assertThat(TestReader.one(full(sql))).isInstanceOf(ParsedStatement.Passed.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT 1, f('x') ~ SELECT ~ false",
            "(SELECT 1, f('x')) ~ SELECT ~ false",
            "SELECT f('x') INTO t ~ SELECT ~ false",
            "WITH a AS (SELECT f('x')) SELECT 1 ~ WITH ~ false",
            "INSERT INTO t VALUES (f('x')) ~ INSERT ~ false",
            "UPDATE t SET a = f('x') ~ UPDATE ~ false",
            "DELETE FROM t WHERE a = f('x') ~ DELETE ~ false",
            "MERGE INTO t USING u ON a = f('x') WHEN MATCHED THEN DELETE ~ MERGE ~ false",
            "VALUES (f('x')) ~ VALUES ~ false",
            "DO $$BEGIN PERFORM f('x'); END$$ ~ DO ~ false",
            "explain analyze SELECT f('x') ~ EXPLAIN ~ false",
            "CALL p(f('x')) ~ CALL ~ false",
            "{call p(f('x'))} ~ CALL ~ false",
            "EXECUTE p(f('x')) ~ EXECUTE ~ false",
            "COPY (SELECT f('x')) TO STDOUT ~ COPY ~ false",
            "CREATE TABLE t AS SELECT f('x') ~ CREATE ~ false",
            "CREATE TEMP TABLE IF NOT EXISTS t (a) AS SELECT f('x') ~ CREATE ~ false",
            "CREATE TABLE t (a int DEFAULT f('x')) ~ CREATE ~ true",
            "CREATE TABLE t (a int GENERATED ALWAYS AS (f('x')) STORED) ~ CREATE ~ true",
            "CREATE TABLE t (a int CHECK (a > f('x'))) ~ CREATE ~ true",
            "CREATE VIEW v AS SELECT f('x') ~ CREATE ~ true",
            "CREATE OR REPLACE TEMP VIEW v AS SELECT f('x') ~ CREATE ~ true",
            "CREATE MATERIALIZED VIEW v AS SELECT f('x') ~ CREATE ~ true",
            "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT f('x') ~ CREATE ~ true",
            "CREATE POLICY p ON t USING (f('x') > 0) ~ CREATE ~ true",
            "CREATE TRIGGER t BEFORE INSERT ON t WHEN (f('x') > 0) EXECUTE FUNCTION g() ~ CREATE ~ true",
            "CREATE INDEX ON t (f(a)) ~ CREATE ~ true",
            "CREATE DOMAIN d AS int CHECK (VALUE > f('x')) ~ CREATE ~ true",
            "ALTER TABLE t ALTER a SET DEFAULT f('x') ~ ALTER ~ true",
            "PREPARE p AS SELECT f('x') ~ PREPARE ~ true",
            "DECLARE c CURSOR FOR SELECT f('x') ~ DECLARE ~ true"})
    void tellsWhatIsKept(String sql, String keyword, boolean keeps) {
        ParsedStatement.Relayed relayed = relayed(full(sql));
        assertThat(relayed.keyword()).isEqualTo(keyword);
        assertThat(relayed.keeps()).isEqualTo(keeps);
    }

    @Test
    void knowsTheNamesOfItsCalls() {
        assertThat(relayed("SELECT 1, s.pg_background_result(pg_background_launch('x'))").calls()).containsExactly(
                new RelayedCall("pg_background_result", "s", 10, 11, false, 0, false,
                        List.of(new RelayedCall.Argument(null, -1, -1, 33, 58, true))),
                new RelayedCall("pg_background_launch", null, 33, 33, false, 0, false,
                        List.of(new RelayedCall.Argument(null, -1, -1, 54, 57, true))));
    }

    @Test
    void isRelativeToTheStatement() {
        List<ParsedStatement> statements = TestReader.read("VACUUM;  SELECT 1,pg_background_list() ; DO 'BEGIN PERFORM"
                + " pg_background_list(); END'").statements();
        assertThat(statements).filteredOn(ParsedStatement.Relayed.class::isInstance)
                .extracting(statement -> ((ParsedStatement.Relayed) statement).in(TestReader.names("s")).text())
                .containsExactly("SELECT 1,s.pg_background_list()", "DO 'BEGIN PERFORM s.pg_background_list(); END'");
    }

    @Test
    void keepsParameters() {
        ParsedStatement.Relayed relayed = relayed("SELECT a ?? 'b', pg_background_launch(?), '?' WHERE ? > 1",
                Dialect.PREPARED);
        assertThat(relayed.parameters()).isEqualTo(2);
        String text = relayed.in(TestReader.names("pg_temp")).text();
        assertThat(text).isEqualTo("SELECT a ?? 'b', pg_temp.pg_background_launch(?), '?' WHERE ? > 1");
        assertThat(TestReader.one(text, Dialect.PREPARED).parameters()).isEqualTo(2);
    }

    @Test
    void readsOldStringsInBlocks() {
        assertThat(relayed("DO 'BEGIN PERFORM \\'a\\', pg_background_list(); END'", Dialect.of(false, false))
                .in(TestReader.names("pg_temp")).text()).isEqualTo("DO 'BEGIN PERFORM \\'a\\', pg_temp.pg_background_list(); END'");
    }

    @Test
    void writesTheSchemaAsGiven() {
        assertThat(relayed("SELECT 1, pg_background_list()").in(TestReader.names("\"My Schema\"")).text())
                .isEqualTo("SELECT 1, \"My Schema\".pg_background_list()");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a'b", "\"a\\b\"", "a$b"})
    void refusesASchemaThatALiteralCouldNotHold(String schema) {
        assertThatThrownBy(() -> TestReader.names(schema)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("<" + schema + ">");
    }

    @Test
    void stopsAtBlocksNestedBeyondReason() {
        StringBuilder sql = new StringBuilder("SELECT pg_background_launch(1)");
        for (int i = 0; i < 20; i++) {
            sql.insert(0, "DO $q" + i + "$BEGIN PERFORM pg_background_launch(1); EXECUTE $t" + i + "$")
                    .append("$t" + i + "$; END$q" + i + "$");
        }
        assertThat(relayed(sql.toString()).calls()).hasSize(6);
    }
}
