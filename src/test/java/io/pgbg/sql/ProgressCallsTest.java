package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressCallsTest {

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT 1",
        "SELECT 'pg_background_progress(1)'",
        "INSERT INTO log VALUES ($$pg_background_progress(1)$$) -- pg_background_progress(2)",
        "SELECT pg_background_progress FROM t",
        "SELECT app.pg_background_progress(1)",
        "INSERT INTO pg_background_progress (a) VALUES (1)",
        "PREPARE p AS SELECT pg_background_progress(1)",
        "DO $$BEGIN PERFORM app.pg_background_progress(1); END$$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_background_progress(1); END $$",
        "CREATE FUNCTION pg_background_progress(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"})
    void whatCallsNothingStaysAsItIs(String sql) {
        assertThat(ProgressCalls.in(sql, Dialect.STATEMENT).sql()).isSameAs(sql);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "SELECT PG_Background_Progress(1) | SELECT pg_temp.PG_Background_Progress(1)",
        "SELECT \"pg_background_progress\" (1, 'a') | SELECT pg_temp.\"pg_background_progress\" (1, 'a')",
        "SELECT pg_background_report_progress(i) FROM t | SELECT pg_temp.pg_background_report_progress(i) FROM t",
        "DO $$BEGIN PERFORM pg_background_progress(1); END$$ | DO $$BEGIN PERFORM pg_temp.pg_background_progress(1); END$$",
        "DO 'BEGIN PERFORM pg_background_progress(1); END' | DO 'BEGIN PERFORM pg_temp.pg_background_progress(1); END'",
        "DO E'BEGIN PERFORM pg_background_progress(\\'1\\'); END' "
                + "| DO E'BEGIN PERFORM pg_temp.pg_background_progress(\\'1\\'); END'",
        "DO $$BEGIN EXECUTE 'SELECT pg_background_progress($1)' USING 1; END$$ "
                + "| DO $$BEGIN EXECUTE 'SELECT pg_temp.pg_background_progress($1)' USING 1; END$$",
        "DO $a$BEGIN PERFORM f(''), pg_background_progress(1); END$a$ "
                + "| DO $a$BEGIN PERFORM f(''), pg_temp.pg_background_progress(1); END$a$"})
    void callsAreQualified(String sql, String qualified) {
        assertThat(ProgressCalls.in(sql, Dialect.STATEMENT).sql()).isEqualTo(qualified);
    }

    @Test
    void namesAndPositions() {
        String sql = "SELECT pg_background_progress(1); SELECT pg_background_report_progress(2); SELECT x";
        ProgressCalls calls = ProgressCalls.in(sql, Dialect.STATEMENT);
        assertThat(calls.names()).isEqualTo(Set.of("pg_background_progress", "pg_background_report_progress"));
        for (String word : new String[] {"SELECT", "(1)", "(2)", "SELECT x"}) {
            assertThat(calls.original(calls.sql().indexOf(word) + 1)).isEqualTo(sql.indexOf(word) + 1);
        }
    }

    @Test
    void aPositionInWhatWasInsertedIsThatOfTheName() {
        ProgressCalls calls = ProgressCalls.in("SELECT pg_background_progress('x')", Dialect.STATEMENT);
        assertThat(calls.original(8)).isEqualTo(8);
        assertThat(calls.original(16)).isEqualTo(8);
        assertThat(calls.original(7)).isEqualTo(7);
    }

    @Test
    void leavesCallsOut() {
        assertThat(ProgressCalls.leftOut("SELECT pg_background_progress (1 + 1, 'half'), 2", Dialect.STATEMENT).sql())
                .isEqualTo("SELECT pg_catalog.concat_ws(NULL::pg_catalog.text, 1 + 1, 'half'), 2");
        assertThat(ProgressCalls.leftOut("SELECT pg_background_progress(pct => 1, msg => 'half')", Dialect.STATEMENT).sql())
                .isEqualTo("SELECT pg_catalog.concat_ws(NULL::pg_catalog.text, 1, 'half')");
        assertThat(ProgressCalls.leftOut("DO $$ BEGIN PERFORM pg_background_progress(1); END $$", Dialect.STATEMENT).sql())
                .isEqualTo("DO $$ BEGIN PERFORM pg_catalog.concat_ws(NULL::pg_catalog.text, 1); END $$");
        assertThat(ProgressCalls.leftOut("SELECT 1", Dialect.STATEMENT).sql()).isEqualTo("SELECT 1");
    }
}
