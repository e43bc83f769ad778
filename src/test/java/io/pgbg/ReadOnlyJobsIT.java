package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job may write if, and only if, a statement of its launcher might at the time of the launch. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class ReadOnlyJobsIT {

    private static final String READ_ONLY = "25006";
    private static final String WRITE = "INSERT INTO public.written VALUES (1)";

    private final TestDatabase database;

    ReadOnlyJobsIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeAll
    static void createTable(TestDatabase database) throws SQLException {
        database.execute("CREATE TABLE public.written (id int)");
    }

    /** What a statement fails with in a transaction that begins with another one; null when it does not fail. */
    private static String stateOf(Connection connection, String begin, String sql) throws SQLException {
        try {
            Sql.run(connection, begin);
            Sql.run(connection, sql);
            return null;
        } catch (SQLException e) {
            return e.getSQLState();
        } finally {
            endTransaction(connection);
        }
    }

    /** What a job that writes fails with, launched in each way; all give the same. */
    private static String stateOfJob(Connection connection, String begin) throws SQLException {
        String launch = "pg_background_launch('" + WRITE + "')";
        String direct = stateOf(connection, begin, "SELECT * FROM pg_background_result(" + launch + ")");
        String relayed = stateOf(connection, begin, "SELECT r.tag FROM pg_catalog.generate_series(1, 1) AS g,"
                + " pg_background_result(" + launch + ") AS r(tag text)");
        assertThat(relayed).as("relayed").isEqualTo(direct);
        Sql.run(connection, begin);
        PgbgJob submitted = connection.unwrap(PgbgConnection.class).submit(WRITE);
        assertThat(submitted.await().sqlState()).as("submitted").isEqualTo(direct);
        submitted.detach();
        endTransaction(connection);
        return direct;
    }

    private static void endTransaction(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "readOnly=false, true, ", "readOnly=false, false, ", "readOnly=false, true, true", "readOnly=false, false, true",
        "readOnly=true, true, ", "readOnly=true, false, ", "readOnly=true, true, false", "readOnly=true, false, false",
        "readOnly=true&readOnlyMode=always, true, ", "readOnly=true&readOnlyMode=always, false, ",
        "readOnly=true&readOnlyMode=always, true, false", "readOnly=true&readOnlyMode=always, false, false",
        "readOnly=false&readOnlyMode=always, true, true", "readOnly=false&readOnlyMode=always, false, true",
        "readOnly=true&readOnlyMode=ignore, true, ", "readOnly=true&readOnlyMode=ignore, false, "})
    void asItsConnection(String parameters, boolean autoCommit, Boolean readOnly) throws SQLException {
        try (Connection connection = database.connect(parameters)) {
            connection.setAutoCommit(autoCommit);
            if (readOnly != null) {
                connection.setReadOnly(readOnly);
            }
            assertThat(stateOfJob(connection, "")).isEqualTo(stateOf(connection, "", WRITE));
        }
    }

    @Test
    void asItsTransaction() throws SQLException {
        try (Connection connection = database.connect()) {
            // makes the functions, which a transaction that begins as read-only could not
            stateOfJob(connection, "");
            connection.setAutoCommit(false);
            assertThat(stateOfJob(connection, "SET TRANSACTION READ ONLY")).isEqualTo(READ_ONLY);
            assertThat(stateOfJob(connection, "SELECT 1")).isNull();
            Sql.run(connection, "SET default_transaction_read_only = on");
            connection.commit();
            assertThat(stateOfJob(connection, "SELECT 1")).isEqualTo(READ_ONLY);
            assertThat(stateOfJob(connection, "SET TRANSACTION READ WRITE")).isNull();
        }
    }

    @Test
    void alsoWhenNothingWasSentSinceTheLastLaunch() throws SQLException {
        try (Connection connection = database.connect()) {
            for (boolean readOnly : new boolean[] {true, false, true}) {
                connection.setAutoCommit(true);
                PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
                for (int i = 0; i < 3; i++) {
                    assertThat(jobs.submit(WRITE).await().sqlState()).isNull();
                }
                connection.setAutoCommit(false);
                connection.setReadOnly(readOnly);
                assertThat(jobs.submit(WRITE).await().sqlState()).isEqualTo(readOnly ? READ_ONLY : null);
                connection.rollback();
                jobs.detachAll();
            }
        }
    }

    @Test
    void unlessThisIsNotToBeInherited() throws SQLException {
        for (String inherited : new String[] {"none", "work_mem", "default_transaction_read_only"}) {
            try (Connection connection = database.connect("readOnly=true", "pgbgInheritSettings=" + inherited)) {
                connection.setAutoCommit(false);
                assertThat(stateOfJob(connection, "")).as(inherited)
                        .isEqualTo(inherited.startsWith("default") ? READ_ONLY : null);
            }
        }
    }
}
