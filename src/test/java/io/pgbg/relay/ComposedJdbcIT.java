package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What JDBC offers beside executing a text holds for composed SQL as well. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class ComposedJdbcIT extends WithConnection {

    private static final String SQUARES = "SELECT i.id, r.v AS square FROM item AS i, pg_background_result("
            + "pg_background_launch('SELECT ' || (i.id * i.id)::text)) AS r(v int) ORDER BY i.id";
    private static final String INSERT = "INSERT INTO item (name) SELECT v FROM pg_background_result("
            + "pg_background_launch(?)) AS t(v text)";

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("CREATE TABLE item (id serial, name text)");
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE item RESTART IDENTITY; INSERT INTO item (name) SELECT 'n' || g::text"
                + " FROM generate_series(1, 9) AS g");
    }

    private List<String> names() throws SQLException {
        return Sql.rows(connection, "SELECT name FROM item WHERE id > 9 ORDER BY id");
    }

    // Rows that come in portions: the calls are made while the result set is read

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rowsAreFetchedInPortions(boolean prepared) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = prepared ? connection.prepareStatement(SQUARES) : connection.createStatement()) {
            statement.setFetchSize(2);
            try (ResultSet rows = prepared ? ((PreparedStatement) statement).executeQuery()
                    : statement.executeQuery(SQUARES)) {
                assertThat(Sql.rows(rows)).containsExactly("1,1", "2,4", "3,9", "4,16", "5,25", "6,36", "7,49", "8,64",
                        "9,81");
            }
        }
        connection.commit();
    }

    @Test
    void jobsAreLaunchedWhileTheRowsAreFetched() throws SQLException {
        connection.setAutoCommit(false);
        List<Integer> pids = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1);
            try (ResultSet rows = statement.executeQuery(
                    "SELECT pg_background_launch('SELECT ' || id::text) FROM item WHERE id <= 5")) {
                while (rows.next()) {
                    pids.add(rows.getInt(1));
                }
            }
        }
        for (int i = 0; i < 5; i++) {
            assertThat(Sql.result(connection, pids.get(i))).containsExactly(Integer.toString(i + 1));
        }
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void rowsThatAreNotFetchedLaunchNothing() throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1);
            try (ResultSet rows = statement.executeQuery("SELECT pg_background_launch('SELECT 1') FROM item")) {
                assertThat(rows.next()).isTrue();
                Sql.result(connection, rows.getInt(1));
            }
        }
        connection.commit();
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void anErrorWhileFetchingIsThrownByTheResultSet() throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1);
            ResultSet rows = statement.executeQuery("SELECT r.v FROM (SELECT id FROM item ORDER BY id) AS i,"
                    + " pg_background_result(pg_background_launch('SELECT 1 / (5 - ' || i.id::text || ')')) AS r(v"
                    + " int)");
            assertThatThrownBy(() -> {
                while (rows.next()) {
                    assertThat(rows.getInt(1)).isBetween(-1, 1);
                }
            }).isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22012"));
        }
        connection.rollback();
        assertThat(Sql.rows(connection, SQUARES)).hasSize(9);
    }

    @Test
    void twoResultSetsAreFetchedInTurns() throws SQLException {
        connection.setAutoCommit(false);
        try (Statement first = connection.createStatement(); Statement second = connection.createStatement()) {
            first.setFetchSize(2);
            second.setFetchSize(3);
            ResultSet one = first.executeQuery(SQUARES);
            ResultSet two = second.executeQuery(SQUARES);
            for (int i = 1; i <= 9; i++) {
                assertThat(one.next()).isTrue();
                assertThat(two.next()).isTrue();
                assertThat(one.getInt(2)).isEqualTo(i * i);
                assertThat(two.getInt(2)).isEqualTo(i * i);
            }
        }
    }

    @Test
    void maxRowsCutsTheRows() throws SQLException {
        try (Statement statement = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(SQUARES)) {
            statement.setMaxRows(3);
            assertThat(Sql.rows(statement.executeQuery(SQUARES))).containsExactly("1,1", "2,4", "3,9");
            prepared.setMaxRows(2);
            assertThat(Sql.rows(prepared.executeQuery())).containsExactly("1,1", "2,4");
            prepared.setMaxRows(0);
            assertThat(Sql.rows(prepared.executeQuery())).hasSize(9);
        }
    }

    @Test
    void aScrollableResultSetScrolls() throws SQLException {
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
                ResultSet.CONCUR_READ_ONLY); ResultSet rows = statement.executeQuery(SQUARES)) {
            assertThat(rows.last()).isTrue();
            assertThat(rows.getInt("square")).isEqualTo(81);
            assertThat(rows.absolute(2)).isTrue();
            assertThat(rows.getInt("square")).isEqualTo(4);
            assertThat(rows.getStatement()).isSameAs(statement);
            assertThat(rows.getStatement().getConnection()).isSameAs(connection);
        }
    }

    // Metadata

    @Test
    void metadataIsWhatTheServerSays() throws SQLException {
        String sql = "SELECT pg_background_launch('SELECT 1'), id, 1.50::numeric(10,2) AS \"N n\", t.v, t.d FROM item,"
                + " pg_background_result(pg_background_launch('SELECT ''x''::text, 1.2::numeric(5,2)'))"
                + " AS t(v text, d numeric(5,2)) LIMIT 1";
        try (PreparedStatement prepared = connection.prepareStatement(sql)) {
            assertColumns(prepared.getMetaData());
            Sql.assertNoJobIsAttached(connection);
            try (ResultSet rows = prepared.executeQuery()) {
                assertColumns(rows.getMetaData());
                assertThat(rows.findColumn("d")).isEqualTo(5);
            }
        }
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            assertColumns(rows.getMetaData());
        }
    }

    private static void assertColumns(ResultSetMetaData columns) throws SQLException {
        assertThat(columns.getColumnCount()).isEqualTo(5);
        assertThat(columns.getColumnLabel(1)).isEqualTo("pg_background_launch");
        assertThat(columns.getColumnType(1)).isEqualTo(Types.INTEGER);
        assertThat(columns.getTableName(2)).isEqualTo("item");
        assertThat(columns.getColumnLabel(3)).isEqualTo("N n");
        assertThat(columns.getPrecision(3)).isEqualTo(10);
        assertThat(columns.getColumnTypeName(4)).isEqualTo("text");
        assertThat(columns.getColumnClassName(5)).isEqualTo("java.math.BigDecimal");
    }

    @Test
    void parametersAreDescribed() throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(
                "SELECT 1, pg_background_launch(?, ?) FROM item WHERE id = ?")) {
            ParameterMetaData parameters = prepared.getParameterMetaData();
            assertThat(parameters.getParameterCount()).isEqualTo(3);
            assertThat(parameters.getParameterTypeName(1)).isEqualTo("text");
            assertThat(parameters.getParameterTypeName(2)).isEqualTo("int4");
            assertThat(parameters.getParameterTypeName(3)).isEqualTo("int4");
        }
        Sql.assertNoJobIsAttached(connection);
    }

    // Generated keys

    @Test
    void generatedKeysOfAnInsertFromAResult() throws SQLException {
        String insert = INSERT.replace("?", "'VALUES (''a''), (''b'')'");
        try (Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(insert, Statement.RETURN_GENERATED_KEYS)).isEqualTo(2);
            assertThat(Sql.rows(statement.getGeneratedKeys())).containsExactly("10,a", "11,b");
            assertThat(statement.executeUpdate(insert, new String[] {"id"})).isEqualTo(2);
            assertThat(Sql.rows(statement.getGeneratedKeys())).containsExactly("12", "13");
        }
        try (PreparedStatement prepared = connection.prepareStatement(INSERT, new String[] {"id"})) {
            prepared.setString(1, "SELECT 'c'::text");
            assertThat(prepared.executeUpdate()).isEqualTo(1);
            assertThat(Sql.rows(prepared.getGeneratedKeys())).containsExactly("14");
        }
    }

    // Batches

    @Test
    void aBatchOfTextsIsExecutedInOrder() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.addBatch("INSERT INTO item (name) VALUES ('plain')");
            statement.addBatch(INSERT.replace("?", "'VALUES (''a''), (''b'')'"));
            statement.addBatch("DO $$ BEGIN PERFORM pg_background_detach(pg_background_launch('SELECT 1')); END $$");
            statement.addBatch("UPDATE item SET name = name || '!' FROM pg_background_result(pg_background_launch("
                    + "'SELECT 10')) AS t(no int) WHERE id >= no");
            statement.addBatch("CREATE TEMP TABLE made AS SELECT v FROM pg_background_result(pg_background_launch("
                    + "'SELECT 7')) AS t(v int)");
            int[] counts = statement.executeBatch();
            assertThat(counts).hasSize(5).startsWith(1, 2, 0, 3);
        }
        assertThat(names()).containsExactly("plain!", "a!", "b!");
        assertThat(Sql.value(connection, "SELECT v FROM made")).isEqualTo("7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "reWriteBatchedInserts=true"})
    @SinceRelease(value = 10, because = "literals are of type text")
    void aPreparedBatchTakesOneSetOfParametersAfterTheOther(String option) throws SQLException {
        try (Connection own = option.isEmpty() ? database.connect() : database.connect(option);
                PreparedStatement prepared = own.prepareStatement(INSERT)) {
            for (int i = 1; i <= 20; i++) {
                prepared.setString(1, "SELECT 'x" + i + "' FROM generate_series(1, " + i % 3 + ")");
                prepared.addBatch();
            }
            prepared.clearParameters();
            int[] counts = prepared.executeBatch();
            assertThat(counts).hasSize(20).startsWith(1, 2, 0, 1, 2, 0);
            prepared.setString(1, "SELECT 'last'::text");
            prepared.addBatch();
            assertThat(prepared.executeBatch()).containsExactly(1);
        }
        assertThat(names()).hasSize(22).startsWith("x1", "x2", "x2", "x4").endsWith("x19", "x20", "x20", "last");
    }

    @Test
    void aFailingMemberOfABatchIsNamed() throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement prepared = connection.prepareStatement(INSERT)) {
            for (String job : List.of("SELECT 'a'::text", "SELECT (1 / 0)::text", "SELECT 'c'::text")) {
                prepared.setString(1, job);
                prepared.addBatch();
            }
            assertThatThrownBy(prepared::executeBatch).isInstanceOfSatisfying(BatchUpdateException.class, e -> {
                assertThat(e.getSQLState()).isEqualTo("22012");
                assertThat(e.getUpdateCounts()).contains(Statement.EXECUTE_FAILED);
            });
        }
        connection.rollback();
        assertThat(names()).isEmpty();
        assertThat(Sql.rows(connection, SQUARES)).hasSize(9);
    }

    // Ways to execute

    @Test
    void theKindOfExecutionIsCheckedAsForAnyStatement() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThat(Sql.stateOf(() -> statement.executeUpdate(SQUARES))).isEqualTo("0100E");
            assertThat(statement.execute(SQUARES)).isTrue();
            assertThat(statement.getUpdateCount()).isEqualTo(-1);
            assertThat(Grid.of(statement.getResultSet()).rows()).hasSize(9);
            assertThat(statement.getMoreResults()).isFalse();
            assertThat(statement.executeLargeUpdate(INSERT.replace("?", "'SELECT ''a''::text'"))).isEqualTo(1);
            assertThat(Sql.stateOf(() -> statement.executeQuery(INSERT.replace("?", "'SELECT ''a''::text'"))))
                    .isEqualTo("02000");
        }
    }

    @Test
    void manyStatementsShareAConnection() throws SQLException {
        List<PreparedStatement> open = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            PreparedStatement prepared = connection.prepareStatement("SELECT " + i + " + v FROM pg_background_result("
                    + "pg_background_launch(?)) AS t(v int)");
            prepared.setString(1, "SELECT " + i);
            open.add(prepared);
        }
        for (int i = 29; i >= 0; i--) {
            try (ResultSet row = open.get(i).executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getInt(1)).isEqualTo(2 * i);
            }
        }
        for (PreparedStatement prepared : open) {
            prepared.close();
        }
    }
}
