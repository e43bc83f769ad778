package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Splitting, and which statements are passed on. Calls are in {@link DirectParserTest} and {@link ShapeNamerTest}. */
class SqlReaderTest {

    private static List<String> split(String sql) {
        return TestReader.read(sql).statements().stream().map(ParsedStatement::text).toList();
    }

    @Test
    void splitsAtSemicolons() {
        assertThat(split("SELECT 1;SELECT 2")).containsExactly("SELECT 1", "SELECT 2");
        assertThat(split(" ;; SELECT ';' ; /* ; */ ; -- x\n;")).containsExactly("SELECT ';'");
        assertThat(split("SELECT (1;2); SELECT a[1;2]")).containsExactly("SELECT (1;2)", "SELECT a[1;2]");
        assertThat(split("SELECT 1); SELECT 2")).containsExactly("SELECT 1)", "SELECT 2");
        assertThat(split("")).isEmpty();
        assertThat(split("DO $$BEGIN a; b; END$$; SELECT 1")).containsExactly("DO $$BEGIN a; b; END$$", "SELECT 1");
    }

    @Test
    void keepsCommentsInTheText() {
        assertThat(TestReader.read(" /* hint */ SELECT 1 -- end\n ; b").statements()).containsExactly(
                new ParsedStatement.Passed("/* hint */ SELECT 1 -- end", 1, 0, "SELECT"),
                new ParsedStatement.Passed("b", 31, 0, "B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
            "create or replace procedure p() begin atomic select case when a then 1 else 2 end;"
                    + " select x.end as case; end",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC"
                    + " SELECT CASE WHEN CASE 1 WHEN 1 THEN true END THEN 1 END; END"})
    void doesNotSplitTheBodyOfARoutine(String sql) {
        assertThat(split(sql + "; SELECT 3")).containsExactly(sql, "SELECT 3");
    }

    @Test
    void splitsAtomicElsewhere() {
        assertThat(split("SELECT begin atomic; SELECT 1")).hasSize(2);
        assertThat(split("BEGIN; SELECT 1; END")).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', emptyValue = "", value = {
            "SELECT 1 ~ SELECT", "(select 1) ~ SELECT", "{call f()} ~ CALL", "{? = call f()} ~ CALL", "'a' b ~ ``",
            "1 a ~ ``", "\"Select\" a ~ ``", "/* x */ vacuum ~ VACUUM"})
    void givesTheFirstWord(String sql, String keyword) {
        assertThat(TestReader.one(sql)).isInstanceOfSatisfying(ParsedStatement.Passed.class,
                passed -> assertThat(passed.keyword()).isEqualTo(keyword));
    }

