package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that change settings of their session on which the PostgreSQL JDBC driver relies. */
@AlsoAmongTraps
class ChangedSessionIT extends WithConnection {

    /** Since this version the server tells changed settings behind the end of a text, not at once. */
    private static final int TOLD_AT_THE_END = 14;

    private PgbgConnection jobs;

    @Override
    protected Connection open() throws SQLException {
        return database.connect("pgbgMaxWorkers=1");
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        jobs = connection.unwrap(PgbgConnection.class);
        Sql.run(connection, "CREATE TABLE IF NOT EXISTS done (i int)");
        Sql.run(connection, "TRUNCATE done");
    }

    /** It was carried out once, is told so, and the next job finds a session as it should be. */
    private void assertDone(Outcome outcome) throws SQLException {
        assertThat(outcome.state()).as(outcome.errorMessage()).isEqualTo(JobState.STOPPED);
        assertThat(Sql.value(connection, "SELECT count(*) FROM done")).isEqualTo("1");
        assertThat(jobs.detachAll()).isEqualTo(1);
        assertThat(Sql.result(connection, Sql.launch(connection, "SELECT current_setting('client_encoding'),"
                + " current_setting('DateStyle'), 'é'"))).containsExactly("UTF8,"
                + Sql.value(connection, "SHOW DateStyle") + ",é");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET client_encoding = 'LATIN1'; INSERT INTO done VALUES (1)",
        "INSERT INTO done VALUES (1); SET client_encoding = 'LATIN1'",
        "INSERT INTO done VALUES (1); SELECT set_config('client_encoding', 'LATIN1', false)",
        "DO $$ BEGIN INSERT INTO done VALUES (1); SET client_encoding = 'LATIN1'; END $$"})
    void theEncodingIsChanged(String sql) throws SQLException {
        assertDone(jobs.launch(sql).await());
        Sql.run(connection, "TRUNCATE done");
        assertDone(jobs.submit(sql).await());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET client_encoding = 'LATIN1'; SELECT 'é', 1",
        "SET client_encoding = 'LATIN1'; SELECT 'é', count(*) FROM generate_series(1, 1)",
        "SET client_encoding = 'WIN1252'; VALUES ('é', 1)"})
    @SinceRelease(value = 10, because = "literals are of type text")
    void rowsAreReadInTheEncodingThatTheyAreIn(String sql) throws SQLException {
        int pid = Sql.launch(connection, sql);
        assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(" + pid + ") AS (t text, n "
                + (sql.contains("count") ? "int8" : "int4") + ")")).containsExactly("é,1");
        pid = Sql.launch(connection, sql);
        assertThat(Sql.rows(connection, "SELECT t || 'x' FROM pg_background_result(" + pid + ") AS r(t text, n "
                + (sql.contains("count") ? "int8" : "int4") + ")")).containsExactly("éx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET DateStyle = 'German'; INSERT INTO done VALUES (1)",
        "INSERT INTO done VALUES (1); SET DateStyle = 'SQL, DMY'",
        "DO $$ BEGIN INSERT INTO done VALUES (1); SET DateStyle = 'German'; END $$"})
    void theDateStyleIsChanged(String sql) throws SQLException {
        assumeTrue(connection.getMetaData().getDatabaseMajorVersion() >= TOLD_AT_THE_END);
        assertDone(jobs.launch(sql).await());
        Sql.run(connection, "TRUNCATE done");
        assertDone(jobs.submit(sql).await());
    }

    @Test
    void aFunctionMayHaveADateStyleOfItsOwn() throws SQLException {
        assumeTrue(connection.getMetaData().getDatabaseMajorVersion() >= TOLD_AT_THE_END);
        Sql.run(connection, "CREATE FUNCTION german() RETURNS text LANGUAGE sql SET DateStyle = 'German'"
                + " AS $$ SELECT '2020-01-31'::pg_catalog.date::pg_catalog.text $$");
        assertThat(Sql.result(connection, Sql.launch(connection, "SELECT german() FROM generate_series(1, 1)")))
                .containsExactly("31.01.2020");
    }

    /** What the driver cannot read on is undone, or it is told that nobody knows. */
    @Test
    void rowsInADateStyleThatCannotBeRead() throws SQLException {
        int pid = Sql.launch(connection, "INSERT INTO done VALUES (1); SET DateStyle = 'German';"
                + " SELECT 1 FROM generate_series(1, 10)");
        assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("58000");
        assertThat(Sql.value(connection, "SELECT count(*) FROM done")).isEqualTo("0");
        assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 2"))).containsExactly("2");
    }
}
