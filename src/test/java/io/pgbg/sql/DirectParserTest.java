package io.pgbg.sql;

import static io.pgbg.sql.FunctionCall.Form.CALL;
import static io.pgbg.sql.FunctionCall.Form.EXPRESSION;
import static io.pgbg.sql.FunctionCall.Form.INTEGER;
import static io.pgbg.sql.FunctionCall.Form.NULL;
import static io.pgbg.sql.FunctionCall.Form.PARAMETER;
import static io.pgbg.sql.FunctionCall.Form.STRING;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DirectParserTest {

    private static final String LAUNCH = "pg_background_launch";

    private static ParsedStatement.Direct direct(String sql) {
        return direct(sql, Dialect.STATEMENT);
    }

    private static ParsedStatement.Direct direct(String sql, Dialect dialect) {
        ParsedStatement statement = TestReader.one(sql, dialect);
        assertThat(statement).as(sql).isInstanceOf(ParsedStatement.Direct.class);
        return (ParsedStatement.Direct) statement;
    }

    private static FunctionCall.Argument onlyArgument(String expression) {
        List<FunctionCall.Argument> arguments = direct("SELECT pg_background_launch(" + expression + ")", Dialect.PREPARED)
                .call().arguments();
        assertThat(arguments).hasSize(1);
        return arguments.get(0);
    }

    @Test
    void readsASelectedCall() {
        assertThat(direct("SELECT pg_background_launch('VACUUM', 65536) AS pid")).isEqualTo(new ParsedStatement.Direct(
                "SELECT pg_background_launch('VACUUM', 65536) AS pid", 0, 0, ParsedStatement.Form.SELECT_LIST,
                new FunctionCall(LAUNCH, List.of(
                        new FunctionCall.Argument(null, "'VACUUM'", 28, STRING, "VACUUM", null, 0),
                        new FunctionCall.Argument(null, "65536", 38, INTEGER, "65536", null, 0)), 7, 44),
                "pid", List.of()));
    }

    @Test
    void readsACallInFromWithNestedCall() {
        String sql = "SELECT * FROM pg_background_result(pg_background_launch(?)) AS t(a int)";
        FunctionCall launch = new FunctionCall(LAUNCH, List.of(new FunctionCall.Argument(null, "?", 56, PARAMETER, null, null, 1)), 35, 58);
        assertThat(direct(sql, Dialect.PREPARED)).isEqualTo(new ParsedStatement.Direct(sql, 0, 1, ParsedStatement.Form.FROM,
                new FunctionCall("pg_background_result", List.of(
                        new FunctionCall.Argument(null, "pg_background_launch(?)", 35, CALL, null, launch, 1)), 14, 59),
                "t", List.of(new ColumnDefinition("a", "int"))));
    }

    @Test
    void countsOffsetsFromTheStatement() {
        ParsedStatement.Direct direct = (ParsedStatement.Direct) TestReader.read("VACUUM;\n SELECT public.pg_background_launch('x')")
                .statements().get(1);
        assertThat(direct.start()).isEqualTo(9);
        assertThat(direct.call().start()).isEqualTo(7);
        assertThat(direct.text().substring(direct.call().start(), direct.call().end()))
                .isEqualTo("public.pg_background_launch('x')");
        assertThat(direct.call().arguments().get(0).start()).isEqualTo(35);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "select PG_Background_Launch('x')", "SELECT \"pg_background_launch\"('x')",
            "SELECT public.pg_background_launch('x')", "SELECT \"My Schema\" . \"pg_background_launch\" ('x')",
            "/* a */ SELECT--b\n public/**/./**/pg_background_launch/* c */( /* d */ 'x' ) -- e",
            "SELECT pg_background_launch('x') pid", "SELECT pg_background_launch('x') AS \"Pid\"",
            "SELECT pg_background_launch('x') \"from\"", "SELECT pg_background_launch('x') AS select",
            "SELECT pg_background_launch()", "SELECT * FROM pg_background_launch('x')",
            "SELECT * FROM pg_background_launch('x') t", "SELECT * FROM pg_background_launch('x') AS t",
            "SELECT * FROM pg_background_launch('x') AS (a int)", "SELECT * FROM pg_background_launch('x') t(a)",
            "SELECT * FROM pg_background_launch('x') AS \"T\"(\"A\" int)"})
    void isDirect(String sql) {
        assertThat(direct(sql).call().function()).isEqualTo(LAUNCH);
        assertThat(direct(sql).text()).isEqualTo(sql);
    }

    @ParameterizedTest
    @CsvSource({"Pid,pid", "AS Pid,pid", "\"Pid\",Pid", "AS \"a\"\"b\",a\"b"})
    void readsAliases(String written, String alias) {
        assertThat(direct("SELECT pg_background_launch('x') " + written).alias()).isEqualTo(alias);
        assertThat(direct("SELECT * FROM pg_background_launch('x') " + written).alias()).isEqualTo(alias);
    }

    @Test
    void readsColumnDefinitions() {
        assertThat(direct("SELECT * FROM pg_background_result(1) AS T(A int, \"B\" numeric(10,2),"
                + " c timestamp(3) with time zone, d text COLLATE \"C\", e int[], f pg_catalog.int4)").columns())
                .containsExactly(new ColumnDefinition("a", "int"), new ColumnDefinition("B", "numeric(10,2)"),
                        new ColumnDefinition("c", "timestamp(3) with time zone"),
                        new ColumnDefinition("d", "text COLLATE \"C\""), new ColumnDefinition("e", "int[]"),
                        new ColumnDefinition("f", "pg_catalog.int4"));
        assertThat(direct("SELECT * FROM pg_background_result(1) AS t(a, B)").columns())
                .containsExactly(new ColumnDefinition("a", null), new ColumnDefinition("b", null));
        assertThat(direct("SELECT * FROM pg_background_result(1) AS (a int)").alias()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"AS (a)", "(a int)", "AS", "AS t()", "AS t(a int, b)", "AS t(a,)", "AS t(1 int)",
            "AS t(a int) b", "AS t(a int"})
    void isNotDirectWithAWrongColumnList(String written) {
        assertThat(TestReader.one("SELECT * FROM pg_background_result(1) " + written))
                .isInstanceOf(ParsedStatement.Relayed.class);
    }

    @Test
    void readsEscapes() {
        ParsedStatement.Direct call = direct("{call pg_background_launch('x')}");
        assertThat(call.form()).isEqualTo(ParsedStatement.Form.ESCAPE_CALL);
        ParsedStatement.Direct function = direct(" { ?= CALL public.pg_background_launch(?, ?) } ", Dialect.PREPARED);
        assertThat(function.form()).isEqualTo(ParsedStatement.Form.ESCAPE_FUNCTION);
        assertThat(function.parameters()).isEqualTo(3);
        assertThat(function.call().arguments()).extracting(FunctionCall.Argument::form).containsExactly(PARAMETER, PARAMETER);
        assertThat(direct("{call pg_background_launch()}").call().arguments()).isEmpty();
    }

    @Test
    void readsNamedArguments() {
        assertThat(direct("SELECT pg_background_launch(SQL => 'x', \"Queue_Size\" := 1 + 1)").call().arguments())
                .containsExactly(new FunctionCall.Argument("sql", "'x'", 35, STRING, "x", null, 0),
                        new FunctionCall.Argument("Queue_Size", "1 + 1", 56, EXPRESSION, null, null, 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "NULL ~ NULL ~", "null ~ NULL ~", "'a''b' ~ STRING ~ a'b", "E'a\\'b' ~ STRING ~ a'b",
            "$q$SELECT 'x'$q$ ~ STRING ~ SELECT 'x'", "U&'d\\0061t' ~ STRING ~ dat", "N'x' ~ STRING ~ x",
            "5 ~ INTEGER ~ 5", "-5 ~ INTEGER ~ -5", "- 5 ~ INTEGER ~ -5", "+5 ~ INTEGER ~ +5", "? ~ PARAMETER ~",
            "5.0 ~ EXPRESSION ~", "1_000 ~ EXPRESSION ~", "0x10 ~ EXPRESSION ~", "'a'::text ~ EXPRESSION ~",
            "('a') ~ EXPRESSION ~", "'a' || ? ~ EXPRESSION ~", "B'1' ~ EXPRESSION ~", "E'\\xC3' ~ EXPRESSION ~",
            "U&'x' UESCAPE '!' ~ EXPRESSION ~",
            "(SELECT a FROM t WHERE b = 'pg_background_launch(1)') ~ EXPRESSION ~",
            "ARRAY[1, 2] ~ EXPRESSION ~", "f(a, b) ~ EXPRESSION ~", "$1 ~ EXPRESSION ~", "\"null\" ~ EXPRESSION ~",
            "row_number() OVER (ORDER BY 1) ~ EXPRESSION ~", "CASE WHEN true THEN 'a' END ~ EXPRESSION ~"})
    void tellsTheFormOfAnArgument(String expression, FunctionCall.Form form, String value) {
        FunctionCall.Argument argument = onlyArgument(expression);
        assertThat(argument.text()).isEqualTo(expression);
        assertThat(argument.form()).isEqualTo(form);
        assertThat(argument.value()).isEqualTo(value);
        assertThat(argument.parameters()).isEqualTo(expression.contains("?") ? 1 : 0);
    }

    @Test
    void readsContinuedLiteralAsOne() {
        assertThat(onlyArgument("'VACUUM '\n'ANALYZE'").value()).isEqualTo("VACUUM ANALYZE");
    }

    @Test
    void readsOldStrings() {
        assertThat(direct("SELECT pg_background_launch('a\\'b')", Dialect.of(false, false)).call().arguments().get(0)
                .value()).isEqualTo("a'b");
    }

    @Test
    void seesNestedCallsThroughParentheses() {
        FunctionCall.Argument argument = onlyArgument("((pg_background_launch('x')))");
        assertThat(argument.form()).isEqualTo(CALL);
        assertThat(argument.text()).isEqualTo("((pg_background_launch('x')))");
        assertThat(argument.call().arguments()).hasSize(1);
    }

    @Test
    void readsSeveralNestedCalls() {
        assertThat(direct("SELECT pg_background_launch(a => pg_background_launch(1), b => pg_background_list())").call()
                .arguments()).extracting(FunctionCall.Argument::form).containsExactly(CALL, CALL);
    }

    @Test
    void leavesNullAloneToNull() {
        assertThat(onlyArgument("NULL::text").form()).isNotEqualTo(NULL);
    }
}
