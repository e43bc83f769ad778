package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** Runs qualified statements where a function of that name, which notes its argument, is in {@code pg_temp} alone. */
@AlsoAmongTraps
class QualifiedIT extends WithConnection {

    @Override
    protected Connection open() throws SQLException {
        return database.connectRaw();
    }

    @BeforeEach
    void createFunction() throws SQLException {
        run("CREATE TEMP TABLE launched (id serial, sql text)");
        run("CREATE FUNCTION pg_temp.pg_background_launch(text, int, text) RETURNS int LANGUAGE sql AS"
                + " 'INSERT INTO launched (sql) VALUES ($1) RETURNING id'");
    }

    private void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private static Qualified qualified(String sql) {
        return ((io.pgbg.sql.ParsedStatement.Relayed) TestReader.one(sql)).in(TestReader.target("pg_temp"));
    }

    private String launched() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT string_agg(sql, '; ' ORDER BY id) FROM launched")) {
            row.next();
            return row.getString(1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SELECT pg_background_launch(x::text) FROM generate_series(1, 3) x ~ 1; 2; 3",
            "SELECT\"pg_background_launch\"('a'),public . pg_background_launch('b') ~ a; b",
            "WITH a AS (SELECT pg_background_launch('a')) SELECT * FROM a, LATERAL pg_background_launch('b') ~ a; b",
            "CREATE TEMP TABLE made AS SELECT pg_background_launch('pg_background_launch(1)') ~ "
                    + "pg_background_launch(1)",
            "DO $$BEGIN PERFORM pg_background_launch('a'); END$$ ~ a",
            "DO E'BEGIN PERFORM\\x09\"pg_background_launch\"(\\'a\\'); END' ~ a",
            "DO U&'BEGIN PERFORM\\000apublic.pg_background_launch(''a''); END' LANGUAGE plpgsql ~ a",
            "DO $$BEGIN EXECUTE 'SELECT pg_background_launch(' || quote_literal('f(''x'')') || ')'; END$$ ~ f('x')",
            "DO $$BEGIN EXECUTE format('SELECT public.pg_background_launch(%L)', 'pg_background_launch(1)'); END$$ ~ "
                    + "pg_background_launch(1)",
            "DO $$DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT pg_background_launch($1)' USING 'a' LOOP END LOOP;"
                    + " END$$ ~ a",
            "DO 'BEGIN EXECUTE ''DO $x$BEGIN EXECUTE E''''SELECT\\n pg_background_launch(\\''''a\\'''')''''; END$x$'';"
                    + " END' ~ a"})
    void runs(String sql, String launched) throws SQLException {
        run(qualified(sql).text());
        assertThat(launched()).isEqualTo(launched);
    }

    @Test
    void keepsWhatACursorCalls() throws SQLException {
        connection.setAutoCommit(false);
        run(qualified("DECLARE c CURSOR FOR SELECT 1, pg_background_launch('a')").text());
        run("FETCH c");
        assertThat(launched()).isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "SELECT pg_background_launch('\uD83D\uDE00'), public.pg_background_launch('b'), wrong"
                    + " FROM generate_series(1, 2)",
            "SELECT 1, pg_background_launch('a', 1, 'c', 'd') AS wrong_arguments",
            "DO 'BEGIN PERFORM pg_background_launch(''\u00e4''); wrong 1; END'",
            "DO $$BEGIN PERFORM pg_background_launch('\u00e4');\n wrong 1; END$$"})
    void errorsLeadBackToTheirPlace(String sql) {
        Qualified qualified = qualified(sql);
        PSQLException error = Assertions.catchThrowableOfType(PSQLException.class, () -> run(qualified.text()));
        int at = sql.contains("wrong_arguments") ? sql.indexOf("pg_background") : sql.indexOf("wrong");
        assertThat(qualified.original(error.getServerErrorMessage().getPosition()))
                .isEqualTo(sql.codePointCount(0, at) + 1);
    }
}
