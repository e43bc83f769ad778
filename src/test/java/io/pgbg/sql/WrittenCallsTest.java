package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How the calls of a relayed statement are written so that one function alone can be meant: with all arguments, of the
 * very types. In the tables f( stands for pg_background_launch(, r( for pg_background_result(, t( and i( and l( for the
 * functions around a text, an integer and a bigint, null for NULL::pg_catalog.text, and ^ for a line's end.
 */
class WrittenCallsTest {

    private static final String DIALECT_OF_PREPARED = "?";

    private static String full(String sql) {
        return sql.replaceAll("\\bf\\(", "pg_background_launch(").replaceAll("\\br\\(", "pg_background_result(")
                .replaceAll("\\bt\\(", "pg_catalog.repeat(").replaceAll("\\bi\\(", "pg_catalog.int4up(")
                .replaceAll("\\bl\\(", "pg_catalog.int8up(").replaceAll("\\bnull\\b", "NULL::pg_catalog.text")
                .replace('^', '\n');
    }

    private static String written(String sql, CallTarget target) {
        Dialect dialect = Dialect.of(true, sql.contains(DIALECT_OF_PREPARED));
        return ((ParsedStatement.Relayed) TestReader.one(sql, dialect)).in(target).text();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT 1, f(q) ~ SELECT 1, s.f(t(q, 1), 0, null)",
            "SELECT 1, f( q ) ~ SELECT 1, s.f( t(q, 1), 0, null )",
            "SELECT 1, f(q /* a, b */ , -1 -- c)^) ~ SELECT 1, s.f(t(q, 1) /* a, b */ , i(-1), null -- c)^)",
            "SELECT 1, f(?, ?) ~ SELECT 1, s.f(t(?, 1), i(?), null)",
            "SELECT 1, f(sql => q) ~ SELECT 1, s.f(sql => t(q, 1), queue_size => 0, label => null)",
            "SELECT 1, f(sql := q, label := 'x') ~ SELECT 1, s.f(sql := t(q, 1), label := t('x', 1), queue_size => 0)",
            "SELECT 1, f(q, label => 'x') ~ SELECT 1, s.f(t(q, 1), label => t('x', 1), queue_size => 0)",
            "SELECT 1, f(\"sql\" => q, 5) ~ SELECT 1, s.f(\"sql\" => q, 5)",
            "SELECT 1, r(1) ~ SELECT 1, s.r(i(1))",
            "SELECT 1, r(1, 2) ~ SELECT 1, s.r(i(1), l(2))",
            "SELECT 1, r(cookie => 2, pid => 1) ~ SELECT 1, s.r(cookie => l(2), pid => i(1))",
            "SELECT 1, r(f('x')) ~ SELECT 1, s.r(i(s.f(t('x', 1), 0, null)))",
            "SELECT 1, r((f('x'))) ~ SELECT 1, s.r(i((s.f(t('x', 1), 0, null))))",
            "SELECT 1, r(f('x') + f('y')) ~ SELECT 1, s.r(i(s.f(t('x', 1), 0, null) + s.f(t('y', 1), 0, null)))",
            "SELECT 1, f(string_agg(a, ',' ORDER BY b)) OVER w ~ "
                    + "SELECT 1, s.f(t(string_agg(a, ',' ORDER BY b), 1), 0, null) OVER w",
            "SELECT 1, f((SELECT a, b FROM c LIMIT 1)) ~ SELECT 1, s.f(t((SELECT a, b FROM c LIMIT 1), 1), 0, null)",
            "SELECT 1, f(a[1,2]::text COLLATE \"C\") ~ SELECT 1, s.f(t(a[1,2]::text COLLATE \"C\", 1), 0, null)",
            "SELECT 1, f($1) ~ SELECT 1, s.f(t($1, 1), 0, null)",
            "SELECT 1, f(NULL) ~ SELECT 1, s.f(t(NULL, 1), 0, null)",
            "SELECT 1, f(U&'a' UESCAPE '!') ~ SELECT 1, s.f(t(U&'a' UESCAPE '!', 1), 0, null)",
            "SELECT 1, f('a' -- b^'c') ~ SELECT 1, s.f(t('a' -- b^'c', 1), 0, null)",
            "SELECT 1, pg_background_drain(ARRAY[h]) ~ SELECT 1, s.pg_background_drain(ARRAY[h], 0)",
            "SELECT 1, grant_pg_background_privileges(role_name => 'a', print_commands => true) ~ SELECT 1,"
                    + " s.grant_pg_background_privileges(user_name => t('a', 1),"
                    + " print_commands => pg_catalog.booleq(true, true))",
            "SELECT 1, pg_background_list() ~ SELECT 1, s.pg_background_list()",
            "SELECT f(q) FROM t ORDER BY f(q), 2 ~ "
                    + "SELECT s.f(t(q, 1), 0, null) FROM t ORDER BY s.f(t(q, 1), 0, null), 2",
            "WITH a AS (SELECT f('x')) SELECT * FROM a, r(1) AS b(c int) ~ "
                    + "WITH a AS (SELECT s.f(t('x', 1), 0, null)) SELECT * FROM a, s.r(i(1)) AS b(c int)"})
    void givesArgumentsTheirTypes(String sql, String expected) {
        assertThat(written(full(sql), TestReader.target("s"))).isEqualTo(full(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"f()", "f(a, 1, 'b', c)", "f(a,)", "f(, a)", "f(nothing => a)", "f(a, sql => b)",
        "f(sql => a, sql => b)", "f(VARIADIC a)", "f(DISTINCT a)", "f(ALL a)", "f(*)", "f(a ORDER BY b)", "r()",
        "r(cookie => 1)", "f(label => 'x')", "f(queue_size => )", "pg_background_list(1)"})
    void leavesTheRestToTheServer(String call) {
        assertThat(written(full("SELECT 1, " + call), TestReader.target("s"))).isEqualTo(full("SELECT 1, s." + call));
    }

    /** The rows are what stands in a body, between {@code BEGIN} and {@code END}, whatever its quotes. */
    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "PERFORM f(q); ~ PERFORM s.f(t(q, 1), 0, null);",
            "p := f('it''s', 1); ~ p := s.f(t('it''s', 1), i(1), null);",
            "EXECUTE 'SELECT f($1)' USING q; ~ EXECUTE 'SELECT s.f(t($1, 1), 0, null)' USING q;",
            "EXECUTE 'SELECT f(''a'')'; ~ EXECUTE 'SELECT s.f(t(''a'', 1), 0, null)';",
            "EXECUTE E'SELECT f(\\'a\\' )'; ~ EXECUTE E'SELECT s.f(t(\\'a\\', 1), 0, null )';",
            "EXECUTE 'SELECT f(' || quote_literal(q) || ')'; ~ "
                    + "EXECUTE 'SELECT s.f(t(' || quote_literal(q) || ', 1), 0, null)';",
            "EXECUTE 'SELECT f( ' || quote_ident(c) || '::text, 1)'; ~ "
                    + "EXECUTE 'SELECT s.f( t(' || quote_ident(c) || '::text, 1), i(1), null)';",
            "EXECUTE 'SELECT f(' || pg_catalog.quote_nullable(q)::text || ', ' || n || ')'; ~ "
                    + "EXECUTE 'SELECT s.f(t(' || pg_catalog.quote_nullable(q)::text || ', 1), ' || n || ')';",
            "EXECUTE 'SELECT f(' || a || ')'; ~ EXECUTE 'SELECT s.f(' || a || ')';",
            "EXECUTE 'SELECT f(' || a || ', 1)'; ~ EXECUTE 'SELECT s.f(' || a || ', 1)';",
            "EXECUTE 'SELECT f(''x'' || ' || a || ')'; ~ EXECUTE 'SELECT s.f(''x'' || ' || a || ')';",
            "EXECUTE 'SELECT f(''x'', ' || a || ', label => ''y'')'; ~ "
                    + "EXECUTE 'SELECT s.f(t(''x'', 1), ' || a || ', label => t(''y'', 1))';",
            "EXECUTE 'SELECT f(sql => ' || a || ', label => 1)'; ~ "
                    + "EXECUTE 'SELECT s.f(sql => ' || a || ', label => t(1, 1))';",
            "EXECUTE 'SELECT f(''INSERT ' || a || ''')'; ~ "
                    + "EXECUTE 'SELECT s.f(t(''INSERT ' || a || ''', 1), 0, null)';",
            "EXECUTE 'SELECT f(''x''' || a; ~ EXECUTE 'SELECT s.f(''x''' || a;",
            "EXECUTE 'SELECT f(' || quote_literal(a) || b || ')'; ~ "
                    + "EXECUTE 'SELECT s.f(' || quote_literal(a) || b || ')';",
            "EXECUTE 'SELECT f(' || quote_literal(a) || quote_literal(b) || ')'; ~ "
                    + "EXECUTE 'SELECT s.f(t(' || quote_literal(a) || quote_literal(b) || ', 1), 0, null)';",
            "EXECUTE 'SELECT f(' || quote_literal(a) = b || ')'; ~ "
                    + "EXECUTE 'SELECT s.f(' || quote_literal(a) = b || ')';",
            "EXECUTE format('SELECT f(%L)', q); ~ EXECUTE format('SELECT s.f(t(%L, 1), 0, null)', q);",
            "EXECUTE format('SELECT f(%1$L, %2$-8s)', q, n); ~ EXECUTE format('SELECT s.f(t(%1$L, 1), %2$-8s)', q, n);",
            "EXECUTE format('SELECT f(%I.%I, 5 %% 3)', a, b); ~ "
                    + "EXECUTE format('SELECT s.f(t(%I.%I, 1), i(5 %% 3), null)', a, b);",
            "EXECUTE format('SELECT f(%s)', q); ~ EXECUTE format('SELECT s.f(%s)', q);",
            "EXECUTE format('SELECT f(%L::text || %L)', a, b); ~ "
                    + "EXECUTE format('SELECT s.f(t(%L::text || %L, 1), 0, null)', a, b);",
            "EXECUTE format(format('SELECT f(%%s, %%L, %L)', a), b); ~ "
                    + "EXECUTE format(format('SELECT s.f(%%s, %%L, %L)', a), b);",
            "EXECUTE format(format('SELECT f(%%L, 5 %%%% %L)', a), b); ~ "
                    + "EXECUTE format(format('SELECT s.f(t(%%L, 1), i(5 %%%% %L), null)', a), b);",
            "EXECUTE 'DO $x$BEGIN PERFORM f(''a''); END$x$'; ~ "
                    + "EXECUTE 'DO $x$BEGIN PERFORM s.f(t(''a'', 1), 0, null); END$x$';"})
    void writesBlocks(String body, String expected) {
        String sql = "DO $body$BEGIN " + full(body) + " END$body$";
        String target = "DO $body$BEGIN " + full(expected) + " END$body$";
        assertThat(written(sql, TestReader.target("s"))).isEqualTo(target);
        assertThat(written(sql.replace("'", "''").replace("$body$", "'"), TestReader.target("s")))
                .isEqualTo(target.replace("'", "''").replace("$body$", "'"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT 1, f(q) ~ s ~ SELECT 1, s.f(t(q, 1), 0, null)",
            "SELECT 1, other.f(q) ~ s ~ SELECT 1, other.f(q)",
            "SELECT 1, S.f(q) ~ s ~ SELECT 1, S.f(t(q, 1), 0, null)",
            "SELECT 1, \"My % Schema\".f(q), r(1) ~ \"My % Schema\" ~ "
                    + "SELECT 1, \"My % Schema\".f(t(q, 1), 0, null), \"My % Schema\".r(i(1))",
            "SELECT\"pg_background_launch\"(q), 1 ~ s ~ SELECT s.\"pg_background_launch\"(t(q, 1), 0, null), 1",
            "DO 'BEGIN EXECUTE format(''SELECT r(%s)'', p) || '', r(1)''; PERFORM r(1); END' ~ \"a%b\" ~ "
                    + "DO 'BEGIN EXECUTE format(''SELECT \"a%%b\".r(%s)'', p) || '', \"a%b\".r(i(1))'';"
                    + " PERFORM \"a%b\".r(i(1)); END'"})
    void writesCallsOfInstalledFunctions(String sql, String schema, String expected) {
        assertThat(written(full(sql), TestReader.installed(schema))).isEqualTo(full(expected));
    }

    @Test
    void completesSettings() {
        assertThat(written("SELECT current_setting('pg_background.max_workers'), current_setting('pg_background.x')"
                + " FROM pg_background_result(pg_catalog.current_setting('pg_background.max_workers')::int)"
                + " AS t(a int)", TestReader.target("s")))
                .isEqualTo("SELECT '16', current_setting('pg_background.x')"
                + " FROM s.pg_background_result(pg_catalog.int4up('16'::int)) AS t(a int)");
        assertThat(written("SELECT current_setting('pg_background.max_workers', pg_background_result(1) IS NULL)",
                TestReader.target("s"))).isEqualTo("SELECT current_setting('pg_background.max_workers',"
                + " s.pg_background_result(pg_catalog.int4up(1)) IS NULL)");
    }

    @Test
    void isWrittenOnce() {
        ParsedStatement.Relayed relayed = (ParsedStatement.Relayed) TestReader.one("SELECT 1, pg_background_result(1)");
        Qualified first = relayed.in(TestReader.target("s"));
        assertThat(relayed.in(TestReader.target("s"))).isSameAs(first);
        assertThat(relayed.in(TestReader.target("t")).text()).contains(" t.");
        assertThat(relayed.in(TestReader.target("s"))).as("beside the other").isSameAs(first);
        assertThat(relayed.in(TestReader.installed("s")).target().session()).isFalse();
        List.of("a", "b", "c", "d").forEach(schema -> relayed.in(TestReader.target(schema)));
        assertThat(relayed.in(TestReader.target("s"))).as("after many others").isNotSameAs(first);
        assertThat(relayed.in(TestReader.target("s")).text()).isEqualTo(first.text());
    }
}
