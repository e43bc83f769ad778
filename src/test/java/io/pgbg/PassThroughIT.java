package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

@NotAmongTraps("what passes is pgjdbc's and the caller's SQL")
class PassThroughIT extends WithConnection {

    private Connection raw;

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TABLE item (id int, name text);
                CREATE FUNCTION answer(text) RETURNS int LANGUAGE sql AS 'SELECT 42';
                CREATE SCHEMA other;
                """);
    }

    @BeforeEach
    void connectRaw() throws SQLException {
        raw = database.connectRaw();
    }

    @AfterEach
    void closeRaw() throws SQLException {
        raw.close();
    }

    private void assertSame(String sql) throws SQLException {
        assertThat(Grid.query(connection, sql)).isEqualTo(Grid.query(raw, sql));
    }

    // On the wire

    /** What an application does with a connection. */
    @FunctionalInterface
    private interface Work {
        void run(Connection connection) throws SQLException;
    }

    /** Both drivers send the same bytes, from the first to the last. */
    private void assertSendsTheSame(Work work) throws Exception {
        assertThat(sent(database.jdbcUrl(), work)).isEqualTo(sent(database.rawUrl(), work)).isNotEmpty();
    }

    private static String sent(String url, Work work) throws Exception {
        try (Forwarder forwarder = new Forwarder(url)) {
            // the first session of a JVM asks once what is installed
            DriverManager.getConnection(forwarder.url()).close();
            try (Connection through = DriverManager.getConnection(forwarder.url())) {
                work.run(through);
            }
            return forwarder.sent(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT 1",
        "  select /* a */ 'b' ; -- c",
        "INSERT INTO item VALUES (1, 'a'), (2, 'b')",
        "SELECT 1; SELECT 2;; SELECT 3",
        "SELECT 'pg_background_launch(''x'')'",
        "SELECT $$SELECT pg_background_launch('x')$$ AS pg_background_launch",
        "SELECT 1 /* pg_background_launch('x') */ -- SELECT pg_background_result(1)",
        "SELECT 1 AS \"pg_background_launch('x')\"",
        "SELECT pg_background_launch FROM (VALUES (1)) AS pg_background_launch(pg_background_launch)",
        "COMMENT ON TABLE item IS 'pg_background_launch(x)'",
        "SET app.tenant = 'x'; SHOW app.tenant",
        "SET ROLE NONE",
        "DISCARD ALL",
        "SELECT set_config('app.n', 'pg_background', false), current_setting('app.n')",
        "DO $$BEGIN PERFORM 1; /* pg_background_launch('x') */ END$$",
        "SELECT {fn now()} IS NOT NULL",
        "BEGIN; SELECT 1; COMMIT",
        ""
    })
    void plainTextPassesByteForByte(String sql) throws Exception {
        assertSendsTheSame(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT ?::int", "SELECT 'pg_background_launch(?)', ?::int", "SELECT ?::int ?? 'a'"})
    void preparedTextPassesByteForByte(String sql) throws Exception {
        assertSendsTheSame(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < 8; i++) {
                    statement.setInt(1, i);
                    try {
                        statement.execute();
                    } catch (PSQLException e) {
                        assertThat(e.getSQLState()).isEqualTo("42883");
                    }
                }
            }
        });
    }

    @Test
    void everythingElsePassesByteForByte() throws Exception {
        assertSendsTheSame(connection -> {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.addBatch("INSERT INTO item VALUES (1, 'pg_background_launch(1)')");
                statement.addBatch("DELETE FROM item");
                statement.executeBatch();
                statement.executeUpdate("INSERT INTO item VALUES (1, 'a')", new String[] {"id"});
                statement.setFetchSize(2);
                try (ResultSet rows = statement.executeQuery("SELECT generate_series(1, 10)")) {
                    assertThat(Grid.of(rows).rows()).hasSize(10);
                }
            }
            connection.rollback();
            connection.setReadOnly(true);
            connection.getMetaData().getTables(null, null, "item", null).close();
            connection.setAutoCommit(true);
            try (CallableStatement call = connection.prepareCall("{? = call answer(?)}")) {
                call.registerOutParameter(1, Types.INTEGER);
                call.setString(2, "pg_background_launch");
                call.execute();
            }
            assertThat(connection.isValid(5)).isTrue();
        });
    }

    @Test
    void connectingAndClosingSendsNothingMore() throws Exception {
        assertSendsTheSame(connection -> { });
    }

    @Test
    void whatFollowsACallPassesByteForByte() throws Exception {
        String marker = "SELECT 'from here'";
        String plain = afterMarker(sent(database.rawUrl(), connection -> {
            Grid.query(connection, marker);
            Grid.query(connection, "SELECT 1 /* pg_background_result(1) */");
        }));
        String afterCall = afterMarker(sent(database.jdbcUrl("pgbgIdleWorkers=0"), connection -> {
            Grid.query(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (n int)");
            Grid.query(connection, marker);
            Grid.query(connection, "SELECT 1 /* pg_background_result(1) */");
        }));
        assertThat(plain).contains("SELECT 1 /*");
        assertThat(afterCall).isEqualTo(plain);
    }

    private static String afterMarker(String sent) {
        return sent.substring(sent.indexOf("from here"), sent.lastIndexOf("*/") + 2);
    }

    // Names that are no calls

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT 'SELECT pg_background_launch(''SELECT 1'')'",
        "SELECT E'pg_background_launch(\\'x\\')' AS a",
        "SELECT $q$pg_background_result(1)$q$ AS pg_background_result",
        "SELECT 1 pg_background_launch",
        "SELECT id AS pg_background_detach FROM item pg_background_detach (id, name)",
        "WITH pg_background_launch(a) AS (SELECT 1) SELECT * FROM pg_background_launch",
        "SELECT pg_background_launch.id FROM item AS pg_background_launch",
        "SELECT proname FROM pg_proc WHERE proname = 'pg_background_launch'",
        "SELECT 1 /* pg_background_launch('x') /* nested */ */",
        "SELECT 'a' -- pg_background_launch('x')",
        "SELECT 1 AS \"a\"\"pg_background_launch('x')\""
    })
    void mentionsAreLeftAlone(String sql) throws SQLException {
        assertSame(sql);
    }

    @Test
    void aFunctionOfAnotherNameIsTheServers() throws SQLException {
        for (String sql : List.of("SELECT my_pg_background_launch('x')", "SELECT pg_background_launch2('x')",
                "SELECT \"PG_BACKGROUND_LAUNCH\"('x')", "SELECT pg_catalog.pg_background_launch('x')",
                "SELECT pg_background.launch('x')")) {
            assertThat(Failure.of(connection, sql)).isEqualTo(Failure.of(raw, sql));
        }
    }

    // Errors

    @ParameterizedTest
    @ValueSource(strings = {"SELECT nothing", "SELEKT 1", "SELECT 1 / 0", "SELECT 'open", "SELECT (1",
        "SELECT 'pg_background_launch', nothing", "SELECT nothing /* pg_background_launch('x') */",
        "SELECT 1; SELECT nothing", "INSERT INTO item VALUES ('x')", "SET nothing = 1"})
    void errorsArePgjdbcsOwn(String sql) {
        PSQLException expected = failure(raw, sql);
        PSQLException actual = failure(connection, sql);
        assertThat(actual.getMessage()).isEqualTo(expected.getMessage());
        assertThat(actual.getSQLState()).isEqualTo(expected.getSQLState());
        assertThat(actual.getClass()).isSameAs(expected.getClass());
        if (expected.getServerErrorMessage() != null) {
            assertThat(actual.getServerErrorMessage().getPosition())
                    .isEqualTo(expected.getServerErrorMessage().getPosition());
        }
    }

    private static PSQLException failure(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (PSQLException e) {
            return e;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("It does not fail");
    }

    @Test
    void noTextIsRefusedAsPgjdbcRefusesIt() throws SQLException {
        try (Statement statement = connection.createStatement(); Statement expected = raw.createStatement()) {
            assertThat(kind(() -> statement.execute(null))).isEqualTo(kind(() -> expected.execute(null)));
            assertThat(kind(() -> connection.prepareStatement(null))).isEqualTo(kind(() -> raw.prepareStatement(null)));
        }
    }

    private static Class<?> kind(Failure.Step step) {
        try {
            step.run();
            return Void.class;
        } catch (SQLException | RuntimeException e) {
            return e.getClass();
        }
    }

    // Shapes that are not answered

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "DO $$BEGIN PERFORM pg_background_launch('SELECT 1'); END$$ ~ a DO block",
        "WITH a AS (SELECT pg_background_launch('x')) SELECT * FROM a ~ a WITH query",
        "SELECT * FROM item JOIN pg_background_result(1) AS t(n int) ON true ~ a JOIN",
        "SELECT * FROM item, pg_background_result(1) AS t(n int) ~ a FROM list with other items",
        "SELECT * FROM LATERAL pg_background_result(1) AS t(n int) ~ a LATERAL item",
        "CREATE TABLE made AS SELECT * FROM pg_background_result(1) AS t(n int) ~ a CREATE TABLE AS",
        "CREATE VIEW made AS SELECT pg_background_launch('x') ~ a CREATE VIEW",
        "CREATE MATERIALIZED VIEW made AS SELECT pg_background_launch('x') ~ a CREATE MATERIALIZED VIEW",
        "INSERT INTO item SELECT pg_background_launch('x') ~ an INSERT",
        "UPDATE item SET id = pg_background_launch('x') ~ an UPDATE",
        "DELETE FROM item WHERE id = pg_background_launch('x') ~ a DELETE",
        "PREPARE p AS SELECT pg_background_launch('x') ~ a PREPARE",
        "DECLARE c CURSOR FOR SELECT pg_background_launch('x') ~ a DECLARE CURSOR",
        "EXPLAIN SELECT pg_background_launch('x') ~ an EXPLAIN",
        "SELECT pg_background_launch('x') UNION SELECT 1 ~ a UNION",
        "SELECT 1 EXCEPT SELECT pg_background_launch('x') ~ an EXCEPT",
        "SELECT CASE WHEN true THEN pg_background_launch('x') END ~ a CASE expression",
        "SELECT pg_background_launch('x'), pg_background_launch('y') ~ a select list with other items",
        "SELECT 1, pg_background_launch('x') ~ a select list with other items",
        "SELECT pg_background_launch('x') + 1 ~ an expression",
        "SELECT pg_background_launch(name) FROM item ~ a query with FROM",
        "SELECT pg_background_launch('x') LIMIT 1 ~ a query with LIMIT",
        "SELECT * FROM pg_background_result(1) AS t(n int) WHERE n > 1 ~ a query with WHERE",
        "SELECT * FROM pg_background_result(1) AS t(n int) ORDER BY n ~ a query with ORDER BY",
        "SELECT n FROM pg_background_result(1) AS t(n int) ~ a select list other than *",
        "SELECT count(*) FROM pg_background_result(1) AS t(n int) ~ a select list other than *",
        "SELECT (SELECT pg_background_launch('x')) ~ a sub-select",
        "SELECT * FROM (SELECT pg_background_launch('x')) AS t ~ a sub-select",
        "SELECT DISTINCT pg_background_launch('x') ~ a SELECT DISTINCT",
        "SELECT pg_background_launch('x') INTO made ~ a SELECT INTO",
        "VALUES (pg_background_launch('x')) ~ a VALUES list",
        "CALL answer(pg_background_launch('x')) ~ a CALL",
        "COPY (SELECT pg_background_launch('x')) TO STDOUT ~ a COPY",
        "(SELECT pg_background_launch('x')) ~ a query in parentheses"
    })
    void withoutTheRelayOtherShapesAreRefusedByName(String sql, String shape) throws SQLException {
        try (Connection refusing = database.connect("pgbgRelay=off")) {
            refuses(refusing, sql, shape);
        }
    }

    private static void refuses(Connection connection, String sql, String shape) throws SQLException {
        Failure failure = Failure.of(connection, sql);
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).matches("pg_background_(launch|result) cannot be called in .* over jdbc:pgbg:")
                .contains(" in " + shape + " over");
        assertThat(failure.hint()).contains("SELECT pg_background_").contains("SELECT * FROM pg_background_");
        assertThat(Failure.of(() -> connection.prepareStatement(sql).execute()).state()).isEqualTo("0A000");
        assertThat(Grid.query(connection, "SELECT 1").value()).isEqualTo("1");
    }

    @Test
    void aRefusedShapeLeavesTheServerAlone() throws SQLException {
        try (Connection refusing = database.connect("pgbgRelay=off")) {
            assertThat(Failure.of(refusing, "INSERT INTO item VALUES (77, 'x');"
                    + " SELECT 1 + pg_background_launch('SELECT 1')")
                    .state()).isEqualTo("0A000");
        }
        assertThat(Grid.query(raw, "SELECT count(*) FROM item WHERE id = 77").value()).isEqualTo("0");
    }

    @Test
    void definitionsOfFunctionsPass() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE OR REPLACE FUNCTION other.pg_background_launch(text) RETURNS int LANGUAGE sql AS"
                    + " 'SELECT 5'");
            statement.execute("GRANT EXECUTE ON FUNCTION other.pg_background_launch(text) TO PUBLIC");
            statement.execute("CREATE OR REPLACE FUNCTION caller() RETURNS int LANGUAGE sql AS"
                    + " 'SELECT other.pg_background_launch(''x'')'");
            assertThat(Grid.query(connection, "SELECT caller()").value()).isEqualTo("5");
            statement.execute("DROP FUNCTION caller(); DROP FUNCTION other.pg_background_launch(text)");
        }
        assertThatThrownBy(() -> Grid.query(connection, "SELECT caller()")).isInstanceOf(PSQLException.class);
    }
}
