package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapeNamerTest {

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "DO $$BEGIN PERFORM f('x'); END$$ ~ a DO block",
            "DO 'BEGIN PERFORM f(''x''); END' ~ a DO block",
            "DO LANGUAGE plpgsql $$BEGIN a := f('x'); END$$ ~ a DO block",
            "DO $$BEGIN SELECT INTO STRICT a, b.c f('x'); END$$ LANGUAGE plpgsql ~ a DO block",
            "DO $$DECLARE a int := f('x'); BEGIN IF f('y') > 1 THEN NULL; END IF; END$$ ~ a DO block",
            "DO $$BEGIN FOR r IN SELECT * FROM s.F('x') LOOP END LOOP; END$$ ~ a DO block",
            "WITH a AS (SELECT f('x')) SELECT 1 ~ a WITH query",
            "WITH a AS (SELECT 1), f(a) AS (SELECT 1) SELECT f('x') ~ a WITH query",
            "SELECT * FROM t JOIN f(1) AS (a int) ON true ~ a JOIN",
            "SELECT * FROM f(1) AS (a int) CROSS JOIN t ~ a JOIN",
            "SELECT * FROM t, f(1) AS (a int) ~ a FROM list with other items",
            "SELECT * FROM t, LATERAL f(t.a) AS (a int) ~ a FROM list with other items",
            "SELECT * FROM LATERAL f(1) ~ a LATERAL item",
            "SELECT a FROM f(1) AS (a int) ~ a select list other than *",
            "SELECT * FROM f(1) WITH ORDINALITY ~ a FROM item WITH ORDINALITY",
            "SELECT * FROM ROWS FROM (f(1) AS (a int)) ~ a ROWS FROM list",
            "SELECT (SELECT f('x')) ~ a sub-select",
            "SELECT * FROM (SELECT f('x')) t ~ a sub-select",
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM f(1) t(a)) ~ a sub-select",
            "SELECT ARRAY(SELECT f('x')) ~ a sub-select",
            "SELECT f('x'), 1 ~ a select list with other items",
            "SELECT f('x'), f('y') ~ a select list with other items",
            "SELECT f('x') + 1 ~ an expression",
            "SELECT 1 + f('x') ~ an expression",
            "SELECT (f('x')) ~ an expression",
            "SELECT (f('x')).pid ~ an expression",
            "SELECT f('x')::text ~ an expression",
            "SELECT coalesce(f('x'), 1) ~ an expression",
            "SELECT {fn f('x')} ~ an expression",
            "SELECT a[f('x')] ~ an expression",
            "SELECT 1 OPERATOR(pg_catalog.+) f('x') ~ an expression",
            "SELECT f('a' || f('b')::text) ~ an expression",
            "SELECT f(CASE WHEN true THEN f('b') END) ~ a CASE expression",
            "SELECT CASE WHEN a THEN f('x') END ~ a CASE expression",
            "SELECT f('x') FROM t ~ a query with FROM",
            "SELECT f('x') WHERE true ~ a query with WHERE",
            "SELECT f('x') LIMIT 1 ~ a query with LIMIT",
            "SELECT 1 LIMIT f('x') ~ a query with LIMIT",
            "SELECT * FROM t WHERE a = f('x') ~ a query with WHERE",
            "SELECT * FROM f(1) AS (a int) WHERE a > 1 ~ a query with WHERE",
            "SELECT * FROM f(1) t ORDER BY 1 ~ a query with ORDER BY",
            "SELECT * FROM t ORDER BY f('x') ~ a query with ORDER BY",
            "SELECT a FROM t GROUP BY f('x') ~ a query with GROUP BY",
            "SELECT a FROM t HAVING f('x') > 1 ~ a query with HAVING",
            "SELECT * FROM t OFFSET f('x') ~ a query with OFFSET",
            "SELECT DISTINCT f('x') ~ a SELECT DISTINCT",
            "SELECT DISTINCT ON (a) f('x') FROM t ~ a SELECT DISTINCT",
            "SELECT f('x') UNION ALL SELECT 1 ~ a UNION",
            "SELECT 1 EXCEPT SELECT f('x') ~ an EXCEPT",
            "SELECT f('x') INTO t ~ a SELECT INTO",
            "(SELECT f('x')) ~ a query in parentheses",
            "INSERT INTO t VALUES (f('x')) ~ an INSERT",
            "INSERT INTO t SELECT * FROM f(1) AS (a int) ~ an INSERT",
            "INSERT INTO t (a) VALUES (1) RETURNING f('x') ~ an INSERT",
            "UPDATE t SET a = f('x') ~ an UPDATE",
            "DELETE FROM t USING f(1) AS (a int) ~ a DELETE",
            "MERGE INTO t USING f(1) s(a) ON true WHEN MATCHED THEN DELETE ~ a MERGE",
            "CREATE TABLE t AS SELECT * FROM f(1) AS (a int) ~ a CREATE TABLE AS",
            "CREATE TEMP TABLE t AS SELECT f('x') ~ a CREATE TABLE AS",
            "CREATE TABLE t (a int DEFAULT f('x')) ~ a CREATE TABLE",
            "CREATE OR REPLACE VIEW v AS SELECT f('x') ~ a CREATE VIEW",
            "CREATE MATERIALIZED VIEW v AS SELECT f('x') ~ a CREATE MATERIALIZED VIEW",
            "CREATE INDEX ON t (f(a)) ~ a CREATE INDEX",
            "ALTER TABLE t ALTER a SET DEFAULT f('x') ~ an ALTER TABLE",
            "PREPARE p AS SELECT f('x') ~ a PREPARE",
            "EXECUTE p(f('x')) ~ an EXECUTE",
            "DECLARE c CURSOR FOR SELECT f('x') ~ a DECLARE CURSOR",
            "EXPLAIN ANALYZE SELECT f('x') ~ an EXPLAIN",
            "COPY (SELECT f('x')) TO STDOUT ~ a COPY",
            "VALUES (f('x')) ~ a VALUES list",
            "CALL f('x') ~ a CALL statement; it is a function",
            "CALL p(f('x')) ~ a CALL",
            "{call p(f('x'))} ~ an escape with other items",
            "SELECT f(DISTINCT 'x') ~ an argument list with DISTINCT",
            "SELECT f(VARIADIC a) ~ an argument list with VARIADIC",
            "SELECT f('x' ORDER BY 1) ~ an argument list with ORDER BY",
            "SELECT f(*) ~ an argument list with *",
            "SELECT f('x',) ~ an incomplete argument list",
            "SELECT f('x') FILTER (WHERE true) ~ an expression",
            "SELECT f('x') OVER () ~ an expression",
            "SELECT f('x') WITHIN GROUP (ORDER BY 1) ~ an expression",
            "SELECT f('x') from ~ a query with FROM"})
    void names(String sql, String shape) {
        String full = sql.replaceAll("(?i)\\bf\\(", "pg_background_launch(");
        assertThat(TestReader.one(full)).isInstanceOfSatisfying(ParsedStatement.Relayed.class, relayed -> {
            assertThat(relayed.text()).isEqualTo(full);
            assertThat(relayed.function()).isEqualTo("pg_background_launch");
            assertThat(relayed.shape()).isEqualTo(shape);
        });
    }

    @Test
    void namesTheOutermostFunction() {
        assertThat(TestReader.one("SELECT 1 + \"x\" . PG_BACKGROUND_RESULT(pg_background_launch('x'))"))
                .isInstanceOfSatisfying(ParsedStatement.Relayed.class,
                        relayed -> assertThat(relayed.function()).isEqualTo("pg_background_result"));
    }

    @Test
    void refusesCallsNestedBeyondReason() {
        String sql = "SELECT " + "pg_background_launch(".repeat(100_000) + ")".repeat(100_000);
        assertThat(TestReader.one(sql)).isInstanceOfSatisfying(ParsedStatement.Relayed.class,
                relayed -> assertThat(relayed.shape()).isEqualTo("a nesting too deep"));
    }
}
