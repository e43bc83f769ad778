package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A job that takes longer than pgjdbc waits for a word of the server's. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@Tag("long")
@AlsoAmongTraps
class SocketTimeoutIT {

    private static final int SECONDS = 3;
    private static final String JOB = "pg_background_launch('SELECT ''done''::text FROM pg_catalog.pg_sleep(7)')";
    private static final String RELAYED = "SELECT r.v FROM pg_catalog.generate_series(1, 1) AS g,"
            + " pg_background_result(" + JOB + ") AS r(v text)";

    private final TestDatabase database;

    SocketTimeoutIT(TestDatabase database) {
        this.database = database;
    }

    private static void assertDone(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery(sql);
            assertThat(Sql.rows(rows)).containsExactly("done");
            assertThat(Sql.messages(statement.getWarnings())).as("the driver's own notices").isEmpty();
        }
        assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }

    @Test
    void aFunctionThatWaitsKeepsTheConnectionAlive() throws SQLException {
        try (Connection connection = database.connect("socketTimeout=" + SECONDS)) {
            assertDone(connection, "SELECT * FROM pg_background_result(" + JOB + ") AS (v text)");
            assertDone(connection, RELAYED);
        }
    }

    @Test
    void alsoWhenItsTimeoutIsSetLater() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "DO $$ BEGIN PERFORM pg_background_cancel_all(); END $$");
            connection.setNetworkTimeout(Runnable::run, SECONDS * 1000);
            assertDone(connection, RELAYED);
            connection.setNetworkTimeout(Runnable::run, 0);
            assertDone(connection, RELAYED);
        }
    }

    @Test
    void alsoInStoredCode() throws SQLException {
        try (Connection connection = database.connect("socketTimeout=" + SECONDS)) {
            Sql.run(connection, "CREATE EXTENSION pg_background");
            Sql.run(connection, "CREATE FUNCTION public.waits() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN ("
                    + RELAYED + "); END $f$");
            assertDone(connection, "SELECT public.waits()");
            Sql.run(connection, "DROP FUNCTION public.waits()");
            Sql.run(connection, "DROP EXTENSION pg_background");
        }
    }
}
