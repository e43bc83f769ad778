package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.PgbgConnection;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of jobs whose client dies without a word. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@Tag("long")
@NotAmongTraps("about processes that die; others send the same SQL")
class DyingClientIT {

    private static final int KILLED = 9;

    /** The version of the server that introduced {@code client_connection_check_interval}. */
    private static final int CHECKED_CLIENTS = 14;

    private final TestDatabase database;

    DyingClientIT(TestDatabase database) {
        this.database = database;
    }

    /** Launches or submits a job, waits until the server runs it, and dies. */
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0]);
                Connection admin = DriverManager.getConnection(arguments[0])) {
            Sql.run(connection, arguments[2]);
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            boolean submits = Boolean.parseBoolean(arguments[3]);
            int pid = (submits ? jobs.submit(arguments[1]) : jobs.launch(arguments[1])).handle().pid();
            new ServerState(admin).awaitSleep(pid);
            Runtime.getRuntime().halt(KILLED);
        }
    }

    private void runAndDie(String job) throws Exception {
        runAndDie(job, "SELECT 1", false);
    }

    private void runAndDie(String job, String before, boolean submits) throws Exception {
        Process process = Jvm.start(List.of(), DyingClientIT.class, database.jdbcUrl(), job, before,
                Boolean.toString(submits));
        assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(KILLED);
    }

    private void awaitRows(String table, String count) throws Exception {
        try (Connection connection = database.connectRaw()) {
            Await.until("the job has committed", Duration.ofSeconds(20),
                    () -> count.equals(Sql.value(connection, "SELECT count(*) FROM " + table)));
        }
    }

    @Test
    void aJobWithoutRowsIsCarriedOut() throws Exception {
        database.execute("CREATE TABLE without_rows (i int)");
        runAndDie("INSERT INTO without_rows VALUES (1); INSERT INTO without_rows SELECT 2 FROM pg_catalog.pg_sleep(1)");
        awaitRows("without_rows", "2");
    }

    @Test
    void aJobThatCallsAFunctionIsCarriedOut() throws Exception {
        database.execute("CREATE TABLE by_function (i int)");
        database.execute("CREATE FUNCTION slow_audit() RETURNS int LANGUAGE plpgsql AS "
                + "$$ BEGIN PERFORM pg_catalog.pg_sleep(1); INSERT INTO by_function VALUES (1); RETURN 1; END $$");
        runAndDie("SELECT slow_audit()");
        awaitRows("by_function", "1");
    }

    @Test
    void aSubmittedJobThatRaisesNoticesIsCarriedOut() throws Exception {
        database.execute("CREATE TABLE noisy (i int)");
        runAndDie("DO $$ BEGIN FOR i IN 1..5 LOOP PERFORM pg_catalog.pg_sleep(0.3); RAISE WARNING 'still here';"
                + " END LOOP; INSERT INTO noisy VALUES (1); END $$", "SET client_min_messages = notice", true);
        awaitRows("noisy", "1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServerThatLooksAfterItsClientsDoesNotEndAJob(boolean submits) throws Exception {
        try (Connection raw = database.connectRaw()) {
            assumeTrue(raw.getMetaData().getDatabaseMajorVersion() >= CHECKED_CLIENTS);
        }
        database.execute("CREATE TABLE checked_" + submits + " (i int)");
        runAndDie("INSERT INTO checked_" + submits + " SELECT 1 FROM pg_catalog.pg_sleep(1.5)",
                "SET client_connection_check_interval = '50ms'", submits);
        awaitRows("checked_" + submits, "1");
    }

    @Test
    void aJobWithManyRowsIsUndone() throws Exception {
        database.execute("CREATE TABLE with_rows (i int)");
        runAndDie("INSERT INTO with_rows SELECT g FROM generate_series(1, 3) AS g, pg_catalog.pg_sleep(1) RETURNING i");
        try (Connection connection = database.connectRaw()) {
            Await.until("the job's backend is gone", Duration.ofSeconds(20), () -> gone(connection));
            assertThat(Sql.value(connection, "SELECT count(*) FROM with_rows")).isEqualTo("0");
        }
    }

    private static boolean gone(Connection connection) throws SQLException {
        return "0".equals(Sql.value(connection, "SELECT count(*) FROM pg_stat_activity "
                + "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%with_rows%'"));
    }
}
