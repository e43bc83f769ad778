package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.Warnings;
import io.pgbg.testkit.WithConnection;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@AlsoAmongTraps
class ScriptsIT extends WithConnection {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Statement statement;

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("CREATE TABLE item (id int, name text)");
    }

    @BeforeEach
    void createStatement() throws SQLException {
        statement = connection.createStatement();
        database.execute("TRUNCATE item");
    }

    /** All results of a text: rows as text, update counts as numbers. */
    private static List<Object> results(Statement statement, String sql) throws SQLException {
        List<Object> results = new ArrayList<>();
        boolean rows = statement.execute(sql);
        while (rows || statement.getUpdateCount() >= 0) {
            results.add(rows ? Grid.of(statement.getResultSet()).rows() : (Object) statement.getUpdateCount());
            rows = statement.getMoreResults();
        }
        return results;
    }

    private List<Object> results(String sql) throws SQLException {
        return results(statement, sql);
    }

    private static List<List<String>> row(String... values) {
        return List.of(List.of(values));
    }

    /** The ids that everybody sees. */
    private List<String> ids() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Grid.query(raw, "SELECT id FROM item ORDER BY id").values();
        }
    }

    private void awaitIds(String... ids) throws Exception {
        Await.until("ids are " + Arrays.toString(ids), PATIENCE, () -> ids().equals(List.of(ids)));
    }

    private static String run(String job) {
        return "SELECT * FROM pg_background_result(pg_background_launch('" + job + "')) AS t(v text)";
    }

    @Test
    void givesTheResultsInOrder() throws SQLException {
        assertThat(results("INSERT INTO item VALUES (1, 'a'), (2, 'b'); " + run("SELECT ''x''::text")
                + "; SELECT name FROM item ORDER BY id; UPDATE item SET id = 3 WHERE id = 2;\n-- a comment\n"
                + run("VACUUM item").replace("VACUUM item", "ANALYZE item") + ";; DELETE FROM item;"))
                .containsExactly(2, row("x"), List.of(List.of("a"), List.of("b")), 1, row("ANALYZE"), 2);
    }

    @Test
    void countsAsPgjdbcDoes() throws SQLException {
        String plain = "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT a FROM t;"
                + " SET work_mem = '1MB'; UPDATE t SET a = 5; DELETE FROM t WHERE a = 9";
        List<Object> expected;
        try (Connection raw = database.connectRaw(); Statement rawStatement = raw.createStatement()) {
            expected = results(rawStatement, plain);
        }
        List<Object> actual = results(plain + "; " + run("SELECT ''x''::text"));
        assertThat(actual.subList(0, expected.size())).isEqualTo(expected);
        assertThat(actual).hasSize(expected.size() + 1).endsWith(row("x"));
    }

    @Test
    void launchesSeveralJobsAtOnce() throws SQLException {
        List<Object> pids = results("SELECT pg_background_launch('SELECT 1'); SELECT pg_background_launch('SELECT 2')");
        assertThat(pids).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void eachPieceSeesTheOnesBefore() throws SQLException {
        assertThat(results("SET app.n = '7'; " + run("SELECT current_setting(''app.n'')")
                + "; SET app.n = '8'; " + run("SELECT current_setting(''app.n'')") + "; SHOW app.n"))
                .containsExactly(0, row("7"), 0, row("8"), row("8"));
    }

    @Test
    void aPieceIsPassedAsItIs() throws SQLException {
        assertThat(results("SELECT 'a;b', $$;$$, \"n;m\" FROM (SELECT 1 AS \"n;m\") AS t /* ; */; "
                + run("SELECT ''x''::text") + "; SELECT 'pg_background_launch(''x'')' -- the end"))
                .containsExactly(row("a;b", ";", "1"), row("x"), row("pg_background_launch('x')"));
    }

    // executeQuery and executeUpdate

    @Test
    void aQueryHasOneResult() throws SQLException {
        try (ResultSet rows = statement.executeQuery(run("SELECT ''x''::text") + ";")) {
            assertThat(Grid.of(rows).value()).isEqualTo("x");
        }
        assertThat(stateOf(() -> statement.executeQuery("SELECT 1; SELECT pg_background_launch('SELECT 1')")))
                .isEqualTo("0100E");
        assertThat(stateOf(() -> statement.executeQuery(
                "INSERT INTO item VALUES (1, 'a'); SELECT pg_background_launch('SELECT 1')"))).isEqualTo("02000");
    }

    @Test
    void anUpdateHasNoRows() throws SQLException {
        String sql = "INSERT INTO item VALUES (1, 'a'); SELECT pg_background_launch('SELECT 1')";
        assertThat(stateOf(() -> statement.executeUpdate(sql))).isEqualTo("0100E");
        assertThat(stateOf(() -> statement.executeLargeUpdate(sql))).isEqualTo("0100E");
    }

    private static String stateOf(Failure.Step step) {
        try {
            step.run();
            return "none";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    // getMoreResults

    @Test
    void moreResultsCloseTheCurrentOne() throws SQLException {
        statement.execute("SELECT 1; " + run("SELECT ''x''::text") + "; SELECT 2");
        ResultSet first = statement.getResultSet();
        assertThat(statement.getResultSet()).isSameAs(first);
        assertThat(statement.getMoreResults()).isTrue();
        assertThat(first.isClosed()).isTrue();
        ResultSet second = statement.getResultSet();
        assertThat(second.getStatement()).isSameAs(statement);
        assertThat(statement.getMoreResults(Statement.CLOSE_CURRENT_RESULT)).isTrue();
        assertThat(second.isClosed()).isTrue();
        assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("2");
        assertThat(statement.getMoreResults()).isFalse();
        assertThat(statement.getUpdateCount()).isEqualTo(-1);
        assertThat(statement.getLargeUpdateCount()).isEqualTo(-1);
        assertThat(statement.getResultSet()).isNull();
        assertThat(statement.getMoreResults()).isFalse();
    }

    @Test
    void moreResultsKeepTheCurrentOne() throws SQLException {
        statement.execute(run("SELECT ''x''::text") + "; SELECT 1; " + run("SELECT ''y''::text") + "; SELECT 2");
        ResultSet first = statement.getResultSet();
        assertThat(statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)).isTrue();
        ResultSet second = statement.getResultSet();
        assertThat(statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)).isTrue();
        assertThat(Grid.of(first).value()).isEqualTo("x");
        assertThat(Grid.of(second).value()).isEqualTo("1");
        assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("y");
        assertThat(statement.getMoreResults(Statement.CLOSE_ALL_RESULTS)).isTrue();
        assertThat(first.isClosed()).isTrue();
        assertThat(second.isClosed()).isTrue();
        assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("2");
    }

    @Test
    void aNewExecutionClosesEverything() throws SQLException {
        statement.execute(run("SELECT ''x''::text") + "; SELECT 1");
        ResultSet first = statement.getResultSet();
        statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
        ResultSet second = statement.getResultSet();
        statement.execute("SELECT 2");
        assertThat(first.isClosed()).isTrue();
        assertThat(second.isClosed()).isTrue();
        assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("2");
    }

    @Test
    void closingTheStatementClosesEverything() throws SQLException {
        statement.execute("SELECT 1; " + run("SELECT ''x''::text"));
        ResultSet first = statement.getResultSet();
        statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
        ResultSet second = statement.getResultSet();
        statement.close();
        assertThat(first.isClosed()).isTrue();
        assertThat(second.isClosed()).isTrue();
    }

    @Test
    void closesOnCompletionOfTheLastResult() throws SQLException {
        statement.closeOnCompletion();
        statement.execute("SELECT 1; " + run("SELECT ''x''::text"));
        assertThat(statement.getMoreResults()).isTrue();
        assertThat(statement.isClosed()).isFalse();
        statement.getResultSet().close();
        assertThat(statement.isClosed()).isTrue();
    }

    // One transaction

    @Test
    void anErrorUndoesTheRestButNotTheJob() throws Exception {
        Failure failure = Failure.of(connection, "INSERT INTO item VALUES (1, 'a');"
                + " SELECT pg_background_launch('INSERT INTO item VALUES (2, ''job'')'); SELECT 1 / 0");
        assertThat(failure.state()).isEqualTo("22012");
        awaitIds("2");
        assertThat(Grid.query(connection, "SELECT 1").value()).as("the connection is of use").isEqualTo("1");
    }

    @Test
    void theJobsErrorUndoesTheStatementsBefore() throws SQLException {
        assertThat(Failure.of(connection, "INSERT INTO item VALUES (1, 'a'); " + run("SELECT 1 / 0")
                + "; INSERT INTO item VALUES (2, 'b')").state()).isEqualTo("22012");
        assertThat(ids()).isEmpty();
    }

    @Test
    void aWrongCallUndoesTheStatementsBefore() throws SQLException {
        for (String call : List.of("SELECT pg_background_result(-1)", "SELECT pg_background_launch('x', 1)",
                "SELECT pg_background_launch()", "SELECT 1 + pg_background_launch('SELECT 1', 1)")) {
            assertThatThrownBy(() -> statement.execute("INSERT INTO item VALUES (1, 'a'); " + call))
                    .isInstanceOf(SQLException.class);
            assertThat(ids()).isEmpty();
        }
    }

    @Test
    void theJobDoesNotSeeTheStatementsBefore() throws SQLException {
        assertThat(results("INSERT INTO item VALUES (1, 'a'); " + run("SELECT count(*)::text FROM item")))
                .containsExactly(1, row("0"));
        assertThat(ids()).containsExactly("1");
    }

    @Test
    void callsAloneAreNoTransaction() throws SQLException {
        assertThat(results("SELECT pg_background_launch('SELECT 1');" + run("VACUUM item"))).hasSize(2).endsWith(
                row("VACUUM"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTextMayEndItsTransactionItself(boolean autoCommit) throws Exception {
        connection.setAutoCommit(autoCommit);
        assertThat(results("BEGIN; INSERT INTO item VALUES (1, 'a'); COMMIT; " + run("SELECT id::text FROM item")
                + "; BEGIN; INSERT INTO item VALUES (2, 'b'); ROLLBACK")).contains(row("1"));
        if (!autoCommit) {
            connection.rollback();
        }
        assertThat(ids()).containsExactly("1");
    }

    @Test
    void aTextMayLeaveATransactionOpen() throws SQLException {
        assertThat(results("BEGIN; INSERT INTO item VALUES (1, 'a'); " + run("SELECT ''x''::text")))
                .endsWith(row("x"));
        assertThat(ids()).isEmpty();
        statement.execute("INSERT INTO item VALUES (2, 'b');"
                + " SELECT pg_background_detach(pg_background_launch('SELECT 1'))");
        assertThat(ids()).isEmpty();
        statement.execute("ROLLBACK");
        assertThat(ids()).isEmpty();
        statement.execute("INSERT INTO item VALUES (3, 'c')");
        assertThat(ids()).containsExactly("3");
    }

    @Test
    void withoutAutoCommitNothingIsCommitted() throws Exception {
        connection.setAutoCommit(false);
        results("INSERT INTO item VALUES (1, 'a');"
                + " SELECT pg_background_launch('INSERT INTO item VALUES (2, ''job'')')");
        awaitIds("2");
        connection.commit();
        assertThat(ids()).containsExactly("1", "2");
    }

    @Test
    void autoCommitIsAsBefore() throws SQLException {
        results("INSERT INTO item VALUES (1, 'a'); " + run("SELECT ''x''::text"));
        assertThat(connection.getAutoCommit()).isTrue();
        assertThat(ids()).containsExactly("1");
        statement.execute("INSERT INTO item VALUES (2, 'b')");
        assertThat(ids()).containsExactly("1", "2");
    }

    @Test
    void warningsOfAllPiecesAreThere() throws SQLException {
        statement.execute("DO 'BEGIN RAISE NOTICE ''one''; END'; " + run("DO $$BEGIN RAISE WARNING $q$two$q$; END$$")
                + "; DO 'BEGIN RAISE NOTICE ''three''; END'");
        assertThat(Warnings.messages(statement)).containsExactly("one", "two", "three");
        statement.clearWarnings();
        assertThat(Warnings.messages(statement)).isEmpty();
    }

    @Test
    void settingsOfTheStatementHoldForEveryPiece() throws SQLException {
        statement.setMaxRows(2);
        assertThat(results("SELECT generate_series(1, 5); " + run("SELECT generate_series(1, 5)::text")))
                .containsExactly(List.of(List.of("1"), List.of("2")), List.of(List.of("1"), List.of("2")));
    }

    @Test
    void generatedKeysAreRowsOfTheFirstStatement() throws SQLException {
        assertThat(statement.execute("INSERT INTO item VALUES (5, 'a'), (6, 'b'); SELECT pg_background_launch('SELECT"
                + " 1')", new String[] {"name", "id"})).isTrue();
        assertThat(Grid.of(statement.getResultSet()).rows()).containsExactly(List.of("a", "5"), List.of("b", "6"));
        assertThat(statement.getMoreResults()).isTrue();
        assertThat(ids()).containsExactly("5", "6");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(20)
    void theTimeOutIsThatOfTheWholeText(boolean prepared) throws Exception {
        String text = "INSERT INTO item VALUES (1, 'a'); SELECT pg_catalog.pg_sleep(1.2);"
                + " SELECT pg_background_detach_all(); SELECT pg_catalog.pg_sleep(1.2)";
        try (PreparedStatement whole = connection.prepareStatement(text)) {
            Statement executed = prepared ? whole : statement;
            executed.setQueryTimeout(2);
            assertThat(Sql.stateOf(() -> {
                if (prepared) {
                    whole.execute();
                } else {
                    statement.execute(text);
                }
            })).isEqualTo("57014");
            assertThat(executed.getQueryTimeout()).isEqualTo(2);
            assertThat(ids()).isEmpty();
            assertThat(whole.getQueryTimeout()).isEqualTo(prepared ? 2 : 0);
        }
    }

    // Batches

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(20)
    void theTimeOutCountsForEachEntryOfABatch(boolean prepared) throws Exception {
        String sleep = "SELECT 1 FROM pg_catalog.pg_sleep(60)";
        try (PreparedStatement batch = connection.prepareStatement(
                "SELECT * FROM pg_background_result(pg_background_launch(?))")) {
            if (prepared) {
                batch.setString(1, "SELECT 1");
                batch.addBatch();
                batch.setString(1, sleep);
                batch.addBatch();
            } else {
                statement.addBatch(run("SELECT ''x''::text"));
                statement.addBatch(run(sleep.replace("1", "''x''::text")));
            }
            Statement executed = prepared ? batch : statement;
            executed.setQueryTimeout(1);
            assertThatThrownBy(executed::executeBatch).isInstanceOfSatisfying(BatchUpdateException.class,
                    error -> assertThat(error.getSQLState()).isEqualTo("57014"));
        }
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'");
    }

    @Test
    void aBatchMixesCallsAndOthers() throws Exception {
        statement.addBatch("INSERT INTO item VALUES (1, 'a')");
        statement.addBatch("INSERT INTO item VALUES (2, 'b'), (3, 'c')");
        statement.addBatch("SELECT pg_background_launch('INSERT INTO item VALUES (9, ''job'')')");
        statement.addBatch("UPDATE item SET name = 'x' WHERE id < 3");
        statement.addBatch(run("SELECT ''x''::text"));
        statement.addBatch("DELETE FROM item WHERE id = 1");
        assertThat(statement.executeBatch()).containsExactly(1, 2, 0, 2, 0, 1);
        awaitIds("2", "3", "9");
        assertThat(statement.executeBatch()).isEmpty();
        assertThat(statement.getResultSet()).isNull();
        assertThat(statement.getUpdateCount()).isEqualTo(-1);
    }

    @Test
    void aBatchIsOneTransaction() throws Exception {
        statement.addBatch("INSERT INTO item VALUES (1, 'a')");
        statement.addBatch("SELECT pg_background_launch('INSERT INTO item VALUES (9, ''job'')')");
        statement.addBatch("INSERT INTO item VALUES (2, 'b')");
        statement.addBatch(run("SELECT 1 / 0"));
        statement.addBatch("INSERT INTO item VALUES (3, 'c')");
        assertThatThrownBy(statement::executeBatch).isInstanceOfSatisfying(BatchUpdateException.class, e -> {
            assertThat(e.getSQLState()).isEqualTo("22012");
            assertThat(e.getUpdateCounts()).containsExactly(-3, -3, -3, -3, -3);
            assertThat(e.getNextException().getSQLState()).isEqualTo("22012");
            assertThat(e.getMessage()).startsWith("Batch entry 3 SELECT").contains("pg_background_launch");
        });
        awaitIds("9");
        assertThat(Grid.query(connection, "SELECT 1").value()).isEqualTo("1");
    }

    @Test
    void aFailingServersEntryFailsTheBatch() throws Exception {
        statement.addBatch("INSERT INTO item VALUES (1, 'a')");
        statement.addBatch(run("SELECT ''x''::text"));
        statement.addBatch("INSERT INTO item VALUES (2, 'b')");
        statement.addBatch("INSERT INTO nothing VALUES (2, 'b')");
        statement.addBatch(run("SELECT ''x''::text"));
        statement.addBatch("INSERT INTO item VALUES (3, 'b')");
        assertThatThrownBy(statement::executeBatch).isInstanceOfSatisfying(BatchUpdateException.class, e -> {
            assertThat(e.getSQLState()).isEqualTo("42P01");
            assertThat(e.getUpdateCounts()).containsExactly(-3, -3, -3, -3, -3, -3);
        });
        assertThat(ids()).isEmpty();
        assertThat(statement.executeBatch()).as("the batch is gone").isEmpty();
    }

    @Test
    void aClearedBatchIsEmpty() throws SQLException {
        statement.addBatch("INSERT INTO item VALUES (1, 'a')");
        statement.addBatch("SELECT pg_background_launch('SELECT 1')");
        statement.clearBatch();
        assertThat(statement.executeBatch()).isEmpty();
        statement.addBatch("INSERT INTO item VALUES (2, 'a')");
        assertThat(statement.executeLargeBatch()).containsExactly(1L);
        assertThat(ids()).containsExactly("2");
    }

    @Test
    void aBatchLeavesTheTransactionOpen() throws SQLException {
        connection.setAutoCommit(false);
        statement.addBatch("INSERT INTO item VALUES (1, 'a')");
        statement.addBatch(run("SELECT ''x''::text"));
        statement.executeBatch();
        assertThat(ids()).isEmpty();
        connection.rollback();
        assertThat(ids()).isEmpty();
    }

    @Test
    void noticesOfABatchAreWarnings() throws SQLException {
        statement.addBatch("DO 'BEGIN RAISE NOTICE ''one''; END'");
        statement.addBatch(run("DO $$BEGIN RAISE NOTICE $q$two$q$; END$$"));
        statement.addBatch(run("DO $$BEGIN RAISE NOTICE $q$three$q$; END$$"));
        statement.executeBatch();
        assertThat(Warnings.messages(statement)).containsExactly("one", "two", "three");
    }
}
