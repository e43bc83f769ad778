package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Errors of statements that call the functions on the server speak of the text as the caller wrote it. */
@AlsoAmongTraps
class RelayedErrorsIT extends WithConnection {

    private ServerErrorMessage error(String sql) {
        try {
            Sql.run(connection, sql);
        } catch (PSQLException e) {
            assertThat(e.toString()).doesNotContain("pg_temp").doesNotContain("repeat").doesNotContain("up(");
            return e.getServerErrorMessage();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("It does not fail: " + sql);
    }

    /** The place of an error is behind the mark #, which is not sent. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "SELECT 1, #pg_background_launch(true)|42883|function pg_background_launch(boolean) does not exist",
        "SELECT '\uD83D\uDE00', #public.pg_background_result(5, current_date)"
            + "|42883|function pg_background_result(integer, date) does not exist",
        "SELECT 1, #pg_background_launch(q, queue_size => 'x'::text) FROM (SELECT 'SELECT 1') AS t(q)"
            + "|42883|function pg_background_launch(unknown, queue_size => text) does not exist",
        "SELECT 1, #pg_background_launch('a', 1, 2)"
            + "|42883|function pg_background_launch(unknown, integer, integer) does not exist",
        "SELECT 1, #pg_background_launch(nothing => 'a')"
            + "|42883|function pg_background_launch(nothing => unknown) does not exist",
        "SELECT 1, pg_background_launch(#no_column), 2|42703|column \"no_column\" does not exist",
        "SELECT 1, pg_background_launch('SELECT 1'), #no_column|42703|column \"no_column\" does not exist",
        "SELECT 1, pg_background_result(#'x')|22P02|invalid input syntax for type integer: \"x\"",
        "SELECT 1, pg_background_launch('x' +#)|42601|syntax error at or near \")\"",
        "SELECT 1, pg_background_launch('x' +#, 5)|42601|syntax error at or near \",\"",
        "SELECT 1, pg_background_launch('x' #y)|42601|syntax error at or near \"y\""})
    @SinceRelease(value = 12, because = "the words of messages")
    void tellTheirPlace(String marked, String state, String message) {
        int position = marked.codePointCount(0, marked.indexOf('#')) + 1;
        ServerErrorMessage error = error(marked.replace("#", ""));
        // before PostgreSQL 12 the message about a value had another wording
        assertThat(error.getSQLState()).isEqualTo(state);
        assertThat(error.getMessage()).isEqualTo(message);
        assertThat(error.getPosition()).isEqualTo(position);
        if (state.equals("42883")) {
            assertThat(error.getHint()).startsWith("No function matches");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "PERFORM pg_background_launch(true);|SELECT pg_background_launch(true)",
        "EXECUTE 'SELECT 1, pg_background_launch(true)';|SELECT 1, pg_background_launch(true)",
        "EXECUTE format('SELECT 1, pg_background_launch(%s, %L)', true, 'x');"
            + "|SELECT 1, pg_background_launch(t, 'x')"})
    void tellOfTheSqlInABlock(String body, String query) {
        ServerErrorMessage error = error("DO $$BEGIN " + body + " END$$");
        if (body.contains("%s")) {
            assertThat(error.getSQLState()).isEqualTo("42703");
        } else {
            assertThat(error.getSQLState()).isEqualTo("42883");
            assertThat(error.getMessage()).isEqualTo("function pg_background_launch(boolean) does not exist");
            assertThat(error.getInternalPosition()).isEqualTo(query.indexOf("pg_") + 1);
        }
        assertThat(error.getInternalQuery()).isEqualTo(query);
    }

    @Test
    void showTheCallersSqlInTheContext() {
        ServerErrorMessage error = error("DO $$BEGIN PERFORM * FROM pg_background_result(pg_background_launch("
                + "'SELECT 1/0')) AS (a int); END$$");
        assertThat(error.getSQLState()).isEqualTo("22012");
        assertThat(error.getWhere()).contains("SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT 1/0')) AS (a int)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT ?::int, pg_background_launch(?), #no_column",
        "SELECT ?::int, #pg_background_launch((? IS NULL))", "VALUES (?::int), (pg_background_result(#'x'::int4 || ?))"})
    void countPlacesInTheTextOfAPreparedStatement(String marked) throws SQLException {
        String sql = marked.replace("#", "");
        Failure failure = Failure.of(() -> {
            try (PreparedStatement prepared = connection.prepareStatement(sql)) {
                prepared.setInt(1, 1);
                prepared.setString(2, "SELECT 1");
                prepared.execute();
            }
        });
        assertThat(failure.position()).as(failure.message()).isEqualTo(marked.indexOf('#') + 1);
    }

    @Test
    void tellTheSameWhereTheFunctionsAreInstalled() throws SQLException {
        Sql.run(connection, "CREATE SCHEMA \"My Schema\"; CREATE EXTENSION pg_background SCHEMA \"My Schema\"");
        try {
            ServerErrorMessage error = error("SELECT 1, pg_background_launch(true)");
            assertThat(error.getMessage()).isEqualTo("function pg_background_launch(boolean) does not exist");
            assertThat(error.getPosition()).isEqualTo(11);
            error = error("DO $$BEGIN PERFORM pg_background_launch(true); END$$");
            assertThat(error.getInternalQuery()).isEqualTo("SELECT pg_background_launch(true)");
            assertThat(Sql.value(connection, "SELECT x + 1 FROM pg_background_result(pg_background_launch("
                    + "'SELECT 41')) AS (x int)")).as("not on the search path").isEqualTo("42");
        } finally {
            Sql.run(connection, "DROP EXTENSION pg_background; DROP ROLE IF EXISTS pgbackground_role");
        }
    }

    @Test
    void settingsAreReadInRelayedStatements() throws SQLException {
        assertThat(Sql.value(connection, "SELECT current_setting('pg_background.max_workers') FROM"
                + " (SELECT pg_background_launch('SELECT 1')) x")).isEqualTo("16");
        Sql.run(connection, "SET pg_background.max_workers = 3");
        assertThat(Sql.value(connection, "SELECT current_setting('pg_background.max_workers') FROM"
                + " (SELECT pg_background_launch('SELECT 1')) x")).isEqualTo("3");
        Sql.run(connection, "SELECT pg_background_detach_all()");
    }
}
