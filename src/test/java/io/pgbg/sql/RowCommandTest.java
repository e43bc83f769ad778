package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowCommandTest {

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
    void tags(String statement, String tag) {
        assertThat(RowCommand.tag(statement, Dialect.STATEMENT, 7)).isEqualTo(tag);
    }
}
