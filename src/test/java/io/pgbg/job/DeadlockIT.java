package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.LaunchOptions;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;

/** A launcher that waits for a job which waits for the launcher is told so. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class DeadlockIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final TestDatabase database;

    DeadlockIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void aRowLockOfTheLauncherIsFound() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE account (id int, balance int)");
            Sql.run(connection, "INSERT INTO account VALUES (1, 0)");
            connection.setAutoCommit(false);
            Sql.run(connection, "UPDATE account SET balance = 1");
            int pid = Sql.launch(connection, "UPDATE account SET balance = 2");
            int launcher = connection.unwrap(PGConnection.class).getBackendPID();

            assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOfSatisfying(SQLException.class, e -> {
                assertThat(e.getSQLState()).isEqualTo("40P01");
                assertThat(e.getMessage()).contains(Integer.toString(launcher), Integer.toString(pid));
            });

            // the transaction has failed and releases its locks, and the job is still attached
            connection.rollback();
            assertThat(Sql.result(connection, pid)).containsExactly("UPDATE 1");
            assertThat(Sql.value(connection, "SELECT balance FROM account")).isEqualTo("2");
        }
    }

    @Test
    void anAdvisoryLockOfAnAutocommitLauncherIsFound() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "SELECT pg_catalog.pg_advisory_lock(7)");
            int pid = Sql.launch(connection, "SELECT pg_catalog.pg_advisory_lock(7)");
            assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("40P01"));
            Sql.run(connection, "SELECT pg_catalog.pg_advisory_unlock(7)");
            assertThat(Sql.result(connection, pid)).hasSize(1);
        }
    }

    @Test
    void aLauncherWhoseSnapshotBlocksAnIndexIsTold() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE waiting AS SELECT 1 AS i");
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            Sql.value(connection, "SELECT i FROM waiting");
            int pid = Sql.launch(connection, "CREATE INDEX CONCURRENTLY ON waiting (i)");
            assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("40P01"));
            connection.rollback();
            assertThat(Sql.result(connection, pid)).containsExactly("CREATE INDEX");
        }
    }

    @Test
    void createIndexConcurrentlyWorksInOneStatementOnAnAutocommitConnection() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE indexed AS SELECT g AS i FROM generate_series(1, 1000) AS g");
            assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                    + "'CREATE INDEX CONCURRENTLY ON indexed (i)')) AS (result text)")).containsExactly("CREATE INDEX");
        }
    }

    @Test
    void aJobThatWaitsForAnotherSessionIsNoDeadlock() throws Exception {
        try (Connection connection = database.connect(); Connection other = database.connectRaw()) {
            Sql.run(other, "SELECT pg_catalog.pg_advisory_lock(9)");
            int pid = Sql.launch(connection, "SELECT 1 FROM pg_catalog.pg_advisory_lock(9), pg_advisory_unlock_all()");
            try (var statement = connection.createStatement()) {
                statement.setQueryTimeout(2);
                assertThatThrownBy(() -> statement.execute("SELECT * FROM pg_background_result(" + pid + ")"))
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            }
            Sql.run(other, "SELECT pg_catalog.pg_advisory_unlock(9)");
            assertThat(Sql.result(connection, pid)).containsExactly("1");
        }
    }

    @Test
    void aDeadlockBetweenTwoWindowsIsFound() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE TABLE wide AS SELECT g AS id, repeat('x', 1000) AS t "
                    + "FROM generate_series(1, 20000) AS g");
            connection.setAutoCommit(false);
            Sql.run(connection, "UPDATE wide SET t = 'mine' WHERE id = 15000");
            int pid = Sql.launch(connection, "SELECT id, t FROM wide FOR UPDATE");
            assertThat(Sql.stateOf(() -> Sql.rows(statement.executeQuery(
                    "SELECT * FROM pg_background_result(" + pid + ")")))).isEqualTo("40P01");
            connection.rollback();
        }
    }

    @ParameterizedTest
    @CsvSource({"lock_timeout, 55P03, direct", "statement_timeout, 57014, direct", "lock_timeout, 55P03, relayed",
        "lock_timeout, 55P03, own"})
    void theJobsOwnTimeOutComesFirst(String timeOut, String state, String how) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE IF NOT EXISTS limited AS SELECT 0 AS balance");
            connection.setAutoCommit(false);
            Sql.run(connection, "SET LOCAL deadlock_timeout = '20s'; UPDATE limited SET balance = 1");
            boolean own = "own".equals(how);
            String set = "SET " + timeOut + " = '700ms'; ";
            if (!own) {
                Sql.run(connection, set);
            }
            int pid = Sql.launch(connection, (own ? set : "") + "UPDATE limited SET balance = 2");
            Sql.run(connection, "SET " + timeOut + " = 0");
            String result = " FROM pg_background_result(" + pid + ") AS r(tag text)";
            assertThat(Sql.stateOf(connection, ("relayed".equals(how) ? "SELECT tag || ''" : "SELECT *") + result))
                    .isEqualTo(state);
            connection.rollback();
        }
    }

    @Test
    void aJobThatWaitsForItsReaderLetsAnotherJobGoOn() throws Exception {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE shared AS SELECT g AS id, 0 AS n FROM generate_series(1, 50000) AS g");
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            PgbgJob paused = jobs.launch("UPDATE shared SET n = 1 RETURNING id", new LaunchOptions(64, null));
            Await.until("it waits for its reader", SOON, () -> paused.outcome().rowCount() > 0);
            int second = Sql.launch(connection, "UPDATE shared SET n = n + 1 WHERE id = 7");
            assertThat(Running.start(() -> Sql.result(connection, second)).get(SOON)).containsExactly("UPDATE 1");
            assertThat(paused.forEachRow(row -> { })).isEqualTo(50_000);
            assertThat(Sql.value(connection, "SELECT n FROM shared WHERE id = 7")).isEqualTo("2");
        }
    }
}
