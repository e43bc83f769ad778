package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.jdbc.PgResultSet;

/** Results that do not fit into the window of a job: read window by window, whatever the reader does. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@NotAmongTraps("about memory; others send the same SQL")
class LargeResultsIT {

    private static final String NUMBERS = "SELECT g AS n, repeat('x', 50) AS text FROM generate_series(1, 50000) AS g";
    private static final String LONG_ROWS = "SELECT g, repeat('x', 200) FROM generate_series(1, 50000) AS g";

    private final TestDatabase database;

    LargeResultsIT(TestDatabase database) {
        this.database = database;
    }

    private static String reading(int pid) {
        return "SELECT * FROM pg_background_result(" + pid + ") AS t (n int, text text)";
    }

    @Test
    void allRowsComeOnceAndInOrder() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery(reading(Sql.launch(connection, NUMBERS)));
            assertThat(rows.isBeforeFirst()).isTrue();
            for (int i = 1; i <= 50_000; i++) {
                assertThat(rows.next()).isTrue();
                if (rows.getInt("n") != i || rows.getRow() != i) {
                    assertThat(rows.getInt("n")).isEqualTo(i);
                    assertThat(rows.getRow()).isEqualTo(i);
                }
                assertThat(rows.isFirst()).isEqualTo(i == 1);
            }
            assertThat(rows.isLast()).isTrue();
            assertThat(rows.next()).isFalse();
            assertThat(rows.next()).isFalse();
            assertThat(rows.isAfterLast()).isTrue();
            assertThat(rows.isBeforeFirst()).isFalse();
            assertThat(rows.getStatement()).isSameAs(statement);
            assertThat(rows.unwrap(PgResultSet.class)).isNotNull();
        }
    }

    @Test
    void isLastIsRightAtEveryRow() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery(reading(Sql.launch(connection, NUMBERS)));
            int row = 0;
            while (rows.next()) {
                row++;
                assertThat(rows.isLast()).isEqualTo(row == 50_000);
                assertThat(rows.getRow()).isEqualTo(row);
            }
            assertThat(row).isEqualTo(50_000);
        }
    }

    @Test
    void theSecondReadWhileTheFirstIsOpenIsRefused() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, NUMBERS);
            ResultSet rows = statement.executeQuery(reading(pid));
            assertThat(rows.next()).isTrue();
            assertThatThrownBy(() -> Sql.result(connection, pid)).isInstanceOfSatisfying(SQLException.class, e -> {
                assertThat(e.getSQLState()).isEqualTo("42704");
                assertThat(e.getMessage()).contains("results for PID " + pid + " have already been consumed");
            });
            assertThat(Sql.rows(rows)).hasSize(49_999);
            assertThatThrownBy(() -> Sql.result(connection, pid))
                    .hasMessageContaining("PID " + pid + " is not attached to this session");
        }
    }

    @Test
    void aResultClosedEarlyDoesNotStopTheJob() throws Exception {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE SEQUENCE steps");
            Sql.run(connection, "CREATE TABLE done (i bigint)");
            Sql.run(connection, "CREATE FUNCTION step() RETURNS bigint LANGUAGE sql AS "
                    + "'INSERT INTO done SELECT nextval(''steps'') RETURNING i'");
            try (Statement statement = connection.createStatement()) {
                ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result("
                        + Sql.launch(connection, "SELECT step(), repeat('x', 200) FROM generate_series(1, 20000)")
                        + ")");
                assertThat(rows.next()).isTrue();
                rows.close();
                assertThat(rows.isClosed()).isTrue();
            }
            Await.until("the job has committed", Duration.ofSeconds(30),
                    () -> "20000".equals(Sql.value(connection, "SELECT count(*) FROM done")));
        }
    }

    @Test
    void aLargeResultDetachedUnreadRunsToItsEnd() throws Exception {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE detached (i int)");
            int pid = Sql.launch(connection, "INSERT INTO detached SELECT g FROM generate_series(1, 50000) AS g "
                    + "RETURNING i, repeat('x', 100)");
            Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            Await.until("the job has committed", Duration.ofSeconds(30),
                    () -> "50000".equals(Sql.value(connection, "SELECT count(*) FROM detached")));
        }
    }

    @Test
    void aJobThatWaitsForItsReaderSurvivesTheTimeoutForIdleTransactions() throws Exception {
        try (Connection connection = database.connect(); Connection other = database.connectRaw()) {
            Sql.run(connection, "SET idle_in_transaction_session_timeout = '100ms'");
            int pid = Sql.launch(connection, NUMBERS);
            Await.until("the job has waited longer than the time-out", Duration.ofSeconds(20),
                    () -> "t".equals(Sql.value(other, "SELECT state = 'idle in transaction' AND "
                            + "clock_timestamp() - state_change > interval '300ms' FROM pg_stat_activity WHERE pid = "
                            + pid)));
            assertThat(Sql.result(connection, pid)).hasSize(50_000);
        }
    }

    @Test
    void anErrorInTheMiddleComesWhereItIsRead() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "SELECT 1 / (40000 - g) AS n, repeat('x', 50) AS text "
                    + "FROM generate_series(1, 50000) AS g");
            ResultSet rows = statement.executeQuery(reading(pid));
            assertThatThrownBy(() -> Sql.rows(rows)).isInstanceOfSatisfying(SQLException.class, e -> {
                assertThat(e.getSQLState()).isEqualTo("22012");
                assertThat(e.getMessage()).contains("background worker, pid " + pid);
            });
            assertThatThrownBy(() -> Sql.result(connection, pid)).hasMessageContaining("is not attached");
        }
    }

    @Test
    void anErrorAtCommitComesBehindTheLastRow() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE TABLE parent (i int PRIMARY KEY)");
            Sql.run(connection, "CREATE TABLE child (i int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
            int small = Sql.launch(connection, "INSERT INTO child VALUES (1) RETURNING i");
            assertThatThrownBy(() -> Sql.result(connection, small)).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("23503"));
            int large = Sql.launch(connection, "INSERT INTO child SELECT g FROM generate_series(1, 30000) AS g "
                    + "RETURNING i, repeat('x', 100)");
            ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + large + ")");
            assertThat(rows.next()).isTrue();
            assertThatThrownBy(() -> Sql.rows(rows)).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("23503"));
            assertThat(Sql.value(connection, "SELECT count(*) FROM child")).isEqualTo("0");
        }
    }

    @Test
    void maxRowsLimitsWhatIsReadAndTheJobGoesOn() throws Exception {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE TABLE limited (i int)");
            statement.setMaxRows(30_000);
            int pid = Sql.launch(connection, "INSERT INTO limited SELECT g FROM generate_series(1, 50000) AS g "
                    + "RETURNING i, repeat('x', 100)");
            assertThat(Sql.rows(statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")")))
                    .hasSize(30_000);
            Await.until("the job has committed", Duration.ofSeconds(30),
                    () -> "50000".equals(Sql.value(connection, "SELECT count(*) FROM limited")));
        }
    }

    @Test
    void aScrollableStatementGetsAllRows() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
            ResultSet rows = statement.executeQuery(reading(Sql.launch(connection, NUMBERS)));
            assertThat(rows.last()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(50_000);
            assertThat(rows.absolute(7)).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(7);
        }
    }

    @Test
    void theMetadataAskedInTheMiddleIsThatOfTheColumns() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE TABLE source AS SELECT g AS key, repeat('x', 60) AS body "
                    + "FROM generate_series(1, 50000) AS g");
            ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result("
                    + Sql.launch(connection, "SELECT key, body FROM source") + ")");
            assertThat(rows.next()).isTrue();
            assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("body");
            assertThat(rows.getMetaData().getTableName(1)).isEqualTo("source");
            assertThat(Sql.rows(rows)).hasSize(49_999);
        }
    }

    @Test
    void rowsOfAMegabyteEachDoNotPileUp() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection,
                    "SELECT g AS n, repeat('x', 1000000) AS text FROM generate_series(1, 300) AS g");
            ResultSet rows = statement.executeQuery(reading(pid));
            int count = 0;
            while (rows.next()) {
                count++;
                assertThat(rows.getString(2)).hasSize(1_000_000);
            }
            assertThat(count).isEqualTo(300);
        }
    }

    /** Reads a million rows; run in a JVM of its own with a small heap. */
    public static void main(String[] arguments) throws SQLException {
        try (Connection connection = DriverManager.getConnection(arguments[0]);
                Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "SELECT g, g * 2::bigint, repeat('x', 20), now() "
                    + "FROM generate_series(1, 1000000) AS g");
            long sum = 0;
            try (ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid
                    + ") AS t (a int, b bigint, c text, d timestamptz)")) {
                while (rows.next()) {
                    sum += rows.getInt(1);
                }
            }
            System.exit(sum == 500_000_500_000L ? 0 : 1);
        }
    }

    @Test
    void aMillionRowsFitIntoSixtyFourMegabytes() throws Exception {
        Process process = Jvm.start(List.of("-Xmx64m"), LargeResultsIT.class, database.jdbcUrl());
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void rowsOfEarlierStatementsAreThrownAwayAsTheyCome() throws Exception {
        Process process = Jvm.start(List.of("-Xmx48m"), EarlierRows.class, database.jdbcUrl());
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    /** Jobs that select much and do something else afterwards. */
    static final class EarlierRows {

        private EarlierRows() {
        }

        public static void main(String[] arguments) throws SQLException {
            String many = "SELECT g, repeat('x', 500) FROM generate_series(1, 300000) AS g; ";
            try (Connection connection = DriverManager.getConnection(arguments[0])) {
                Sql.run(connection, "CREATE TABLE after_many (i int)");
                check(connection, many + "INSERT INTO after_many VALUES (1)", List.of("SELECT 300000", "INSERT 0 1"));
                check(connection, many + "SELECT i FROM after_many", List.of("1"));
            }
        }

        private static void check(Connection connection, String job, List<String> expected) throws SQLException {
            List<String> result = Sql.result(connection, Sql.launch(connection, job));
            if (!result.equals(expected)) {
                throw new AssertionError(result);
            }
        }
    }

    @Test
    void aStreamWhoseJobIsDetachedSaysSo() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, LONG_ROWS);
            ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(rows.next()).isTrue();
            Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
            assertThat(Sql.stateOf(() -> Sql.rows(rows))).isEqualTo("42704");
        }
    }

    @Test
    void aStreamWhoseConnectionIsClosedSaysSo() throws SQLException {
        Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result("
                + Sql.launch(connection, LONG_ROWS) + ")");
        assertThat(rows.next()).isTrue();
        connection.close();
        assertThatThrownBy(() -> Sql.rows(rows)).isInstanceOf(SQLException.class);
    }

    @Test
    void aStreamedResultCompletesItsStatementAtItsEnd() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, LONG_ROWS);
            statement.closeOnCompletion();
            try (ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")")) {
                assertThat(Sql.rows(rows)).hasSize(50_000);
                assertThat(statement.isClosed()).isFalse();
            }
            assertThat(statement.isClosed()).isTrue();
        }
    }

    @Test
    void aSecondReaderTakesNoNotices() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE FUNCTION telling(i int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
                    + "IF i % 10000 = 0 THEN RAISE NOTICE '%', i; END IF; RETURN repeat('x', 200); END $$");
            int pid = Sql.launch(connection, "SELECT telling(i) FROM generate_series(1, 50000) AS i");
            ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(rows.next()).isTrue();
            assertThat(Sql.stateOf(() -> Sql.result(connection, pid))).isEqualTo("42704");
            assertThat(Sql.rows(rows)).hasSize(49_999);
            assertThat(Sql.messages(statement.getWarnings())).hasSize(5);
        }
    }
}
