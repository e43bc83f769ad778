package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiteralsTest {

    private static String value(String sql, Dialect dialect) {
        return Literals.value(sql, Lexer.tokens(sql, dialect).get(0), dialect);
    }

    private static String value(String sql) {
        return value(sql, Dialect.STATEMENT);
    }

    @Test
    void readsPlainLiterals() {
        assertThat(value("''")).isEmpty();
        assertThat(value("'it''s \\n'")).isEqualTo("it's \\n");
        assertThat(value("''''")).isEqualTo("'");
        assertThat(value("'a''' x")).isEqualTo("a'");
        assertThat(value("N'a'")).isEqualTo("a");
        assertThat(value("'a'\n'b''' -- c\n 'd'")).isEqualTo("ab'd");
    }

    @Test
    void readsDollarQuotes() {
        assertThat(value("$$a'b$$")).isEqualTo("a'b");
        assertThat(value("$t$a$$b$t$")).isEqualTo("a$$b");
        assertThat(value("$$$$")).isEmpty();
    }

    @Test
    void readsEscapes() {
        assertThat(value("E'a\\'b\\\\c\\nd\\te\\qf'")).isEqualTo("a'b\\c\nd\teqf");
        assertThat(value("e'\\x41\\101\\u0041\\U0001F600'")).isEqualTo("AAA\uD83D\uDE00");
        assertThat(value("E'\\uD83D\\uDE00'")).isEqualTo("\uD83D\uDE00");
        assertThat(value("E'a''b'\n'\\n'")).isEqualTo("a'b\n");
        assertThat(value("E'\\xg'")).isEqualTo("xg");
        assertThat(value("U&'d\\0061t\\+000061\\\\'''")).isEqualTo("data\\'");
        assertThat(value("'a\\'b'", Dialect.of(false, false))).isEqualTo("a'b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'a", "'", "'a''", "E'a\\'", "E'\\", "$$a", "$t$a$$", "E'\\xC3\\xA9'", "E'\\0'",
            "E'\\u12'",
            "E'\\uD83D'", "E'\\UFFFFFFFF'", "U&'\\00'", "U&'\\zzzz'", "U&'\\0000'", "N'a '", "B'1'", "X'1'", "12",
            "a",
            "\"a\"", "'a'\n'b"})
    void givesNullWhereOnlyTheServerKnows(String sql) {
        assertThat(value(sql)).isNull();
    }

    @Test
    void leavesUnicodeLiteralsToAServerWithOldStrings() {
        assertThat(value("U&'a'", Dialect.of(false, false))).isNull();
    }

    @Test
    void readsNames() {
        assertThat(name("Ab_Ä")).isEqualTo("ab_Ä");
        assertThat(name("\"Ab\"\"c\"")).isEqualTo("Ab\"c");
        assertThat(name("U&\"d\\0061t\"")).isEqualTo("dat");
        assertThat(name("\"a")).isNull();
        assertThat(name("U&\"\\00\"")).isNull();
        assertThat(name("'a'")).isNull();
    }

    private static String name(String sql) {
        return Lexer.tokens(sql, Dialect.STATEMENT).get(0).name(sql);
    }
}
