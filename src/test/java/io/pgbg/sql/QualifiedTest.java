package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the characters of a qualified text stand in the text as it was written. */
class QualifiedTest {

    private static Qualified qualified(String sql) {
        return qualified(sql, Dialect.STATEMENT);
    }

    private static Qualified qualified(String sql, Dialect dialect) {
        return ((ParsedStatement.Relayed) TestReader.one(sql, dialect)).in(TestReader.target("pg_temp"));
    }

    private static int position(String text, String part) {
        int at = text.indexOf(part);
        assertThat(at).as(part).isNotNegative();
        return text.codePointCount(0, at) + 1;
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "SELECT no_column, pg_background_launch(q), other FROM nowhere",
            "SELECT public.pg_background_launch(q), other, other_schema . pg_background_launch(nowhere), no_column"
                    + " FROM t",
            "SELECT '\uD83D\uDE00', no_column, pg_background_launch('\uD83D\uDE00'), other, nowhere",
            "DO 'BEGIN no_column; PERFORM ''\u00e4'', pg_background_launch(''x''); other; EXECUTE ''SELECT"
                    + " public.pg_background_launch(1), nowhere''; END'"})
    void leadsBackToTheWords(String sql) {
        Qualified qualified = qualified(sql);
        for (String word : new String[] {"no_column", "other", "nowhere"}) {
            assertThat(qualified.original(position(qualified.text(), word))).isEqualTo(position(sql, word));
        }
    }

    /** What pgjdbc sends has numbers in place of the question marks; in the rows t( stands for pg_catalog.repeat(. */
    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT ?, no_column, pg_background_launch(?, ?), other, ? FROM nowhere ~ SELECT $1, no_column,"
                    + " pg_temp.pg_background_launch(t($2, 1), pg_catalog.int4up($3), NULL::pg_catalog.text), other, $4"
                    + " FROM nowhere",
            "SELECT a ?? ?, '?', no_column, pg_background_result((?)::int), other ??| ? /* ? */ FROM nowhere ~ SELECT"
                    + " a ? $1, '?', no_column, pg_temp.pg_background_result(pg_catalog.int4up(($2)::int)), other ?|"
                    + " $3 /* ? */ FROM nowhere",
            "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, no_column, pg_background_list(), ?, other, nowhere ~ SELECT $1, $2,"
                    + " $3, $4, $5, $6, $7, $8, $9, $10, no_column, pg_temp.pg_background_list(), $11, other, nowhere"})
    void countsParametersAsTheyAreSent(String sql, String shortSent) {
        Qualified qualified = qualified(sql, Dialect.PREPARED);
        String sent = shortSent.replaceAll("\\bt\\(", "pg_catalog.repeat(");
        for (String word : new String[] {"no_column", "other", "nowhere"}) {
            assertThat(qualified.original(position(sent, word))).as(sent).isEqualTo(position(sql, word));
        }
        assertThat(qualified.original(sent.length() + 3)).isEqualTo(sql.length() + 3);
    }

    @Test
    void theSchemaStandsWhereTheCallIsNamed() {
        String sql = "SELECT 1,pg_background_list(), public.pg_background_list()";
        Qualified qualified = qualified(sql);
        assertThat(qualified.text())
                .isEqualTo("SELECT 1,pg_temp.pg_background_list(), pg_temp.pg_background_list()");
        for (int i = 10; i <= 18; i++) {
            assertThat(qualified.original(i)).isEqualTo(10);
        }
        assertThat(qualified.original(19)).isEqualTo(11);
        for (int i = 40; i < 47; i++) {
            assertThat(qualified.original(i)).isEqualTo(32);
        }
        assertThat(qualified.original(47)).isEqualTo(38);
    }

    @Test
    void takesEveryPosition() {
        String sql = "SELECT 1, pg_background_list(";
        Qualified qualified = qualified(sql + ")");
        assertThat(qualified.original(-1)).isEqualTo(-1);
        assertThat(qualified.original(0)).isZero();
        assertThat(qualified.original(1)).isEqualTo(1);
        assertThat(qualified.original(qualified.text().length() + 1)).isEqualTo(sql.length() + 2);
        assertThat(qualified.original(qualified.text().length() + 5)).isEqualTo(sql.length() + 6);
    }
}
