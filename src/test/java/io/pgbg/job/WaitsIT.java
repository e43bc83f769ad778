package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import io.pgbg.worker.Wait;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A statement that waits for a job can be ended, and the job stays attached. */
@Timeout(60)
@AlsoAmongTraps
class WaitsIT extends WithConnection {

    private static final Duration SOON = Duration.ofSeconds(20);

    private Connection gate;

    @BeforeEach
    void closeTheGate() throws SQLException {
        gate = database.connectRaw();
        Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
    }

    @AfterEach
    void close() throws SQLException {
        gate.close();
    }

    /** A job that ends when the gate is opened. */
    private int launchGated() throws SQLException {
        return Sql.launch(connection, "SELECT 'through' FROM pg_advisory_lock_shared(1)");
    }

    private void openTheGate() throws SQLException {
        Sql.run(gate, "SELECT pg_advisory_unlock_all()");
    }

    private static CompletableFuture<Void> reading(Statement statement, int pid) {
        return CompletableFuture.runAsync(() -> {
            try {
                statement.execute("SELECT * FROM pg_background_result(" + pid + ")");
            } catch (SQLException e) {
                throw new java.util.concurrent.CompletionException(e);
            }
        });
    }

    private static void awaitWaiting() throws Exception {
        Await.until("a statement waits for its job", SOON, () -> Thread.getAllStackTraces().values().stream()
                .anyMatch(stack -> java.util.Arrays.stream(stack).anyMatch(frame ->
                        frame.getClassName().equals(Wait.class.getName()) && frame.getMethodName().equals("until"))));
    }

    private static void assertEnded(CompletableFuture<Void> reading, String state) {
        assertThatThrownBy(() -> reading.get(SOON.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class).cause()
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
    }

    @Test
    void cancelEndsTheWaitAndLeavesTheJobAttached() throws Exception {
        int pid = launchGated();
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> reading = reading(statement, pid);
            awaitWaiting();
            statement.cancel();
            assertEnded(reading, "57014");
        }
        openTheGate();
        assertThat(Sql.result(connection, pid)).containsExactly("through");
    }

    @Test
    void closingTheStatementEndsTheWait() throws Exception {
        int pid = launchGated();
        Statement statement = connection.createStatement();
        CompletableFuture<Void> reading = reading(statement, pid);
        awaitWaiting();
        statement.close();
        assertEnded(reading, "57014");
        openTheGate();
        assertThat(Sql.result(connection, pid)).containsExactly("through");
    }

