package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the first relayed call of a session costs the server's catalogue. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class SmallCatalogIT {

    private final TestDatabase database;

    SmallCatalogIT(TestDatabase database) {
        this.database = database;
    }

    private static String functions(Connection connection) throws SQLException {
        return Sql.value(connection, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc WHERE pronamespace"
                + " OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2|SELECT pg_background_launch('SELECT 1') FROM pg_catalog.generate_series(1, 1)",
        "3|DO $$ BEGIN PERFORM x FROM pg_background_result(pg_background_launch('SELECT 1')) AS (x integer); END $$",
        "4|DO $$ DECLARE h record; BEGIN h := pg_background_submit_v2('SELECT 1');"
                + " PERFORM pg_background_wait_v2(h.pid, h.cookie); PERFORM pg_background_detach_v2(h.pid, h.cookie); END $$"})
    void oneFunctionForEachThatTheStatementNamesAndOneMore(String count, String sql) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, sql);
            assertThat(functions(connection)).isEqualTo(count);
        }
    }

    @Test
    void noneWhereTheyAreInstalled() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE EXTENSION pg_background");
            Sql.run(connection, "SELECT pg_background_launch('SELECT 1') FROM pg_catalog.generate_series(1, 1)");
            assertThat(functions(connection)).isEqualTo("0");
        }
        try (Connection other = database.connect()) {
            Sql.run(other, "DO $$ BEGIN PERFORM x FROM pg_background_result(pg_background_launch('SELECT 1'))"
                    + " AS (x integer); END $$");
            assertThat(functions(other)).isEqualTo("0");
            Sql.run(other, "DROP EXTENSION pg_background");
        }
    }
}
