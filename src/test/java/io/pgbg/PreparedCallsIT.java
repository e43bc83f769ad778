package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGStatement;
import org.postgresql.util.PSQLException;

@AlsoAmongTraps
class PreparedCallsIT extends WithConnection {

    private static final String RESULT = "SELECT * FROM pg_background_result(?) AS t(n int)";

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TABLE item (id int, name text);
                CREATE FUNCTION answer(text) RETURNS int LANGUAGE sql AS 'SELECT 42';
                """);
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE item");
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        return connection.prepareStatement(sql);
    }

    private static Grid query(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return Grid.of(rows);
        }
    }

    private int launch(String job) throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?)")) {
            statement.setString(1, job);
            return Integer.parseInt(query(statement).value());
        }
    }

    private Grid result(int pid) throws SQLException {
        try (PreparedStatement statement = prepare("SELECT * FROM pg_background_result(?)")) {
            statement.setInt(1, pid);
            return query(statement);
        }
    }

    private String count() throws SQLException {
        return Grid.query(connection, "SELECT count(*) FROM item").value();
    }

    // Parameters

    @Test
    void parametersStandWhereTheyWill() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT * FROM pg_background_result(pg_background_launch("
                + "queue_size => ? * 1024, sql => 'SELECT ' || ?::text || /* ? */ ', ' || ?::text)) AS t(\"a?\" int,"
                + " b int)")) {
            statement.setInt(1, 64);
            statement.setString(2, "1");
            statement.setString(3, "2");
            assertThat(query(statement)).isEqualTo(
                    new Grid(List.of("a?", "b"), List.of("int4", "int4"), List.of(List.of("1", "2"))));
        }
    }

    @Test
    void everySetterIsTaken() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?, ?) AS pid")) {
            statement.setObject(1, "SELECT 7");
            statement.setObject(2, 1024);
            assertThat(result(Integer.parseInt(query(statement).value())).value()).isEqualTo("7");
            statement.setObject(1, "SELECT 8", Types.VARCHAR);
            statement.setObject(2, "2048", Types.INTEGER);
            assertThat(result(Integer.parseInt(query(statement).value())).value()).isEqualTo("8");
        }
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?)")) {
            statement.setCharacterStream(1, new StringReader("SELECT 'é'"), 10);
            assertThat(result(Integer.parseInt(query(statement).value())).value()).isEqualTo("é");
        }
        try (PreparedStatement statement = prepare("SELECT pg_background_detach(?)")) {
            statement.setShort(1, (short) -1);
            assertThat(Failure.of(statement::executeQuery).message())
                    .isEqualTo("PID -1 is not attached to this session");
        }
    }

    @Test
    void nullParametersMakeStrictFunctionsNull() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?)")) {
            statement.setNull(1, Types.VARCHAR);
            assertThat(query(statement).value()).isNull();
            statement.setString(1, null);
            assertThat(query(statement).value()).isNull();
            statement.setObject(1, null);
            assertThat(query(statement).value()).isNull();
        }
        try (PreparedStatement statement = prepare(RESULT)) {
            statement.setNull(1, Types.INTEGER);
            assertThat(query(statement)).isEqualTo(new Grid(List.of("n"), List.of("int4"), List.of()));
        }
    }

    @Test
    void parametersOfWrongTypesAreNoFunction() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?)")) {
            statement.setInt(1, 1);
            Failure failure = Failure.of(() -> statement.executeQuery());
            assertThat(failure.state()).isEqualTo("42883");
            assertThat(failure.message()).isEqualTo("function pg_background_launch(integer) does not exist");
            assertThat(failure.position()).isEqualTo(8);
        }
        try (PreparedStatement statement = prepare("SELECT pg_background_detach(?)")) {
            statement.setString(1, "1");
            Failure failure = Failure.of(() -> statement.executeQuery());
            assertThat(failure.state()).isEqualTo("42883");
            assertThat(failure.message()).isEqualTo("function pg_background_detach(character varying) does not exist");
            statement.setLong(1, 1L);
            assertThat(Failure.of(() -> statement.executeQuery()).message())
                    .isEqualTo("function pg_background_detach(bigint) does not exist");
            statement.setInt(1, -1);
            assertThat(Failure.of(() -> statement.executeQuery()).state()).isEqualTo("42704");
        }
    }

    @Test
    void aParameterWithoutValueIsRefusedByPgjdbc() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?, ?)")) {
            statement.setString(1, "INSERT INTO item VALUES (1)");
            assertThatThrownBy(statement::executeQuery).isInstanceOf(PSQLException.class)
                    .hasMessageContaining("No value specified for parameter 2");
            statement.setInt(2, 1024);
            statement.clearParameters();
            assertThatThrownBy(statement::executeQuery).hasMessageContaining("No value specified for parameter 1");
            assertThatThrownBy(() -> statement.setString(3, "x")).hasMessageContaining("out of range");
        }
        assertThat(count()).isEqualTo("0");
    }

    @Test
    void parametersKeepTheirValues() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?, ?)")) {
            statement.setString(1, "SELECT 1");
            statement.setInt(2, 1024);
            query(statement);
            statement.setString(1, "SELECT 2");
            assertThat(result(Integer.parseInt(query(statement).value())).value()).isEqualTo("2");
        }
    }

    // Metadata

    @Test
    void parametersAreDescribed() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?, ?)")) {
            ParameterMetaData parameters = statement.getParameterMetaData();
            assertThat(parameters.getParameterCount()).isEqualTo(2);
            assertThat(parameters.getParameterTypeName(1)).isEqualTo("text");
            assertThat(parameters.getParameterType(2)).isEqualTo(Types.INTEGER);
        }
        try (PreparedStatement statement = prepare("INSERT INTO item VALUES (?, ?); SELECT pg_background_detach(?)")) {
            ParameterMetaData parameters = statement.getParameterMetaData();
            assertThat(parameters.getParameterCount()).isEqualTo(3);
            assertThat(parameters.getParameterTypeName(1)).isEqualTo("int4");
            assertThat(parameters.getParameterTypeName(2)).isEqualTo("text");
            assertThat(parameters.getParameterTypeName(3)).isEqualTo("int4");
        }
    }

    @Test
    void columnsAreDescribedBeforeExecution() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?) AS pid")) {
            ResultSetMetaData columns = statement.getMetaData();
            assertThat(columns.getColumnCount()).isEqualTo(1);
            assertThat(columns.getColumnLabel(1)).isEqualTo("pid");
            assertThat(columns.getColumnType(1)).isEqualTo(Types.INTEGER);
        }
        try (PreparedStatement statement = prepare(
                "SELECT * FROM pg_background_result(?) AS t(a numeric(10,2), b text)")) {
            ResultSetMetaData columns = statement.getMetaData();
            assertThat(columns.getColumnCount()).isEqualTo(2);
            assertThat(columns.getColumnTypeName(1)).isEqualTo("numeric");
            assertThat(columns.getScale(1)).isEqualTo(2);
            assertThat(columns.getColumnLabel(2)).isEqualTo("b");
        }
        try (PreparedStatement statement = prepare("SELECT pg_background_result(?)")) {
            assertThat(statement.getMetaData()).as("only the execution can tell").isNull();
        }
        try (PreparedStatement statement = prepare("SELECT pg_background_detach(?)")) {
            assertThat(statement.getMetaData().getColumnTypeName(1)).isEqualTo("void");
        }
    }

    @Test
    void describingDoesNotExecute() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch('INSERT INTO item VALUES (1)')")) {
            statement.getMetaData();
            statement.getParameterMetaData();
        }
        assertThat(Failure.of(connection, "SELECT pg_background_result(0)").state()).isEqualTo("42704");
        assertThat(count()).isEqualTo("0");
    }

    @Test
    void theStatementShowsItsParameters() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?)")) {
            statement.setString(1, "SELECT 'it''s'");
            assertThat(statement.toString()).isEqualTo("SELECT pg_background_launch(('SELECT ''it''''s'''))");
        }
    }

    // Executing again and again

    @Test
    void servesManyExecutions() throws SQLException {
        try (PreparedStatement launch = prepare("SELECT pg_background_launch(?)");
                PreparedStatement result = prepare(RESULT)) {
            for (int i = 0; i < 20; i++) {
                launch.setString(1, "SELECT " + i);
                result.setInt(1, Integer.parseInt(query(launch).value()));
                assertThat(query(result).value()).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void whatTheServerHasToEvaluateIsPreparedThere() throws SQLException {
        try (PreparedStatement launch = prepare("SELECT pg_background_launch('SELECT ' || ?::text)")) {
            for (int i = 0; i < 10; i++) {
                launch.setString(1, "" + i);
                assertThat(result(Integer.parseInt(query(launch).value())).value()).isEqualTo(String.valueOf(i));
            }
            assertThat(launch.unwrap(PGStatement.class).isUseServerPrepare()).isTrue();
        }
    }

    @Test
    void servesLaunchesAfterDiscard() throws SQLException {
        try (PreparedStatement launch = prepare("SELECT pg_background_launch(?)");
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 8; i++) {
                launch.setString(1, "SELECT 1");
                result(Integer.parseInt(query(launch).value()));
            }
            statement.execute("DISCARD ALL");
            launch.setString(1, "SELECT 2");
            assertThat(result(Integer.parseInt(query(launch).value())).value()).isEqualTo("2");
        }
    }

    @Test
    void settingsOfNowAreInheritedByEveryExecution() throws SQLException {
        try (PreparedStatement run = prepare(
                "SELECT * FROM pg_background_result(pg_background_launch(?)) AS t(s text)");
                Statement statement = connection.createStatement()) {
            run.setString(1, "SELECT current_setting('app.n', true)");
            for (int i = 0; i < 10; i++) {
                statement.execute("SET app.n = '" + i + "'");
                assertThat(query(run).value()).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void anErrorDoesNotSpoilTheStatement() throws SQLException {
        try (PreparedStatement run = prepare(
                "SELECT * FROM pg_background_result(pg_background_launch(?)) AS t(n int)")) {
            for (int i = 0; i < 8; i++) {
                run.setString(1, "SELECT 1 / " + i % 2);
                if (i % 2 == 0) {
                    assertThat(Failure.of(run::executeQuery).state()).isEqualTo("22012");
                } else {
                    assertThat(query(run).value()).isEqualTo("1");
                }
            }
        }
    }

    @Test
    void aNewExecutionClosesTheOldRows() throws SQLException {
        try (PreparedStatement launch = prepare("SELECT pg_background_launch(?)")) {
            launch.setString(1, "SELECT 1");
            ResultSet first = launch.executeQuery();
            ResultSet second = launch.executeQuery();
            assertThat(first.isClosed()).isTrue();
            assertThat(second.isClosed()).isFalse();
            assertThat(second.getStatement()).isSameAs(launch);
            assertThat(launch.getResultSet()).isSameAs(second);
        }
    }

    @Test
    void textIsRefusedOnAPreparedStatement() throws SQLException {
        try (PreparedStatement launch = prepare("SELECT pg_background_launch('INSERT INTO item VALUES (1)')")) {
            assertThatThrownBy(() -> launch.executeQuery("SELECT pg_background_launch('SELECT 1')"))
                    .isInstanceOf(PSQLException.class).hasMessageContaining("PreparedStatement");
            assertThatThrownBy(() -> launch.execute("SELECT 1")).isInstanceOf(PSQLException.class);
            assertThatThrownBy(() -> launch.addBatch("SELECT 1")).isInstanceOf(PSQLException.class);
        }
    }

    @Test
    void updatesAreForStatementsWithoutRows() throws SQLException {
        try (Connection raw = database.connectRaw();
                PreparedStatement expected = raw.prepareStatement("SELECT answer(?)");
                PreparedStatement launch = prepare("SELECT pg_background_launch(?)")) {
            expected.setString(1, "x");
            launch.setString(1, "SELECT 1");
            assertThat(stateOf(launch::executeUpdate)).isEqualTo(stateOf(expected::executeUpdate)).isEqualTo("0100E");
            assertThat(stateOf(launch::executeLargeUpdate)).isEqualTo("0100E");
            assertThat(launch.execute()).isTrue();
            assertThat(launch.getUpdateCount()).isEqualTo(-1);
            assertThat(launch.getMoreResults()).isFalse();
            assertThat(launch.getUpdateCount()).isEqualTo(-1);
        }
    }

    private static String stateOf(Failure.Step step) {
        try {
            step.run();
            return "none";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    // Batches

    @Test
    void batchesCountAsPgjdbcsDo() throws Exception {
        int[] expected;
        try (Connection raw = database.connectRaw();
                PreparedStatement select = raw.prepareStatement("SELECT answer(?)")) {
            expected = batch(select, "a", "b", "c");
        }
        try (PreparedStatement launch = prepare("SELECT pg_background_detach(pg_background_launch(?))")) {
            assertThat(batch(launch, "INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)",
                    "INSERT INTO item VALUES (3)")).isEqualTo(expected).containsExactly(0, 0, 0);
            assertThat(launch.executeBatch()).as("the batch is empty afterwards").isEmpty();
            assertThat(launch.getResultSet()).isNull();
            assertThat(launch.getUpdateCount()).isEqualTo(-1);
        }
        Await.until("the jobs commit", Duration.ofSeconds(20), () -> count().equals("3"));
    }

    private static int[] batch(PreparedStatement statement, String... values) throws SQLException {
        for (String value : values) {
            statement.setString(1, value);
            statement.addBatch();
        }
        return statement.executeBatch();
    }

    @Test
    void batchesRunEachEntryWithItsParameters() throws SQLException {
        try (PreparedStatement run = prepare(
                "SELECT * FROM pg_background_result(pg_background_launch(?)) AS (t text)")) {
            batch(run, "INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2), (3)");
            assertThat(count()).isEqualTo("3");
            run.setString(1, "INSERT INTO item VALUES (4)");
            run.addBatch();
            run.clearBatch();
            assertThat(run.executeLargeBatch()).isEmpty();
            assertThat(count()).isEqualTo("3");
            assertThat(query(run).value()).as("the parameters of now remain").isEqualTo("INSERT 0 1");
        }
    }

    @Test
    void aBatchTellsWhichEntryFailed() throws SQLException {
        List<Object> expected;
        try (Connection raw = database.connectRaw();
                PreparedStatement select = raw.prepareStatement("SELECT 1 / (?::int)")) {
            expected = failed(select, "1", "0", "1");
        }
        try (PreparedStatement run = prepare(
                "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1 / ' || ?::text)) AS (n int)")) {
            assertThat(failed(run, "1", "0", "1")).isEqualTo(expected);
        }
    }

    private static List<Object> failed(PreparedStatement statement, String... values) throws SQLException {
        try {
            batch(statement, values);
            throw new AssertionError("It does not fail");
        } catch (BatchUpdateException e) {
            List<Object> told = new ArrayList<>();
            told.add(e.getSQLState());
            for (int count : e.getUpdateCounts()) {
                told.add(count);
            }
            told.add(e.getNextException().getSQLState());
            return told;
        }
    }

    // Several statements in one text

    @Test
    void severalStatementsShareTheParameters() throws SQLException {
        try (PreparedStatement statement = prepare("INSERT INTO item VALUES (?, ?);"
                + " SELECT * FROM pg_background_result(pg_background_launch(?)) AS t(n int);"
                + " SELECT name FROM item WHERE id = ?")) {
            for (int i = 1; i < 8; i++) {
                statement.setInt(1, i);
                statement.setString(2, "name " + i);
                statement.setString(3, "SELECT " + i);
                statement.setInt(4, i);
                assertThat(statement.execute()).isFalse();
                assertThat(statement.getUpdateCount()).isEqualTo(1);
                assertThat(statement.getMoreResults()).isTrue();
                assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo(String.valueOf(i));
                assertThat(statement.getMoreResults()).isTrue();
                assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("name " + i);
                assertThat(statement.getMoreResults()).isFalse();
                assertThat(statement.getUpdateCount()).isEqualTo(-1);
            }
        }
    }

    @Test
    void severalCallsShareTheParameters() throws SQLException {
        try (PreparedStatement statement = prepare(
                "SELECT pg_background_launch(?, ?); SELECT pg_background_launch(?)")) {
            statement.setString(1, "SELECT 1");
            statement.setInt(2, 1024);
            statement.setString(3, "SELECT 2");
            assertThat(statement.execute()).isTrue();
            int first = Integer.parseInt(Grid.of(statement.getResultSet()).value());
            assertThat(statement.getMoreResults()).isTrue();
            int second = Integer.parseInt(Grid.of(statement.getResultSet()).value());
            assertThat(result(first).value()).isEqualTo("1");
            assertThat(result(second).value()).isEqualTo("2");
        }
    }

    // Callable statements

    @Test
    void aCallGivesRows() throws SQLException {
        try (Connection raw = database.connectRaw();
                CallableStatement expected = raw.prepareCall("{call answer(?)}");
                CallableStatement call = connection.prepareCall("{call pg_background_launch(?)}")) {
            expected.setString(1, "x");
            call.setString(1, "SELECT 7");
            assertThat(call.execute()).isEqualTo(expected.execute()).isTrue();
            Grid launched = Grid.of(call.getResultSet());
            assertThat(launched.labels()).isEqualTo(Grid.of(expected.getResultSet()).labels());
            assertThat(result(Integer.parseInt(launched.value())).value()).isEqualTo("7");
        }
        try (CallableStatement call = connection.prepareCall("{ call public.pg_background_result(?) }")) {
            call.setInt(1, launch("SELECT 7 AS n, 8 AS m"));
            assertThat(query(call)).isEqualTo(
                    new Grid(List.of("n", "m"), List.of("int4", "int4"), List.of(List.of("7", "8"))));
        }
    }

    @Test
    void aFunctionsResultIsItsFirstParameter() throws SQLException {
        try (Connection raw = database.connectRaw();
                CallableStatement expected = raw.prepareCall("{? = call answer(?)}");
                CallableStatement call = connection.prepareCall("{? = call pg_background_launch(?)}")) {
            expected.registerOutParameter(1, Types.INTEGER);
            expected.setString(2, "x");
            call.registerOutParameter(1, Types.INTEGER);
            for (int i = 0; i < 8; i++) {
                call.setString(2, "SELECT " + i);
                assertThat(call.execute()).isEqualTo(expected.execute()).isFalse();
                assertThat(call.getResultSet()).isEqualTo(expected.getResultSet());
                assertThat(call.getUpdateCount()).isEqualTo(expected.getUpdateCount());
                assertThat(call.getMoreResults()).isEqualTo(expected.getMoreResults());
                int pid = call.getInt(1);
                assertThat(call.wasNull()).isFalse();
                assertThat(call.getObject(1)).isEqualTo(pid);
                assertThat(call.getObject(1, Integer.class)).isEqualTo(pid);
                assertThat(result(pid).value()).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void aFunctionsResultIsReadByEveryGetterThatFits() throws SQLException {
        try (CallableStatement call = connection.prepareCall("{?= call pg_background_launch(?, ?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setString(2, "SELECT 1");
            call.setInt(3, 65_536);
            call.execute();
            int pid = call.getInt(1);
            assertThat(call.getString(1)).isEqualTo(String.valueOf(pid));
            assertThat(call.getLong(1)).isEqualTo(pid);
            assertThat(call.getDouble(1)).isEqualTo(pid);
            assertThat(call.getBigDecimal(1)).isEqualByComparingTo(BigDecimal.valueOf(pid));
            assertThat(call.getFloat(1)).isEqualTo(pid);
        }
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_result(?)}")) {
            call.registerOutParameter(1, Types.VARCHAR);
            call.setInt(2, launch("VACUUM item"));
            call.execute();
            assertThat(call.getString(1)).isEqualTo("VACUUM");
            assertThat(call.getObject(1)).isEqualTo("VACUUM");
        }
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_launch(?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setNull(2, Types.VARCHAR);
            call.execute();
            assertThat(call.getInt(1)).isZero();
            assertThat(call.wasNull()).isTrue();
            assertThat(call.getObject(1)).isNull();
        }
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_detach(?)}")) {
            call.registerOutParameter(1, Types.OTHER);
            call.setInt(2, launch("SELECT 1"));
            call.execute();
            assertThat(call.getString(1)).isEmpty();
        }
    }

    @Test
    void aFunctionsResultOfAnotherTypeIsRefusedAsByPgjdbc() throws SQLException {
        try (Connection raw = database.connectRaw();
                CallableStatement expected = raw.prepareCall("{? = call answer(?)}");
                CallableStatement call = connection.prepareCall("{? = call pg_background_launch(?)}")) {
            expected.registerOutParameter(1, Types.VARCHAR);
            expected.setString(2, "x");
            call.registerOutParameter(1, Types.VARCHAR);
            call.setString(2, "SELECT 1");
            SQLException refusal = catchThrowableOfType(SQLException.class, expected::execute);
            assertThatThrownBy(call::execute).isInstanceOfSatisfying(SQLException.class, error -> {
                assertThat(error.getSQLState()).isEqualTo(refusal.getSQLState()).isEqualTo("42821");
                assertThat(error.getMessage()).isEqualTo(refusal.getMessage());
            });
        }
    }

    @Test
    void misuseOfAFunctionsResultIsRefused() throws SQLException {
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_launch(?)}")) {
            call.setString(2, "SELECT 1");
            assertThatThrownBy(() -> call.getInt(1)).isInstanceOf(SQLException.class);
            call.registerOutParameter(1, Types.INTEGER);
            assertThatThrownBy(() -> call.getInt(1)).isInstanceOf(SQLException.class);
            call.execute();
            assertThatThrownBy(() -> call.getInt(2)).isInstanceOf(SQLException.class);
            assertThat(call.getInt(1)).isPositive();
        }
    }

    @Test
    void aFunctionWithoutRowsReturnsNothing() throws SQLException {
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_result(?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setInt(2, launch("SELECT 1 WHERE false"));
            assertThatThrownBy(call::execute).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("02000"));
        }
    }

    @Test
    void aCallInPlainTextIsAnEscape() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("{call pg_background_launch('SELECT 7')}")) {
            assertThat(Grid.of(rows).label()).isEqualTo("result");
        }
    }

    @Test
    void aPlainSelectMayBePreparedAsACall() throws SQLException {
        try (CallableStatement call = connection.prepareCall("SELECT pg_background_launch(?)")) {
            call.setString(1, "SELECT 7");
            assertThat(result(Integer.parseInt(query(call).value())).value()).isEqualTo("7");
        }
    }

    // Ways to prepare

    @Test
    void everyWayToPrepareServesACall() throws SQLException {
        String sql = "SELECT * FROM pg_background_result(pg_background_launch(?)) AS t(n int)";
        int forward = ResultSet.TYPE_FORWARD_ONLY;
        int readOnly = ResultSet.CONCUR_READ_ONLY;
        for (PreparedStatement statement : List.of(
                connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS),
                connection.prepareStatement(sql, Statement.NO_GENERATED_KEYS),
                connection.prepareStatement(sql, new int[] {1}),
                connection.prepareStatement(sql, new String[] {"id"}),
                connection.prepareStatement(sql, forward, readOnly),
                connection.prepareStatement(sql, ResultSet.TYPE_SCROLL_INSENSITIVE, readOnly),
                connection.prepareStatement(sql, forward, readOnly, ResultSet.HOLD_CURSORS_OVER_COMMIT),
                connection.prepareCall(sql, forward, readOnly),
                connection.prepareCall(sql, forward, readOnly, ResultSet.CLOSE_CURSORS_AT_COMMIT))) {
            statement.setString(1, "SELECT 7");
            assertThat(query(statement).value()).isEqualTo("7");
            statement.close();
        }
    }

    @Test
    void keysOfTheFirstOfSeveralStatementsAreItsRows() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO item VALUES (?); SELECT pg_background_launch(?)", new String[] {"id"})) {
            statement.setInt(1, 5);
            statement.setString(2, "SELECT 1");
            assertThat(statement.execute()).isTrue();
            assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("5");
            assertThat(statement.getMoreResults()).isTrue();
            assertThat(Grid.of(statement.getResultSet()).rows()).hasSize(1);
            assertThat(Grid.of(statement.getGeneratedKeys()).rows()).isEmpty();
        }
        assertThat(count()).isEqualTo("1");
    }

    @Test
    void aBatchGivesTheGeneratedKeysOfAllItsEntries() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO item SELECT ?::int FROM (SELECT pg_background_detach_all()) AS d",
                new String[] {"id"})) {
            for (int id = 1; id <= 2; id++) {
                statement.setInt(1, id);
                statement.addBatch();
            }
            statement.executeBatch();
            assertThat(Sql.rows(statement.getGeneratedKeys())).containsExactly("1", "2");
        }
    }

    @Test
    void scrollsThroughAResult() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT * FROM pg_background_result(pg_background_launch(?, 64)) AS t(n int)",
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
            statement.setString(1, "SELECT generate_series(1, 1000)");
            ResultSet rows = statement.executeQuery();
            assertThat(rows.getType()).isEqualTo(ResultSet.TYPE_SCROLL_INSENSITIVE);
            assertThat(rows.last()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(1000);
            assertThat(rows.getRow()).isEqualTo(1000);
            assertThat(rows.absolute(10)).isTrue();
            assertThat(rows.getInt("n")).isEqualTo(10);
            assertThat(rows.previous()).isTrue();
            assertThat(rows.getInt("n")).isEqualTo(9);
            rows.beforeFirst();
            assertThat(rows.next()).isTrue();
            assertThat(rows.isFirst()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 20})
    void maxRowsLimitsTheRows(int most) throws SQLException {
        try (PreparedStatement statement = prepare(
                "SELECT * FROM pg_background_result(pg_background_launch(?, 64)) AS t(n int)")) {
            statement.setMaxRows(most);
            statement.setString(1, "SELECT generate_series(1, 1000)");
            assertThat(query(statement).rows()).hasSize(most);
            statement.setMaxRows(0);
            assertThat(query(statement).rows()).hasSize(1000);
            statement.setMaxRows(most);
            statement.setString(1, "SELECT 1");
            assertThat(query(statement).rows()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT pg_background_launch(?)",
            "SELECT pg_background_launch(pg_catalog.unnest(ARRAY[?, ?]))"})
    void maxRowsDoNotKeepCallsFromBeingMade(String sql) throws Exception {
        try (PreparedStatement statement = prepare(sql)) {
            statement.setMaxRows(1);
            int parameters = statement.getParameterMetaData().getParameterCount();
            for (int i = 1; i <= parameters; i++) {
                statement.setString(i, "INSERT INTO item VALUES (" + i + ")");
            }
            assertThat(query(statement).rows()).hasSize(1);
            String launched = Integer.toString(parameters);
            Await.until("all jobs have committed", Duration.ofSeconds(20), () -> count().equals(launched));
        }
    }

    @Test
    void fetchSizeIsTaken() throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = prepare(
                "SELECT * FROM pg_background_result(pg_background_launch(?)) AS t(n int)")) {
            statement.setFetchSize(3);
            statement.setString(1, "SELECT generate_series(1, 10)");
            ResultSet rows = statement.executeQuery();
            assertThat(rows.getFetchSize()).isEqualTo(3);
            assertThat(Grid.of(rows).rows()).hasSize(10);
        }
        connection.commit();
    }

    @Test
    void closesOnCompletion() throws SQLException {
        try (PreparedStatement statement = prepare("SELECT pg_background_launch(?)")) {
            statement.closeOnCompletion();
            statement.setString(1, "SELECT 1");
            ResultSet rows = statement.executeQuery();
            assertThat(rows.next()).isTrue();
            assertThat(statement.isClosed()).isFalse();
            rows.close();
            assertThat(statement.isClosed()).isTrue();
        }
    }

    @Test
    void refusesToWorkWhenClosed() throws SQLException {
        PreparedStatement statement = prepare("SELECT pg_background_launch(?)");
        statement.setString(1, "INSERT INTO item VALUES (1)");
        statement.close();
        assertThat(statement.isClosed()).isTrue();
        assertThatThrownBy(statement::executeQuery).isInstanceOf(PSQLException.class)
                .hasMessageContaining("closed");
        Statement plain = connection.createStatement();
        plain.close();
        assertThatThrownBy(() -> plain.execute("SELECT pg_background_launch('SELECT 1')"))
                .isInstanceOf(PSQLException.class).hasMessageContaining("closed");
    }

    @Test
    @SinceRelease(value = 10, because = "literals are of type text")
    void maxFieldSizeDoesNotCutTheJob() throws SQLException {
        try (Connection connection = database.connect(); Statement plain = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(
                        "SELECT * FROM pg_background_result(pg_background_launch(?)) AS (t text)")) {
            prepared.setMaxFieldSize(8);
            prepared.setString(1, "SELECT 'a text longer than eight'");
            try (ResultSet row = prepared.executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo("a text l");
            }
            plain.setMaxFieldSize(8);
            try (ResultSet row = plain.executeQuery(
                    "SELECT * FROM pg_background_result(pg_background_launch('SELECT ' || '123456789'))")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getInt(1)).isEqualTo(123_456_789);
            }
        }
    }
}
