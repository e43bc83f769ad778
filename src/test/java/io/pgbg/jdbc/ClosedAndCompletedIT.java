package io.pgbg.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What statements with a call do when they, or their connection, are closed or their results are at an end: the same as
 * pgjdbc's do for the same text with {@code 0} in the call's place.
 */
@AlsoAmongTraps
class ClosedAndCompletedIT extends WithConnection {

    private static final String CALL = "pg_background_detach_all()";

    @Test
    void aStatementOfAClosedConnectionRefusesToExecute() throws SQLException {
        for (String each : List.of(CALL, "0")) {
            try (Connection closed = database.connect()) {
                Statement plain = closed.createStatement();
                PreparedStatement prepared = closed.prepareStatement("SELECT " + each);
                PreparedStatement parameterized = closed.prepareStatement("SELECT ?::int, " + each);
                parameterized.setInt(1, 1);
                CallableStatement function = closed.prepareCall("{? = call abs(" + each + ")}");
                function.registerOutParameter(1, Types.INTEGER);
                CallableStatement call = closed.prepareCall("{? = call " + (each.equals("0") ? "abs(0)" : CALL) + "}");
                call.registerOutParameter(1, Types.INTEGER);
                closed.close();

                assertThat(Sql.stateOf(() -> plain.execute("SELECT " + each))).isEqualTo("08003");
                assertThat(Sql.stateOf(() -> plain.execute("SELECT " + each + " AS n; SELECT 1"))).isEqualTo("08003");
                assertThat(Sql.stateOf(prepared::executeQuery)).isEqualTo("08003");
                assertThat(Sql.stateOf(parameterized::execute)).isEqualTo("08003");
                assertThat(Sql.stateOf(function::execute)).isEqualTo("08003");
                assertThat(Sql.stateOf(call::execute)).isEqualTo("08003");
            }
        }
    }

    @Test
    void aClosedStatementTakesNoBatch() throws SQLException {
        for (String each : List.of(CALL, "0")) {
            Statement plain = connection.createStatement();
            PreparedStatement prepared = connection.prepareStatement("SELECT " + each);
            plain.close();
            prepared.close();

            assertThat(Sql.stateOf(() -> plain.addBatch("SELECT " + each))).isEqualTo("55000");
            assertThat(Sql.stateOf(() -> plain.addBatch("SELECT 1"))).isEqualTo("55000");
            assertThat(Sql.stateOf(prepared::addBatch)).isEqualTo("55000");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingAllResultsDoesNotCompleteTheStatement(boolean kept) throws SQLException {
        for (String each : List.of(CALL, "0")) {
            try (Statement statement = connection.createStatement()) {
                statement.closeOnCompletion();
                statement.execute("SELECT " + each + "; SELECT 2");
                ResultSet first = statement.getResultSet();
                statement.getMoreResults(kept ? Statement.KEEP_CURRENT_RESULT : Statement.CLOSE_CURRENT_RESULT);
                ResultSet second = statement.getResultSet();

                assertThat(statement.getMoreResults(Statement.CLOSE_ALL_RESULTS)).isFalse();

                assertThat(statement.isClosed()).isFalse();
                assertThat(statement.getUpdateCount()).isEqualTo(-1);
                assertThat(first.isClosed()).isTrue();
                assertThat(second.isClosed()).isTrue();
            }
        }
    }

    @Test
    void closingTheGeneratedKeysCompletesTheStatement() throws SQLException {
        Sql.run(connection, "CREATE TABLE keyed (id serial PRIMARY KEY, n int)");
        for (String each : List.of(CALL, "0")) {
            PreparedStatement statement = connection.prepareStatement("INSERT INTO keyed (n) SELECT " + each,
                    Statement.RETURN_GENERATED_KEYS);
            statement.closeOnCompletion();
            statement.executeUpdate();
            ResultSet keys = statement.getGeneratedKeys();
            assertThat(keys).isSameAs(statement.getGeneratedKeys());
            assertThat(keys.next()).isTrue();
            assertThat(keys.getStatement()).isSameAs(statement);

            keys.close();

            assertThat(statement.isClosed()).isTrue();
        }
    }

    @Test
    void aFailedEntryIsCalledByItsPlaceInTheBatch() throws SQLException {
        List<String> messages = new ArrayList<>();
        for (String each : List.of(CALL, "0")) {
            try (Statement statement = connection.createStatement()) {
                statement.addBatch("SELECT 1");
                statement.addBatch("SELECT " + each);
                statement.addBatch("SELECT 2");
                statement.addBatch("SELECT 1 / 0");
                statement.addBatch("SELECT 3");
                messages.add(catchThrowableOfType(BatchUpdateException.class, statement::executeBatch).getMessage());
            }
        }

        assertThat(messages.get(0)).isEqualTo(messages.get(1)).startsWith("Batch entry 3 SELECT 1 / 0 was aborted");
    }

    @Test
    void aFailedEntryIsNotShownWithoutErrorDetails() throws SQLException {
        for (String each : List.of(CALL, "0")) {
            try (Connection quiet = database.connect("logServerErrorDetail=false");
                    PreparedStatement prepared = quiet.prepareStatement("SELECT ?::text, 1 / 0, " + each)) {
                prepared.setString(1, "secret");
                prepared.addBatch();
                assertThat(catchThrowableOfType(BatchUpdateException.class, prepared::executeBatch).getMessage())
                        .startsWith("Batch entry 0 <unknown> was aborted");
            }
        }
    }
}
