package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@AlsoAmongTraps
class TransactionRulesIT extends WithConnection {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ABORTED =
            "current transaction is aborted, commands ignored until end of transaction block";

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("CREATE TABLE item (id int, name text)");
    }

    @BeforeEach
    void beginTransactions() throws SQLException {
        connection.setAutoCommit(false);
        database.execute("TRUNCATE item");
    }

    private Grid query(String sql) throws SQLException {
        return Grid.query(connection, sql);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Failure fail(String sql) throws SQLException {
        return Failure.of(connection, sql);
    }

    private int launch(String job) throws SQLException {
        return Integer.parseInt(query("SELECT pg_background_launch('" + job + "')").value());
    }

    private Grid run(String job) throws SQLException {
        return query("SELECT * FROM pg_background_result(pg_background_launch('" + job + "'))");
    }

    private List<String> ids() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Grid.query(raw, "SELECT id FROM item ORDER BY id").values();
        }
    }

    @Test
    void aCallBeginsATransactionAsEveryStatementDoes() throws SQLException {
        run("SELECT 1");
        execute("INSERT INTO item VALUES (1)");
        assertThat(ids()).isEmpty();
        connection.rollback();
        assertThat(ids()).isEmpty();
    }

    @Test
    void aJobDoesNotSeeWhatIsNotCommitted() throws SQLException {
        execute("INSERT INTO item VALUES (1)");
        assertThat(run("SELECT count(*) FROM item").value()).isEqualTo("0");
        connection.commit();
        assertThat(run("SELECT count(*) FROM item").value()).isEqualTo("1");
    }

    @Test
    void aJobSurvivesTheRollback() throws SQLException {
        execute("INSERT INTO item VALUES (1)");
        int pid = launch("INSERT INTO item VALUES (2)");
        connection.rollback();
        assertThat(query("SELECT * FROM pg_background_result(" + pid + ")").value()).isEqualTo("INSERT 0 1");
        assertThat(ids()).containsExactly("2");
    }

    @Test
    void aJobStaysAttachedAfterTheCommit() throws SQLException {
        int pid = launch("SELECT 7");
        connection.commit();
        assertThat(query("SELECT pg_background_result(" + pid + ")").value()).isEqualTo("7");
    }

    @Test
    void temporaryTablesAndLocksAreTheLaunchersOwn() throws SQLException {
        execute("CREATE TEMP TABLE mine (id int)");
        assertThat(fail("SELECT * FROM pg_background_result(pg_background_launch('TABLE mine'))").state())
                .isEqualTo("42P01");
        connection.rollback();
        execute("SELECT pg_catalog.pg_advisory_lock(77)");
        assertThat(run("SELECT pg_try_advisory_lock(77)").value()).isEqualTo("f");
    }

    // A failed transaction

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_result(-1)",
        "SELECT pg_background_detach(-1)",
        "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1 / 0')) AS (n int)",
        "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (n text)",
        "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (n int, n int)",
        "SELECT pg_background_launch('SELECT 1', 1)",
        "SELECT pg_background_launch('SELECT 1', 1 / 0)",
        "SELECT pg_background_launch()",
        "SELECT pg_background_launch(1)",
        "SELECT 1 + pg_background_launch('SELECT 1', 1)",
        "SET pg_background.max_workers = 0",
        "SHOW pg_background.nothing"
    })
    void anErrorFailsTheTransaction(String sql) throws SQLException {
        execute("INSERT INTO item VALUES (1)");
        Failure failure = fail(sql);
        assertThat(failure.state()).isNotEqualTo("25P02");
        assertThat(fail("SELECT 1").state()).isEqualTo("25P02");
        assertThat(fail("SELECT pg_background_launch('SELECT 1')").state()).isEqualTo("25P02");
        connection.commit();
        assertThat(ids()).isEmpty();
        assertThat(run("SELECT 7").value()).isEqualTo("7");
    }

    @Test
    void committingAFailedTransactionDoesWhatPgjdbcDoes() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            raw.setAutoCommit(false);
            Failure.of(raw, "SELECT 1 / 0");
            fail("SELECT pg_background_result(-1)");
            assertThat(commitState(connection)).isEqualTo(commitState(raw));
            Failure.of(raw, "SELECT 1 / 0");
            fail("SELECT pg_background_result(-1)");
            assertThat(textCommitState(connection)).isEqualTo(textCommitState(raw));
        }
    }

    private static String textCommitState(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("COMMIT");
            return "committed";
        } catch (SQLException e) {
            return e.getSQLState() + e.getMessage().replaceAll("<.*", "");
        }
    }

    private static String commitState(Connection connection) {
        try {
            connection.commit();
            return "committed";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch('INSERT INTO item VALUES (9)')",
        "SELECT pg_background_launch(NULL)",
        "SELECT pg_background_result(#)",
        "SELECT * FROM pg_background_result(#) AS (n int)",
        "SELECT pg_background_detach(#)",
        "SELECT pg_background_detach(-1)",
        "SELECT pg_background_launch()",
        "SELECT pg_background_launch('x', 1)",
        "SELECT grant_pg_background_privileges('postgres')",
        "SET pg_background.max_workers = 5",
        "SET pg_background.max_workers = 'x'",
        "SHOW pg_background.max_workers",
        "SELECT 1; SELECT pg_background_detach(-1)"
    })
    void aFailedTransactionRefusesCalls(String sql) throws SQLException {
        int pid = launch("SELECT 7");
        fail("SELECT 1 / 0");
        Failure failure = fail(sql.replace("#", String.valueOf(pid)));
        assertThat(failure.state()).isEqualTo("25P02");
        assertThat(failure.message()).isEqualTo(ABORTED);
        connection.rollback();
        assertThat(query("SELECT pg_background_result(" + pid + ")").value()).isEqualTo("7");
        assertThat(ids()).isEmpty();
    }

    @Test
    void aFailedTransactionRefusesPreparedCalls() throws SQLException {
        try (PreparedStatement launch = connection.prepareStatement("SELECT pg_background_launch(?)");
                PreparedStatement detach = connection.prepareStatement("SELECT pg_background_detach(?)")) {
            fail("SELECT 1 / 0");
            launch.setString(1, "INSERT INTO item VALUES (9)");
            detach.setInt(1, -1);
            assertThat(Failure.of(launch::executeQuery).state()).isEqualTo("25P02");
            assertThat(Failure.of(detach::executeQuery).state()).isEqualTo("25P02");
        }
        connection.rollback();
        assertThat(ids()).isEmpty();
    }

    @Test
    void anExplicitBlockFailsInAutocommitAsWell() throws SQLException {
        connection.setAutoCommit(true);
        execute("BEGIN");
        execute("INSERT INTO item VALUES (1)");
        fail("SELECT pg_background_result(-1)");
        assertThat(fail("SELECT 1").state()).isEqualTo("25P02");
        execute("ROLLBACK");
        fail("SELECT pg_background_result(-1)");
        assertThat(query("SELECT 1").value()).isEqualTo("1");
    }

    // Savepoints

    @Test
    void aSavepointUndoesTheFailure() throws SQLException {
        execute("INSERT INTO item VALUES (1)");
        Savepoint savepoint = connection.setSavepoint();
        execute("INSERT INTO item VALUES (2)");
        assertThat(fail("SELECT pg_background_result(pg_background_launch('SELECT 1 / 0'))").state())
                .isEqualTo("22012");
        connection.rollback(savepoint);
        assertThat(run("SELECT 7").value()).isEqualTo("7");
        connection.commit();
        assertThat(ids()).containsExactly("1");
    }

    @Test
    void aSavepointDoesNotUndoTheJob() throws SQLException {
        Savepoint savepoint = connection.setSavepoint("before");
        int pid = launch("INSERT INTO item VALUES (3)");
        connection.rollback(savepoint);
        assertThat(query("SELECT pg_background_result(" + pid + ")").value()).isEqualTo("INSERT 0 1");
        connection.rollback();
        assertThat(ids()).containsExactly("3");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_result(-1)",
        "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1 / 0')) AS (n int)",
        "SELECT pg_background_launch('SELECT 1', 1)",
        "SELECT pg_background_launch(1)",
        "SELECT pg_background_launch('SELECT 1', 1 / 0)"
    })
    void autosaveKeepsTheTransaction(String sql) throws SQLException {
        try (Connection saving = database.connect("autosave=always");
                Connection raw = database.connectRaw("autosave=always")) {
            saving.setAutoCommit(false);
            raw.setAutoCommit(false);
            for (Connection each : List.of(raw, saving)) {
                Grid.query(each, "WITH i AS (INSERT INTO item VALUES (1) RETURNING 1) SELECT * FROM i");
                Failure.of(each, each == raw ? "SELECT 1 / 0" : sql);
                assertThat(Grid.query(each, "SELECT 1").value()).isEqualTo("1");
                each.commit();
            }
        }
        assertThat(ids()).containsExactly("1", "1");
    }

    // Kinds of transactions

    @Test
    void aReadOnlyTransactionLaunchesJobs() throws SQLException {
        connection.setReadOnly(true);
        assertThat(fail("INSERT INTO item VALUES (1)").state()).isEqualTo("25006");
        connection.rollback();
        assertThat(run("SELECT 7").value()).isEqualTo("7");
    }

    @Test
    void aReadOnlySessionHasReadOnlyJobs() throws SQLException {
        connection.setAutoCommit(true);
        execute("SET default_transaction_read_only = on");
        assertThat(fail("SELECT pg_background_result(pg_background_launch('INSERT INTO item VALUES (2)'))").state())
                .isEqualTo("25006");
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "4", "8"})
    void everyIsolationLevelServes(int level) throws SQLException {
        connection.setTransactionIsolation(level);
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("0");
        assertThat(run("INSERT INTO item VALUES (1)").value()).isEqualTo("INSERT 0 1");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo(level < 4 ? "1" : "0");
        connection.commit();
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("1");
    }

    @Test
    void theSnapshotIsTakenByTheFirstQuery() throws SQLException {
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        run("SELECT 1");
        connection.commit();
        assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
    }

    @Test
    @SinceRelease(value = 10, because = "txid_current_if_assigned")
    void callsWithLiteralsBeginATransactionToo() throws SQLException {
        int pid = launch("SELECT 1");
        connection.commit();
        query("SELECT pg_background_detach(" + pid + ")");
        assertThat(query("SELECT txid_current_if_assigned() IS NULL").value()).isEqualTo("t");
        connection.commit();
    }

    @Test
    void topLevelStatementsRunWhileTheLauncherIsInATransaction() throws Exception {
        execute("CREATE TEMP TABLE busy (id int)");
        assertThat(run("VACUUM item").value()).isEqualTo("VACUUM");
        query("SELECT pg_background_detach(pg_background_launch('INSERT INTO item VALUES (5)'))");
        Await.until("the detached job commits", PATIENCE, () -> ids().equals(List.of("5")));
        connection.rollback();
        assertThat(ids()).containsExactly("5");
    }

    @Test
    void whatPgjdbcRefusesByItselfDoesNotFailTheTransaction() throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
            try (PreparedStatement launch = connection.prepareStatement("SELECT pg_background_launch(?)")) {
                assertThat(Sql.stateOf(launch::execute)).isEqualTo("22023");
            }
            assertThat(Sql.value(connection, "SELECT 2")).isEqualTo("2");
            connection.rollback();
        }
    }
}
