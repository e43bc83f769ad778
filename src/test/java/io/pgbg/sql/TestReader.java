package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;

/** A reader with some functions, for tests. */
final class TestReader {

    static final SqlReader READER = new SqlReader(Set.of("pg_background_launch", "pg_background_result",
            "pg_background_detach", "pg_background_list", "grant_pg_background_privileges"),
            (form, call) -> true, Set.of(), Set.of());

    private TestReader() {
    }

    static Script read(String sql) {
        return READER.read(sql, Dialect.STATEMENT);
    }

    static Statement one(String sql) {
        return one(sql, Dialect.STATEMENT);
    }

    static Statement one(String sql, Dialect dialect) {
        Script script = READER.read(sql, dialect);
        assertThat(script.statements()).as(sql).hasSize(1);
        return script.statements().get(0);
    }
}
