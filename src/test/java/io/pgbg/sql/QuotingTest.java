package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotingTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "it's", "\\", "\\'", "''\\\\n", "\"", "\uD83D\uDE00"})
    void aLiteralHasTheValueInEveryDialect(String value) {
        for (Dialect dialect : new Dialect[] {Dialect.STATEMENT, Dialect.of(false, false)}) {
            String literal = Quoting.literal(value);
            assertThat(Lexer.tokens(literal, dialect)).hasSize(1);
            assertThat(Literals.value(literal, Lexer.tokens(literal, dialect).get(0), dialect)).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A b", "a\"b", "'", "\\"})
    void anIdentifierHasTheName(String name) {
        String identifier = Quoting.identifier(name);
        assertThat(Lexer.tokens(identifier, Dialect.STATEMENT)).hasSize(1);
        assertThat(Lexer.tokens(identifier, Dialect.STATEMENT).get(0).name(identifier)).isEqualTo(name);
        assertThat(Quoting.unquoted(identifier)).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({"a,a", "A,A", "\"a,\"a", "a\"\"b,a\"\"b"})
    void aNameWithoutQuotesStaysAsItIs(String identifier, String name) {
        assertThat(Quoting.unquoted(identifier)).isEqualTo(name);
    }
}