    @Test
    void queryTimeoutEndsTheWait() throws Exception {
        int pid = launchGated();
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertEnded(reading(statement, pid), "57014");
        }
        openTheGate();
        assertThat(Sql.result(connection, pid)).containsExactly("through");
    }

    @Test
    void statementTimeoutOfTheLauncherEndsTheWait() throws Exception {
        int pid = launchGated();
        Sql.run(connection, "SET statement_timeout = '300ms'");
        assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOfSatisfying(SQLException.class, e -> {
            assertThat(e.getSQLState()).isEqualTo("57014");
            assertThat(e.getMessage()).contains("canceling statement due to statement timeout");
        });
        Sql.run(connection, "SET statement_timeout = 0");
        openTheGate();
        assertThat(Sql.result(connection, pid)).containsExactly("through");
    }

    @Test
    void interruptEndsTheWaitAndStaysSet() throws Exception {
        int pid = launchGated();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                Sql.result(connection, pid);
                interrupted.completeExceptionally(new AssertionError("the wait was not ended"));
            } catch (SQLException e) {
                if ("57014".equals(e.getSQLState())) {
                    interrupted.complete(Thread.currentThread().isInterrupted());
                } else {
                    interrupted.completeExceptionally(e);
                }
            }
        });
        reader.start();
        awaitWaiting();
        reader.interrupt();
        assertThat(interrupted.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        reader.join();
        openTheGate();
        assertThat(Sql.result(connection, pid)).containsExactly("through");
    }

    @Test
    void abortEndsTheWaitWithAConnectionError() throws Exception {
        int pid = launchGated();
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> reading = reading(statement, pid);
            awaitWaiting();
            Executor direct = Runnable::run;
            connection.abort(direct);
            assertEnded(reading, "08006");
        }
        assertThat(connection.isClosed()).isTrue();
    }

    @Test
    void closingTheConnectionEndsTheWaitWithAConnectionError() throws Exception {
        int pid = launchGated();
        Statement statement = connection.createStatement();
        CompletableFuture<Void> reading = reading(statement, pid);
        awaitWaiting();
        connection.close();
        assertEnded(reading, "08006");
    }

    @Test
    void otherMethodsDoNotWaitMeanwhile() throws Exception {
        int pid = launchGated();
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> reading = reading(statement, pid);
            awaitWaiting();
            statement.getWarnings();
            statement.clearWarnings();
            statement.isClosed();
            connection.isClosed();
            assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
            openTheGate();
            reading.get(10, TimeUnit.SECONDS);
            assertThat(statement.getResultSet().next()).isTrue();
        }
    }

    @Test
    void aCancelledWaitInATransactionFailsTheTransaction() throws Exception {
        int pid = launchGated();
        connection.setAutoCommit(false);
        Sql.run(connection, "CREATE TABLE never (i int)");
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> reading = reading(statement, pid);
            awaitWaiting();
            statement.cancel();
            assertEnded(reading, "57014");
        }
        assertThatThrownBy(() -> Sql.value(connection, "SELECT 1"))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25P02"));
        connection.rollback();
        openTheGate();
        assertThat(Sql.result(connection, pid)).containsExactly("through");
    }

    @Test
    void twoReadersOfOneJobGetItOnce() throws Exception {
        int pid = launchGated();
        try (Statement first = connection.createStatement(); Statement second = connection.createStatement()) {
            CompletableFuture<Void> one = reading(first, pid);
            CompletableFuture<Void> two = reading(second, pid);
            awaitWaiting();
            openTheGate();
            CompletableFuture.allOf(one.exceptionally(e -> null), two.exceptionally(e -> null)).get(10,
                    TimeUnit.SECONDS);
            assertThat(one.isCompletedExceptionally() ^ two.isCompletedExceptionally()).isTrue();
            assertEnded(one.isCompletedExceptionally() ? one : two, "42704");
        }
    }

    @Test
    void aJobCancelledByTheServerGivesTheServersError() throws Exception {
        int pid = launchGated();
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> reading = reading(statement, pid);
            Await.until("the job waits at the gate", SOON, () -> "Lock".equals(Sql.value(gate,
                    "SELECT wait_event_type FROM pg_stat_activity WHERE pid = " + pid)));
            Sql.run(gate, "SELECT pg_cancel_backend(" + pid + ")");
            assertEnded(reading, "57014");
        }
    }

    @Test
    void aTerminatedWorkerIsTold() throws Exception {
        int pid = launchGated();
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> reading = reading(statement, pid);
            Await.until("the job waits at the gate", SOON, () -> "Lock".equals(Sql.value(gate,
                    "SELECT wait_event_type FROM pg_stat_activity WHERE pid = " + pid)));
            Sql.run(gate, "SELECT pg_terminate_backend(" + pid + ")");
            assertEnded(reading, "58000");
        }
        assertThatThrownBy(() -> Sql.result(connection, pid)).hasMessageContaining("is not attached to this session");
    }

    @Test
    void aJobDetachedUnderAWaitingReaderIsGone() throws Exception {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "SELECT g FROM generate_series(1, 1) AS g, pg_catalog.pg_sleep(1)");
            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("SELECT * FROM pg_background_result(" + pid + ")");
                } catch (SQLException e) {
                    throw new IllegalStateException(e.getSQLState());
                }
            });
            new ServerState(connection).awaitSleep(pid);
            Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS)).hasMessageContaining("42704");
        }
    }

    @Test
    void aNestedLaunchThatTimesOutIsNotAttachedForEver() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "SET pg_background.max_workers = 2");
            for (int i = 0; i < 4; i++) {
                try (Statement statement = connection.createStatement()) {
                    statement.setQueryTimeout(1);
                    assertThat(Sql.stateOf(() -> statement.execute(
                            "SELECT * FROM pg_background_result(pg_background_launch('SELECT"
                                    + " pg_catalog.pg_sleep(2)'))"))).isEqualTo("57014");
                }
            }
        }
    }

    @Test
    void theTimeoutHoldsBehindTheFirstResult() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThat(Sql.stateOf(() -> statement.execute("SELECT 1; SELECT * FROM pg_background_result("
                    + "pg_background_launch('SELECT pg_catalog.pg_sleep(10)'))"))).isEqualTo("57014");
            assertThat(statement.getResultSet()).isNull();
        }
    }

    @Test
    void waitingOutsideATransactionDoesNotBeginOne() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE outside AS SELECT 1 AS i");
            connection.setAutoCommit(false);
            int pid = Sql.launch(connection, "CREATE INDEX CONCURRENTLY ON outside (i)");
            connection.commit();
            assertThat(Sql.result(connection, pid)).containsExactly("CREATE INDEX");
            int slow = Sql.launch(connection, "SELECT pg_catalog.pg_sleep(0.7)");
            connection.commit();
            Sql.result(connection, slow);
            assertThat(connection.unwrap(org.postgresql.core.BaseConnection.class).getTransactionState())
                    .isEqualTo(org.postgresql.core.TransactionState.IDLE);
        }
    }
}
