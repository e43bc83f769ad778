package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens are shown as their texts with a bar between them. */
class LexerTest {

    private static final Dialect OLD_STRINGS = Dialect.of(false, false);

    private static String tokens(String sql) {
        return tokens(sql, Dialect.STATEMENT);
    }

    private static String tokens(String sql, Dialect dialect) {
        return String.join("|", Lexer.tokens(sql, dialect).stream().map(token -> token.text(sql)).toList());
    }

    private static List<Token.Kind> kinds(String sql, Dialect dialect) {
        return Lexer.tokens(sql, dialect).stream().map(Token::kind).toList();
    }

    @Test
    void givesKindAndOffsets() {
        assertThat(Lexer.tokens(" a('x') ", Dialect.STATEMENT)).containsExactly(
                new Token(Token.Kind.WORD, 1, 2),
                new Token(Token.Kind.PUNCTUATION, 2, 3),
                new Token(Token.Kind.STRING, 3, 6),
                new Token(Token.Kind.PUNCTUATION, 6, 7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"''", "'a''b'", "'a\\'", "E'a\\'b'", "e'\\\\'", "U&'d\\0061t'", "u&'x'", "N'x'", "B'101'",
            "x'1F'", "$$a$$", "$t$ $$ ' $u$ $t$", "$tä1$x$tä1$", "'a'\n'b'", "'a' \t\r 'b'", "'a' -- why\n 'b'",
            "'a'\n -- why\n\n 'b'", "E'a'\n'\\'b'", "\"a\"\"b\"", "U&\"d\\0061t\"", "\"a'b\"", "'a\"b'", "a$b$c",
            "äöü",
            "_x1", "$1", "$12", "12", "1_000", "0x1F", "0o17", "0b01", "1.5", ".5", "1.", "1.5e3", "1e-3", "1E+3",
            "::",
            ":=", "=>", "..", "<=", "||", "@-", "+@-", "->>", "~~*", "{", "ab\u00a0cd"})
    void takesAsOneToken(String sql) {
        assertThat(tokens(sql)).isEqualTo(sql);
        assertThat(tokens(" " + sql + " ;")).isEqualTo(sql + "|;");
        assertThat(tokens("(" + sql + ")")).isEqualTo("(|" + sql + "|)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "1..2 ~ 1|..|2", "a.b ~ a|.|b", "1.5.3 ~ 1.5|.3", "123abc ~ 123|abc", "1e ~ 1|e", "0xg ~ 0|xg",
            "a=-1 ~ a|=|-|1", "a>=-1 ~ a|>=|-|1", "a@-1 ~ a|@-|1", "a*--b ~ a|*", "a*/*b*/c ~ a|*|c", "a<-- b ~ a|<",
            "a::int ~ a|::|int", "x:=1 ~ x|:=|1", "x=>-1 ~ x|=>|-|1", "a[1:2] ~ a|[|1|:|2|]",
            "'a' 'b' ~ 'a'|'b'", "'a' /* */ 'b' ~ 'a'|'b'", "$1$a$x$a$ ~ $1|$a$x$a$", "a$$b$$c ~ a$$b$$c",
            "(a)$$b$$ ~ (|a|)|$$b$$", "$a b$ ~ $|a|b$", "$ ~ $", "te'x' ~ te|'x'", "u&x ~ u|&|x", "b\"x\" ~ b|\"x\"",
            "a/* /* */ b */c ~ a|c", "a/*/*/b ~ a", "a--b ~ a", "f(*) ~ f|(|*|)", "a?b ~ a|?|b",
            "'a ~ 'a", "\"a ~ \"a", "$$a ~ $$a", "a;b ~ a|;|b"})
    void splits(String sql, String expected) {
        assertThat(tokens(sql)).isEqualTo(expected);
    }

    @Test
    void endsLineCommentsAtEitherKindOfNewline() {
        assertThat(tokens("a--b\rc--d\ne")).isEqualTo("a|c|e");
    }

    @Test
    void doesNotEndStringAtBackslashedQuoteInOldDialect() {
        assertThat(tokens("'a\\'b' c", OLD_STRINGS)).isEqualTo("'a\\'b'|c");
        assertThat(tokens("N'a\\'b' c", OLD_STRINGS)).isEqualTo("N'a\\'b'|c");
        assertThat(tokens("B'a\\'b", OLD_STRINGS)).isEqualTo("B'a\\'|b");
        assertThat(tokens("'a\\'c' d", Dialect.STATEMENT)).isEqualTo("'a\\'|c|' d");
    }

    @Test
    void tellsJdbcParametersFromOperatorsInPreparedText() {
        assertThat(tokens("a=? and b??c and d ??| e", Dialect.PREPARED)).isEqualTo("a|=|?|and|b|??|c|and|d|??||e");
        assertThat(kinds("?", Dialect.PREPARED)).containsExactly(Token.Kind.JDBC_PARAMETER);
        assertThat(kinds("??", Dialect.PREPARED)).containsExactly(Token.Kind.OPERATOR);
        assertThat(kinds("???", Dialect.PREPARED)).containsExactly(Token.Kind.OPERATOR, Token.Kind.JDBC_PARAMETER);
        assertThat(kinds("?", Dialect.STATEMENT)).containsExactly(Token.Kind.OPERATOR);
        assertThat(kinds("'?' \"?\" $$?$$ /*?*/ --?", Dialect.PREPARED)).containsExactly(Token.Kind.STRING,
                Token.Kind.QUOTED_NAME, Token.Kind.STRING);
    }

    @Test
    void tellsKinds() {
        assertThat(kinds("a \"a\" 'a' x'1' 1 $1 + ,", Dialect.STATEMENT)).containsExactly(Token.Kind.WORD,
                Token.Kind.QUOTED_NAME, Token.Kind.STRING, Token.Kind.BIT_STRING, Token.Kind.NUMBER,
                Token.Kind.POSITIONAL_PARAMETER, Token.Kind.OPERATOR, Token.Kind.PUNCTUATION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'a", "E'a\\", "E'a\\'", "\"a", "U&\"", "U&'", "$$a", "$t$a$t", "/* a", "/* /* */", "--a",
            "'a'\n'b", "B'", "$", "\\", "\0"})
    void runsUnclosedFormsToTheEnd(String sql) {
        assertThat(Lexer.tokens(sql, Dialect.STATEMENT)).hasSizeLessThanOrEqualTo(1)
                .allSatisfy(token -> assertThat(token.end()).isEqualTo(sql.length()));
    }
}