    @Test
    void countsParametersOfEachStatement() {
        Script script = TestReader.READER.read("SELECT ?, '?', ??; SELECT pg_background_launch(?, ?)", Dialect.PREPARED);
        assertThat(script.statements()).extracting(ParsedStatement::parameters).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "SELECT 'pg_background_launch(1)'",
            "SELECT E'\\'pg_background_launch(1)'",
            "SELECT $x$ pg_background_launch(1) $x$",
            "SELECT 1 -- pg_background_launch(1)",
            "SELECT /* /* */ pg_background_launch(1) */ 1",
            "SELECT \"PG_BACKGROUND_LAUNCH\"(1)",
            "SELECT \"pg_background_launch(1)\"",
            "SELECT pg_background_launch",
            "SELECT a AS pg_background_launch FROM t",
            "SELECT pg_background_launch.a FROM pg_background_launch",
            "SELECT pg_background_launched(1)",
            "SELECT pg_catalog.pg_background_launch('x')",
            "SELECT information_schema.pg_background_launch('x')",
            "SELECT db.public.pg_background_launch('x')",
            "SELECT x.y.z.pg_background_launch('x')",
            "SELECT * FROM t AS pg_background_launch(a, b)",
            "SELECT * FROM t pg_background_launch(a)",
            "SELECT * FROM \"t\" pg_background_launch(a)",
            "SELECT * FROM f() pg_background_launch(a)",
            "SELECT * FROM (SELECT 1) pg_background_launch(a)",
            "SELECT * FROM s.from pg_background_launch(a)",
            "WITH pg_background_result(a) AS (SELECT 1) SELECT * FROM pg_background_result",
            "WITH RECURSIVE pg_background_result(a) AS (SELECT 1) TABLE pg_background_result",
            "WITH x AS (SELECT 1), pg_background_result(a) AS (SELECT 2) SELECT 1",
            "WITH x AS (SELECT 1), pg_background_result(a) AS NOT MATERIALIZED ((SELECT 2)) SELECT 1",
            "INSERT INTO pg_background_launch (a) VALUES (1)",
            "INSERT INTO public.pg_background_launch (a) SELECT 1",
            "INSERT INTO t AS pg_background_launch (a) SELECT 1",
            "CREATE TABLE pg_background_launch (a int)",
            "CREATE TABLE IF NOT EXISTS s.pg_background_launch (a int)",
            "CREATE TABLE t (a int REFERENCES pg_background_launch (a))",
            "CREATE TABLE t (pg_background_launch int)",
            "CREATE VIEW pg_background_launch(a) AS SELECT 1",
            "CREATE INDEX ON pg_background_launch (a)",
            "CREATE INDEX i ON pg_background_launch USING btree (a)",
            "CREATE FUNCTION pg_background_launch(a text) RETURNS int AS 'x'",
            "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$SELECT pg_background_launch('x')$$ LANGUAGE sql",
            "CREATE FUNCTION f() RETURNS int RETURN pg_background_launch('x')",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT pg_background_launch('x'); END",
            "CREATE PROCEDURE p() BEGIN ATOMIC SELECT pg_background_launch('x'); END",
            "CREATE AGGREGATE pg_background_launch(int) (sfunc = a, stype = int)",
            "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION pg_background_launch()",
            "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE PROCEDURE public.pg_background_launch('a')",
            "ALTER FUNCTION pg_background_launch(text) OWNER TO x",
            "ALTER EXTENSION e ADD FUNCTION pg_background_launch(text)",
            "DROP FUNCTION a(int), pg_background_launch(text, int)",
            "GRANT EXECUTE ON FUNCTION a(int), pg_background_launch(text, int) TO x",
            "REVOKE ALL ON FUNCTION pg_background_launch(text, int) FROM x",
            "COMMENT ON FUNCTION pg_background_launch(text) IS 'x'",
            "SECURITY LABEL ON FUNCTION pg_background_launch(text) IS 'x'",
            "COPY pg_background_launch (a) FROM STDIN",
            "ANALYZE pg_background_launch (a)",
            "PREPARE pg_background_launch(int) AS SELECT $1",
            "EXECUTE pg_background_launch(1)",
            "SELECT a::pg_background_launch(3)",
            "SELECT CAST(a AS pg_background_launch(3))",
            "SELECT pg_background_launch('x'",
            "pg_background_launch('x')",
            "{call pg_background_launch}",
            "SELECT * FROM pg_background_list",
            "DO 'BEGIN END' -- pg_background_launch(1)",
            "DO $$BEGIN RAISE NOTICE 'pg_background_launch(1)'; END$$",
            "DO $$BEGIN -- PERFORM pg_background_launch(1)\nEND$$",
            "DO LANGUAGE plpython3u $$x = pg_background_launch(1)$$",
            "DO $$x = pg_background_launch(1)$$ LANGUAGE 'plperl'",
            "SHOW other.pg_background_launch",
            "SET x.pg_background = 1",
            "SET pg_background.max_workers FROM CURRENT",
            "SHOW pg_background",
            "SELECT current_setting('pg_backgroundx')",
            "SELECT other.current_setting('pg_background.max_workers')",
            "SELECT current_setting('pg_background.max' || '_workers')",
            "SELECT 'current_setting(''pg_background.max_workers'')'"})
    void passesWhatCallsNothing(String sql) {
        Script script = TestReader.read(sql);
        assertThat(script.statements()).hasSize(1).allSatisfy(statement -> {
            assertThat(statement).isInstanceOf(ParsedStatement.Passed.class);
            assertThat(statement.text()).isEqualTo(sql);
        });
        assertThat(script.isPlain()).isTrue();
    }

    @Test
    void readsTextThatMentionsNothing() {
        assertThat(TestReader.read("SELECT ?; VACUUM").statements()).containsExactly(
                new ParsedStatement.Passed("SELECT ?", 0, 0, "SELECT"), new ParsedStatement.Passed("VACUUM", 10, 0, "VACUUM"));
    }

    @Test
    void knowsOffsetsInTheScript() {
        assertThat(TestReader.read("VACUUM; SELECT pg_background_launch('x'); SHOW pg_background.max_workers;")
                .statements()).extracting(ParsedStatement::start).containsExactly(0, 8, 42);
    }
}
