package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobTextTest {

    private static JobText read(String sql) {
        return JobText.read(sql, Dialect.STATEMENT);
    }

    @Test
    void splitsHeadAndLast() {
        assertThat(read("INSERT INTO t VALUES (1);; SELECT a FROM t; ")).isEqualTo(new JobText(
                List.of("INSERT INTO t VALUES (1)", "SELECT a FROM t"), null, false, false, true, false,
                "INSERT INTO t VALUES (1);; ", "SELECT a FROM t", "SELECT ", true, false, true, false, Set.of()));
        assertThat(read("VACUUM")).isEqualTo(new JobText(List.of("VACUUM"), null, false, false, false, false, "", "VACUUM",
                "SELECT ", false, false, true, false, Set.of()));
        assertThat(read(" ; -- x")).isEqualTo(new JobText(List.of(), null, false, false, false, false, "", "", "",
                false, false, false, true, Set.of()));
    }

    @Test
    void tellsWhatNoStandbyCarriesOut() {
        for (String writing : List.of("INSERT INTO t VALUES (1)", "SELECT 1; VACUUM t", 
                "WITH a AS (SELECT 1) DELETE FROM t", "CREATE TEMP TABLE t (a int)", "NOTIFY done")) {
            assertThat(read(writing).writes()).as(writing).isTrue();
            assertThat(read(writing).onlyQueries()).as(writing).isFalse();
        }
        for (String query : List.of("SELECT f()", "SET work_mem = '1MB'; TABLE t", "SHOW work_mem", "(SELECT 1)",
                "WITH a AS (SELECT 1) SELECT * FROM a")) {
            assertThat(read(query).writes()).as(query).isFalse();
            assertThat(read(query).onlyQueries()).as(query).isTrue();
        }
        for (String either : List.of("DO $$ BEGIN END $$", "CALL p()", "SELECT 1 FOR UPDATE",
                "WITH a AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM a", "SELECT 1 INTO t")) {
            assertThat(read(either).writes()).as(either).isFalse();
            assertThat(read(either).onlyQueries()).as(either).isFalse();
        }
    }

    @Test
    void namesTheCustomSettings() {
        assertThat(read("SET app.a = 1; SELECT set_config('App.B', '1', false)").customSettings())
                .containsExactlyInAnyOrder("app.a", "app.b");
    }

    @Test
    void isReadOnceForEachDialect() {
        String sql = "SELECT E'\\'; COMMIT; SELECT ''";

        JobText standard = JobText.read(sql, new Dialect(true, false));

        assertThat(JobText.read(new StringBuilder(sql).toString(), new Dialect(true, false))).isSameAs(standard);
        String ambiguous = "SELECT '\\'; COMMIT; --'";
        assertThat(JobText.read(ambiguous, new Dialect(true, false)).transactionControl()).isEqualTo("COMMIT");
        assertThat(JobText.read(ambiguous, new Dialect(false, false)).transactionControl()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {"SELECT 1 ~ true", "(SELECT 1) UNION SELECT 2 ~ true", "VALUES (1) ~ true",
        "WITH a AS (SELECT 1) SELECT * FROM a ~ true", "TABLE t ~ true", "SELECT 'update' ~ true", "SHOW a ~ false",
        "SELECT a FROM t FOR UPDATE ~ false", "SELECT a FROM t FOR KEY SHARE ~ false", "SELECT 1 INTO t ~ false",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a ~ false", "UPDATE t SET a = 1 RETURNING a ~ false",
        "CALL p() ~ false"})
    void tellsWhatACursorCanHold(String sql, boolean holdable) {
        assertThat(read("VACUUM; " + sql).holdable()).isEqualTo(holdable);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {"SET search_path = a; SELECT 1 ~ true", "SET Time  Zone 9; SELECT 1 ~ true",
        "SET LOCAL TIME ZONE 'UTC' ~ true", "SET schema 'a' ~ true", "SELECT set_config('IntervalStyle', 'a', true)"
            + " ~ true", "DO $$BEGIN SET extra_float_digits = 0; END$$ ~ true", "RESET ALL ~ true",
        "SELECT now() AT TIME ZONE 'UTC' ~ false", "SET work_mem = '4MB'; SELECT 1 ~ false"})
    void tellsWhatMayChangeTexts(String sql, boolean changes) {
        assertThat(read(sql).changesTexts()).isEqualTo(changes);
    }

    @ParameterizedTest
    @CsvSource({"SELECT a FROM t; INSERT INTO t VALUES (1),true", "SELECT 1; INSERT INTO t VALUES (1),false",
            "SELECT a FROM t; INSERT INTO t VALUES (1) RETURNING a,false", "SELECT a FROM t; SELECT 1,false",
            "SELECT a FROM t; CALL p(),false", "SELECT a FROM t; WITH w AS (SELECT 1) DELETE FROM t,true",
            "INSERT INTO t SELECT 1 FROM s,false", "SELECT a FROM t; CREATE TABLE u (b int),true"})
    void knowsWhenNobodyReadsManyRows(String sql, boolean unread) {
        assertThat(read(sql).unreadRows()).isEqualTo(unread);
    }

    @ParameterizedTest
    @CsvSource({"begin,BEGIN", "START TRANSACTION READ ONLY,START TRANSACTION", "Commit,COMMIT", "END,END",
            "rollback to a,ROLLBACK", "ABORT,ABORT", "SAVEPOINT a,SAVEPOINT", "RELEASE a,RELEASE",
            "PREPARE TRANSACTION 'a',PREPARE TRANSACTION", "COMMIT PREPARED 'a',COMMIT",
            "ROLLBACK PREPARED 'a',ROLLBACK"})
    void findsTransactionControl(String sql, String keyword) {
        assertThat(read(sql).transactionControl()).isEqualTo(keyword);
        assertThat(read("SELECT 1; /* x */ " + sql + "; SAVEPOINT b").transactionControl()).isEqualTo(keyword);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 'COMMIT'", "DO $$BEGIN COMMIT; END$$", "SELECT CASE WHEN a THEN 1 END",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE 1 WHEN 1 THEN 1 END; END",
            "PREPARE transaction AS SELECT 1", "-- COMMIT\nSELECT 1", "\"commit\"", "CALL commit()",
            "PREPARE a AS SELECT 1"})
    void findsNoTransactionControl(String sql) {
        assertThat(read(sql).transactionControl()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "COPY t FROM STDIN ~ true", "copy t (a) from stdin with csv ~ true", "COPY (SELECT 1) TO STDOUT ~ true",
            "COPY t TO STDOUT (FORMAT csv); SELECT 1 ~ true", "COPY t FROM 'stdin' ~ false",
            "COPY t FROM PROGRAM 'x' ~ false", "SELECT 'COPY t FROM STDIN' ~ false", "SELECT 1 FROM stdin ~ false"})
    void findsCopyWithClient(String sql, boolean expected) {
        assertThat(read(sql).copyWithClient()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT a FROM t", "SELECT 1 UNION SELECT 2", "SELECT unnest(a)", "TABLE t", "(SELECT 1) UNION SELECT 2", "FETCH ALL FROM c",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "WITH a AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM a",
            "WITH update AS (SELECT 1) SELECT * FROM update", "WITH a(b) AS MATERIALIZED (SELECT 1) (SELECT 2)",
            "WITH RECURSIVE a AS (SELECT 1) SEARCH DEPTH FIRST BY b SET c TABLE a",
            "INSERT INTO t SELECT 1 RETURNING a", "SELECT f(Generate_Series (1, 2))", "update t set a = 1 returning *", "DELETE FROM t RETURNING 1",
            "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE RETURNING a",
            "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a RETURNING 1", "SELECT 1 AS into FROM t",
            "SELECT t.into FROM t",
            "SELECT (SELECT 1 INTO x) FROM t", "CREATE TABLE t (); SELECT a FROM t"})
    void mayReturnManyRows(String sql) {
        assertThat(read(sql).rows()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1", "SELECT f(a => 1)", "SELECT (SELECT a FROM t LIMIT 1)", "VALUES (1)",
            "INSERT INTO t VALUES (1) RETURNING a", "SELECT 1 INTO t", "SELECT * INTO TEMP t FROM s", "INSERT INTO t VALUES (1)",
            "WITH a AS (SELECT 1) SELECT * INTO t FROM a", "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
            "WITH a AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM a", "UPDATE t SET a = 1", "VACUUM",
            "CALL p()", "SHOW x", "EXPLAIN SELECT 1", "EXECUTE p", "SELECT 1; VACUUM", "WITH", "WITH a AS (SELECT 1)",
            "INSERT INTO t SELECT (WITH b AS (DELETE FROM c RETURNING 1) SELECT 1)", "CREATE TABLE t AS SELECT 1"})
    void returnsNoRowsOrFew(String sql) {
        assertThat(read(sql).rows()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "SELECT a FROM t | SELECT 7",
        "/* insert */ table t | SELECT 7",
        "VALUES (1), (2) | SELECT 7",
        "(SELECT 1) UNION (SELECT 2) | SELECT 7",
        "insert into t select * from u returning a | INSERT 0 7",
        "UPDATE t SET a = 1 RETURNING a | UPDATE 7",
        "DELETE FROM t RETURNING a | DELETE 7",
        "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE RETURNING a | MERGE 7",
        "FETCH ALL FROM c | FETCH 7",
        "WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x | SELECT 7",
        "WITH x AS (SELECT 1), y (a) AS (SELECT 2) INSERT INTO t SELECT 1 FROM x RETURNING a | INSERT 0 7",
        "WITH x AS (SELECT 1) (SELECT 1 FROM x) | SELECT 7",
        "WITH RECURSIVE update AS (SELECT 1) DELETE FROM t RETURNING a | DELETE 7"})
    void knowsTheTag(String statement, String tag) {
        assertThat(read(statement).tag() + 7).isEqualTo(tag);
    }
}
