package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two threads on one connection: what one does is neither lost nor held up by what the other's text consists of. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class TwoThreadsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int ROWS = 300;

    private static final String SLEEP = "SELECT pg_catalog.pg_sleep(600)";
    private static final String WAITING =
            "SELECT * FROM pg_background_result(pg_background_launch('" + SLEEP + "')) AS r(x text)";

    private static final String SLEEPING =
            "SELECT count(*) FROM pg_stat_activity WHERE query = '" + SLEEP + "' AND state = 'active'";

    private final TestDatabase database;

    TwoThreadsIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void createTable() throws SQLException {
        database.execute("CREATE TABLE kept (n int)");
    }

    @AfterEach
    void dropTable() throws SQLException {
        database.execute("DROP TABLE kept");
    }

    /** Does something again and again beside the test's own thread. */
    private static Running<Void> again(AtomicBoolean over, Failure.Step step) {
        return Running.start(() -> {
            while (!over.get()) {
                step.run();
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_detach_all(); SELECT 1/0",
        "SELECT 1/0; SELECT pg_background_detach_all()",
        "SELECT pg_background_detach_all(); DO $$ BEGIN RAISE EXCEPTION 'failed'; END $$; SELECT 1"
    })
    void aTextThatFailsTakesNoRowsOfTheOtherWithIt(String failing) throws Exception {
        try (Connection connection = database.connect(); Statement other = connection.createStatement();
                Statement insert = connection.createStatement()) {
            AtomicBoolean over = new AtomicBoolean();
            Running<Void> failures = again(over, () -> assertThat(Sql.stateOf(() -> other.execute(failing)))
                    .isNotNull());
            for (int i = 0; i < ROWS; i++) {
                assertThat(insert.executeUpdate("INSERT INTO kept VALUES (" + i + ")")).isEqualTo(1);
            }
            over.set(true);
            failures.get(PATIENCE);
            assertThat(Sql.value(connection, "SELECT count(*) FROM kept")).isEqualTo(String.valueOf(ROWS));
        }
    }

    @Test
    @NotAmongTraps("pgjdbc's own query for the key of an updatable result set springs traps")
    void norRowsOfABatchAPreparedStatementAnUpdatableResultSetOrACall() throws Exception {
        database.execute("ALTER TABLE kept ADD PRIMARY KEY (n)");
        try (Connection connection = database.connect(); Statement other = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement("INSERT INTO kept VALUES (?)");
                PreparedStatement call = connection.prepareStatement(
                        "INSERT INTO kept SELECT ? FROM (SELECT pg_background_detach_all()) AS d");
                Statement batch = connection.createStatement();
                Statement updatable = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY,
                        ResultSet.CONCUR_UPDATABLE)) {
            AtomicBoolean over = new AtomicBoolean();
            Running<Void> failures = again(over, () -> assertThat(Sql.stateOf(
                    () -> other.execute("SELECT pg_background_detach_all(); SELECT 1/0"))).isEqualTo("22012"));
            int rows = 0;
            while (rows < ROWS) {
                prepared.setInt(1, rows++);
                prepared.executeUpdate();
                call.setInt(1, rows++);
                call.executeUpdate();
                batch.addBatch("INSERT INTO kept VALUES (" + rows++ + ")");
                batch.addBatch("INSERT INTO kept VALUES (" + rows++ + ")");
                batch.executeBatch();
                try (ResultSet table = updatable.executeQuery("SELECT n FROM kept WHERE n < 0")) {
                    table.moveToInsertRow();
                    table.updateInt(1, rows++);
                    table.insertRow();
                }
            }
            over.set(true);
            failures.get(PATIENCE);
            assertThat(Sql.value(connection, "SELECT count(*) FROM kept")).isEqualTo(String.valueOf(rows));
        }
    }

    @Test
    void nothingStaysInAFailedTransaction() throws Exception {
        try (Connection connection = database.connect(); Statement other = connection.createStatement();
                Statement failing = connection.createStatement()) {
            AtomicBoolean over = new AtomicBoolean();
            Running<Void> texts = again(over, () -> other.execute("SELECT 1; SELECT pg_background_detach_all()"));
            for (int i = 0; i < ROWS; i++) {
                assertThat(Sql.stateOf(() -> failing.executeQuery("SELECT * FROM pg_background_result(1)")))
                        .isEqualTo("42704");
            }
            over.set(true);
            texts.get(PATIENCE);
            assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
            assertThat(connection.getAutoCommit()).isTrue();
        }
    }

    @Test
    void whoTurnsAutocommitOffHasATransactionOfHisOwn() throws Exception {
        try (Connection connection = database.connect(); Statement other = connection.createStatement()) {
            Running<Void> text = Running.start(() -> {
                other.execute("SELECT pg_background_detach_all(); SELECT pg_catalog.pg_sleep(0.3); SELECT 1/0");
                return null;
            });
            Await.until("the other thread's text has begun", PATIENCE, () -> "1".equals(readAside(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%0.3%' AND pid <> pg_backend_pid()")));
            connection.setAutoCommit(false);
            Sql.run(connection, "INSERT INTO kept VALUES (1)");
            connection.commit();
            assertThat(text.failure(PATIENCE).getSQLState()).isEqualTo("22012");
            assertThat(readAside("SELECT count(*) FROM kept")).isEqualTo("1");
        }
    }

    /** A cancel may come between the launch and the wait for the result. */
    @ParameterizedTest
    @ValueSource(strings = {"", "SELECT 1; "})
    void aCancelIsNeverLost(String before) throws Exception {
        try (Connection connection = database.connect(); Connection aside = database.connectRaw();
                Statement waiting = connection.createStatement()) {
            for (int i = 0; i < 20; i++) {
                Running<Boolean> text = Running.start(() -> waiting.execute(before + WAITING));
                awaitJob(aside);
                waiting.cancel();
                assertThat(text.failure(PATIENCE).getSQLState()).isEqualTo("57014");
                endJobs();
            }
        }
    }

    /** A wait within a text of several statements ends, though others wait for the connection meanwhile. */
    @Test
    void aTextThatWaitsForAJobIsCancelledAndGivesTheConnectionFree() throws Exception {
        try (Connection connection = database.connect(); Connection aside = database.connectRaw();
                Statement waiting = connection.createStatement()) {
            Running<Boolean> text = Running.start(() -> waiting.execute("SELECT 1; " + WAITING));
            awaitJob(aside);
            Running<String> next = Running.start(() -> Sql.value(connection, "SELECT 'next'"));
            waiting.cancel();
            assertThat(text.failure(PATIENCE).getSQLState()).isEqualTo("57014");
            assertThat(next.get(PATIENCE)).isEqualTo("next");
        }
    }

    @Test
    void aTextThatWaitsForAJobEndsWhenTheConnectionIsAborted() throws Exception {
        try (Connection connection = database.connect(); Connection aside = database.connectRaw();
                Statement waiting = connection.createStatement()) {
            Running<Boolean> text = Running.start(() -> waiting.execute("SELECT 1; " + WAITING));
            awaitJob(aside);
            connection.abort(Runnable::run);
            assertThat(text.failure(PATIENCE).getSQLState()).startsWith("08");
        }
    }

    private static void awaitJob(Connection aside) throws Exception {
        Await.until("the job runs", PATIENCE, () -> "1".equals(Sql.value(aside, SLEEPING)));
    }

    /** What is detached goes on, and would be taken for the next one's job. */
    @AfterEach
    void endJobs() throws Exception {
        try (Connection aside = database.connectRaw()) {
            Sql.run(aside, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '" + SLEEP + "'");
            Await.until("no job runs", PATIENCE, () -> "0".equals(Sql.value(aside, SLEEPING)));
        }
    }

    private String readAside(String sql) throws SQLException {
        try (Connection aside = database.connectRaw()) {
            return Sql.value(aside, sql);
        }
    }
}
