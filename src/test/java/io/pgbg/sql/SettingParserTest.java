package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingParserTest {

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SET pg_background.max_workers = 4 ~ false ~ pg_background.max_workers ~ 4",
            "set session PG_Background.Max_Workers to '4' ~ false ~ pg_background.max_workers ~ 4",
            "SET LOCAL \"PG_background\" . \"max_workers\" TO -1 ~ true ~ pg_background.max_workers ~ -1",
            "SET \"pg_background.max_workers\" = On ~ false ~ pg_background.max_workers ~ on",
            "SET pg_background.default_queue_size = '64kB' ~ false ~ pg_background.default_queue_size ~ 64kB",
            "SET pg_background.x TO $$a$$, b, \"C\" ~ false ~ pg_background.x ~ a, b, C",
            "SET pg_background.x = DEFAULT ~ false ~ pg_background.x ~",
            "SET pg_background.a.b = 1.5 ~ false ~ pg_background.a.b ~ 1.5"})
    void readsSet(String sql, boolean local, String name, String value) {
        assertThat(TestReader.one(sql)).isEqualTo(new ParsedStatement.SetSetting(sql, 0, 0, local, name, value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET pg_background.x", "SET pg_background.x =", "SET pg_background.x = 64kB",
            "SET pg_background.x = a,", "SET pg_background = 1", "SET pg_background. = 1",
            "SET pg_background.x = a b",
            "SET pg_background.x = -a", "SET pg_background.x FROM CURRENT", "RESET pg_background",
            "SHOW pg_background.x y",
            "ALTER SYSTEM SET pg_background.x = 1"})
    void passesWhatIsNoneOfItsStatements(String sql) {
        assertThat(TestReader.one(sql)).isInstanceOf(ParsedStatement.Passed.class);
    }

    @Test
    void passesAParameter() {
        assertThat(TestReader.one("SET pg_background.x = ?", Dialect.PREPARED)).isInstanceOf(ParsedStatement.Passed.class);
    }

    @Test
    void readsShowAndReset() {
        assertThat(TestReader.one("SHOW pg_background.\"Max_Workers\"")).isEqualTo(
                new ParsedStatement.ShowSetting("SHOW pg_background.\"Max_Workers\"", 0, 0, "pg_background.max_workers"));
        assertThat(TestReader.one("RESET PG_BACKGROUND.max_workers")).isEqualTo(
                new ParsedStatement.ResetSetting("RESET PG_BACKGROUND.max_workers", 0, 0, "pg_background.max_workers"));
    }

    @Test
    void findsReads() {
        String sql = "SELECT current_setting('pg_background.Max_Workers'), 'x', a.b(Pg_Catalog."
                + "\"current_setting\"(E'pg_background.x', true)) FROM t";
        assertThat(TestReader.one(sql)).isInstanceOfSatisfying(ParsedStatement.ReadsSettings.class, reads -> {
            assertThat(reads.keyword()).isEqualTo("SELECT");
            assertThat(reads.reads()).extracting(ParsedStatement.SettingRead::name)
                    .containsExactly("pg_background.max_workers", "pg_background.x");
            assertThat(reads.reads()).extracting(read -> sql.substring(read.start(), read.end())).containsExactly(
                    "current_setting('pg_background.Max_Workers')",
                    "Pg_Catalog.\"current_setting\"(E'pg_background.x', true)");
        });
    }

    @Test
    void leavesTheBodyOfARoutineAlone() {
        assertThat(TestReader.one("CREATE FUNCTION f() RETURNS text RETURN current_setting('pg_background.x')"))
                .isInstanceOf(ParsedStatement.Passed.class);
    }
}
