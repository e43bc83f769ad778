package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The rows of a job keep their types and values on their way through other SQL, and its error keeps its fields. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class ComposedRowsIT extends WithConnection {

    private static final String ROWTYPE =
            "remote query result rowtype does not match the specified FROM clause rowtype";
    private static final String NO_ROWS =
            "remote query did not return a result set, but result rowtype is not a single text column";

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TYPE mood AS ENUM ('sad', 'ok');
                CREATE TYPE pair AS (a int, b text);
                CREATE DOMAIN posint AS int CHECK (VALUE > 0);
                CREATE DOMAIN required AS text NOT NULL;
                CREATE TABLE odd (id int PRIMARY KEY, CONSTRAINT is_odd CHECK (id % 2 = 1));
                INSERT INTO odd VALUES (1);
                """);
    }

    /** What a job gives when a query on the server, which is no direct call, reads it. */
    private static String composed(String job, String columns) {
        return "SELECT t.*, 1 AS one FROM pg_background_result(pg_background_launch($job$" + job + "$job$)) AS t("
                + columns + ")";
    }

    private Failure failure(String job, String columns) throws SQLException {
        return Failure.of(connection, composed(job, columns));
    }

    // Types

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "int ~ 7", "int ~ -2147483648", "int ~ NULL", "smallint ~ -32768", "bigint ~ 9223372036854775807",
        "numeric ~ 12345678901234567890.123456789", "numeric ~ 'NaN'", "numeric ~ '-Infinity'", "numeric ~ 1.500",
        "numeric(10,2) ~ 1.5", "real ~ 1.1", "double precision ~ 0.1", "double precision ~ 1e-300",
        "double precision ~ 'NaN'", "double precision ~ 1.0 / 3.0",
        "bool ~ true", "bool ~ false", "bool ~ NULL",
        "text ~ ''", "text ~ NULL", "text ~ 'NULL'", "text ~ 'null'", "text ~ ' both ends '",
        "text ~ 'it''s \"quoted\" '", "text ~ E'back\\\\slash \\\\n \\\\u0041 \\\\'", "text ~ '{a,\"b\"}[1]'",
        "text ~ E'a\\nb\\r\\nc\\td'", "text ~ E'\\u00e4\\u20ac\\U0001F600 \\u2028'", "text ~ E'\\x01\\x1f\\x7f'",
        "text ~ '$$ $1 ? :x %s -- /* '", "text ~ repeat('long ', 100000)",
        "varchar ~ 'abc'", "varchar(5) ~ 'abc'", "char(5) ~ 'abc'", "\"char\" ~ 'c'", "name ~ 'abc'",
        "date ~ '2024-02-29'", "date ~ 'infinity'", "date ~ '0044-03-15 BC'", "time ~ '24:00:00'",
        "timetz ~ '12:00:00+02'", "timestamp ~ '2024-01-02 03:04:05.678901'",
        "timestamptz ~ '2024-01-02 03:04:05.678901+00'", "timestamptz ~ '-infinity'",
        "interval ~ '1 year 2 mons -3 days 04:05:06.789'",
        "bytea ~ '\\x00ff275c'", "bytea ~ ''", "uuid ~ 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        "json ~ '{\"a\":  [1, \"x\\\\n\"], \"a\": null}'", "json ~ '\"text\"'", "json ~ 'null'",
        "jsonb ~ '{\"b\": 1, \"a\": \"\\\\u00e4\"}'", "jsonb ~ 'null'", "xml ~ '<a b=\"c\">d</a>'",
        "int[] ~ '{1,NULL,3}'", "int[] ~ '{}'", "int[] ~ '[2:3]={1,2}'", "int[] ~ '{{1,2},{3,4}}'",
        "text[] ~ ARRAY['a', 'b,c', '\"', '\\', '', 'NULL', NULL]", "timestamptz[] ~ '{2024-01-02 03:04:05+00}'",
        "mood ~ 'ok'", "mood ~ NULL", "mood[] ~ '{ok,sad}'", "pair ~ ROW(1, 'x, \"y\"')", "pair ~ ROW(NULL, NULL)",
        "pair[] ~ ARRAY[ROW(1, 'x')::pair]", "inet ~ '10.0.0.0/8'", "point ~ '(1,2)'", "bit(3) ~ B'101'",
        "money ~ '12.34'", "int4range ~ '[1,5)'", "oid ~ 4294967295", "regclass ~ 'odd'", "tsvector ~ 'a:1 b:2'"
    })
    @SinceRelease(value = 14, because = "numeric infinity")
    void aValueArrivesAsItWas(String type, String value) throws SQLException {
        String job = "SELECT (" + value + ")::" + type;
        String own = job + " AS v, 1 AS one";
        Grid expected = Grid.query(connection, own);
        assertThat(Grid.query(connection, composed(job, "v " + type))).isEqualTo(expected);
        assertThat(objects(composed(job, "v " + type))).isEqualTo(objects(own));
        if (!type.equals("json") && !type.equals("xml") && !type.equals("point")) {
            assertThat(Sql.value(connection, "SELECT record_image_eq(ROW(t.v),"
                    + " ROW((" + value + ")::" + type + ")) FROM ("
                    + composed(job, "v " + type) + ") AS t")).isEqualTo("t");
        }
    }

    private List<String> objects(String sql) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(sql); ResultSet row = prepared.executeQuery()) {
            row.next();
            Object object = row.getObject(1);
            String text = object instanceof byte[] bytes ? Arrays.toString(bytes)
                    : object instanceof SQLXML xml ? xml.getString() : String.valueOf(object);
            return List.of(object == null ? "null" : object.getClass().getName(), text);
        }
    }

    @Test
    void aDomainMatchesItsBaseType() throws SQLException {
        assertThat(Sql.rows(connection, composed("SELECT 7::posint", "n int"))).containsExactly("7,1");
        assertThat(Sql.rows(connection, composed("SELECT 7", "n posint"))).containsExactly("7,1");
        assertThat(Sql.rows(connection, composed("SELECT 7::posint", "n posint"))).containsExactly("7,1");
        assertThat(Sql.rows(connection, composed("SELECT 'x'::text", "s required"))).containsExactly("x,1");
    }

    @Test
    void theTypeModifierNeedNotBeTheSame() throws SQLException {
        assertThat(Sql.rows(connection, composed("SELECT 'abc'::varchar", "s varchar(5)"))).containsExactly("abc,1");
        assertThat(Sql.rows(connection, composed("SELECT 'abc'::varchar(3)", "s varchar"))).containsExactly("abc,1");
        assertThat(Sql.rows(connection, composed("SELECT 1.25::numeric", "n numeric(10,2)"))).containsExactly("1.25,1");
        assertThat(Sql.rows(connection, composed("SELECT 1.25::numeric(5,2)", "n numeric"))).containsExactly("1.25,1");
    }

    @Test
    void rowsOfManyColumnsKeepTheirOrder() throws SQLException {
        String columns = "a int, b text, c bool, d numeric, e int, f text, g date, h int[]";
        assertThat(Sql.rows(connection, composed("SELECT 1, 'x'::text, true, 1.0, NULL::int, ''::text,"
                + " date '2024-01-01', '{1}'::int[] UNION ALL SELECT 2, NULL, NULL, NULL, 2, 'y', NULL, NULL",
                columns))).containsExactly("1,x,t,1.0,null,,2024-01-01,{1},1", "2,null,null,null,2,y,null,null,1");
    }

    @Test
    void noRowsAndNoColumnsAreTakenToo() throws SQLException {
        assertThat(Sql.rows(connection, composed("SELECT 1 WHERE false", "v int"))).isEmpty();
        assertThat(Sql.value(connection, "SELECT count(*) FROM (" + composed("", "v text") + ") AS t")).isEqualTo("0");
    }

    @Test
    void oneHundredThousandRowsArriveInOrder() throws SQLException {
        assertThat(Sql.rows(connection, "SELECT count(*), sum(g), bool_and(n = g), max(length(t)) FROM"
                + " pg_background_result(pg_background_launch("
                + "'SELECT g, repeat(''x'', 100) FROM generate_series(1, 100000) AS g'))"
                + " AS t(g int, t text) JOIN generate_series(1, 100000) AS n ON n = g"))
                .containsExactly("100000,5000050000,t,100");
        assertThat(Sql.value(connection, "SELECT bool_and(g = n) FROM (SELECT g, row_number() OVER () AS n FROM"
                + " pg_background_result(pg_background_launch('SELECT g FROM generate_series(1, 100000) AS g'))"
                + " AS t(g int)) AS s")).isEqualTo("t");
    }

    @Test
    void aValueOfSeveralMegabytesArrives() throws SQLException {
        assertThat(Sql.value(connection, "SELECT md5(v) = md5(repeat('0123456789', 2000000)) FROM pg_background_result("
                + "pg_background_launch('SELECT repeat(''0123456789'', 2000000)')) AS t(v text)")).isEqualTo("t");
    }

    @Test
    void onlyTheLastStatementsRowsComeBack() throws SQLException {
        assertThat(Sql.rows(connection, composed("SELECT 1, 2; SELECT 'x'::text", "v text"))).containsExactly("x,1");
    }

    @Test
    void tagsAreOneTextPerStatement() throws SQLException {
        assertThat(Sql.rows(connection, composed("CREATE TEMP TABLE a (i int); INSERT INTO a VALUES (1), (2);"
                + " SELECT 5; DELETE FROM a", "tag text")))
                .containsExactly("CREATE TABLE,1", "INSERT 0 2,1", "SELECT 1,1", "DELETE 2,1");
        assertThat(Sql.rows(connection, composed("VACUUM odd", "tag text"))).containsExactly("VACUUM,1");
    }

    // Lists that do not fit

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT 1 ~ a text", "SELECT 1 ~ a bigint", "SELECT 1::bigint ~ a int", "SELECT 'x'::text ~ a varchar(5)",
        "SELECT 'ok'::mood ~ a text", "SELECT ARRAY[1] ~ a int8[]", "SELECT 1, 2 ~ a int", "SELECT 1 ~ a int, b int",
        "SELECT 1 WHERE false ~ a text", "SELECT 1, 'x'::text ~ b text, a int", "SELECT '{}'::json ~ a jsonb"
    })
    void typesThatDifferAreRefused(String job, String columns) throws SQLException {
        Failure failure = failure(job, columns);
        assertThat(failure.state()).isEqualTo("42804");
        assertThat(failure.message()).isEqualTo(ROWTYPE);
        assertThat(failure.detail()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a int", "a text, b text", "a varchar"})
    void tagsFitOnlyOneTextColumn(String columns) throws SQLException {
        Failure failure = failure("VACUUM odd", columns);
        assertThat(failure.state()).isEqualTo("42804");
        assertThat(failure.message()).isEqualTo(NO_ROWS);
    }

    @Test
    void aValueThatTheDomainForbidsIsRefused() throws SQLException {
        assertThat(failure("SELECT -7", "n posint").state()).isEqualTo("23514");
    }

    @Test
    void aMismatchLeavesTheSessionInOrder() throws SQLException {
        failure("SELECT g FROM generate_series(1, 100000) AS g", "a text");
        failure("SELECT g::text FROM generate_series(1, 100000) AS g", "a int");
        assertThat(Sql.rows(connection, composed("SELECT 7", "v int"))).containsExactly("7,1");
    }

    @Test
    void noReplyIsLostUnderLoad() {
        // a function that is held up gives up its mailbox while the reply is written to it and rows are read ahead
        List<CompletableFuture<Void>> sessions = Stream.generate(() -> CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 5; i++) {
                try (Connection other = database.connect()) {
                    assertThat(Failure.of(other, composed("SELECT g FROM generate_series(1, 100000) AS g", "a text"))
                            .state()).isEqualTo("42804");
                    assertThat(Sql.rows(other, composed("SELECT 7", "v int"))).containsExactly("7,1");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
        })).limit(4).toList();
        sessions.forEach(CompletableFuture::join);
    }

    // Errors of the job

    @Test
    void theJobsErrorHasItsStateMessageAndContext() throws SQLException {
        int pid = Sql.launch(connection, "SELECT 1 / 0");
        Failure failure = Failure.of(connection, "SELECT v, 1 FROM pg_background_result(" + pid + ") AS t(v int)");
        assertThat(failure.state()).isEqualTo("22012");
        assertThat(failure.message()).isEqualTo("division by zero");
        assertThat(failure.context()).contains("background worker, pid " + pid);
    }

    @Test
    void theJobsErrorKeepsItsFields() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(composed("INSERT INTO odd VALUES (2)", "v text"));
            throw new AssertionError("It does not fail");
        } catch (PSQLException e) {
            ServerErrorMessage error = e.getServerErrorMessage();
            assertThat(e.getSQLState()).isEqualTo("23514");
            assertThat(error.getConstraint()).isEqualTo("is_odd");
            assertThat(error.getTable()).isEqualTo("odd");
            assertThat(error.getSchema()).isEqualTo("public");
            assertThat(error.getDetail()).isEqualTo("Failing row contains (2).");
            assertThat(error.getWhere()).containsPattern("background worker, pid \\d+");
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(composed("INSERT INTO odd VALUES (1)", "v text"));
            throw new AssertionError("It does not fail");
        } catch (PSQLException e) {
            assertThat(e.getSQLState()).isEqualTo("23505");
            assertThat(e.getServerErrorMessage().getConstraint()).isEqualTo("odd_pkey");
            assertThat(e.getServerErrorMessage().getDetail()).isEqualTo("Key (id)=(1) already exists.");
        }
    }

    @Test
    void theJobsErrorKeepsWhatItsAuthorWrote() throws SQLException {
        Failure failure = failure("DO $d$ BEGIN RAISE USING ERRCODE = 'AB123',"
                + " MESSAGE = E'100% of \"it\" \\\\ ä\n2nd', DETAIL = 'the %s detail', HINT = 'a hint';"
                + " END $d$", "v text");
        assertThat(failure.state()).isEqualTo("AB123");
        assertThat(failure.message()).isEqualTo("100% of \"it\" \\ ä\n2nd");
        assertThat(failure.detail()).isEqualTo("the %s detail");
        assertThat(failure.hint()).isEqualTo("a hint");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELEKT 1 ~ 42601", "SELECT nothing FROM odd ~ 42703", "SELECT 1 FROM nothing ~ 42P01", "BEGIN ~ 0A000",
        "COPY odd TO STDOUT ~ 0A000", "VACUUM; VACUUM ~ 25001",
        "SELECT set_config('statement_timeout', 'x', true) ~ 22023"
    })
    void whatAJobMayNotDoIsItsError(String job, String state) throws SQLException {
        assertThat(failure(job, "v text").state()).isEqualTo(state);
    }

    @Test
    void anErrorAfterManyRowsIsThrown() throws SQLException {
        assertThat(failure("SELECT 1 / (50000 - g) FROM generate_series(1, 100000) AS g", "v int").state())
                .isEqualTo("22012");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT v, 1 FROM pg_background_result(-1) AS t(v int)",
        "SELECT 1, pg_background_detach(-1)",
        "SELECT id, (SELECT v FROM pg_background_result(-id) AS t(v int)) FROM odd"})
    void anUnknownPidIsNotAttached(String sql) throws SQLException {
        Failure failure = Failure.of(connection, sql);
        assertThat(failure.state()).isEqualTo("42704");
        assertThat(failure.message()).isEqualTo("PID -1 is not attached to this session");
    }

    @Test
    void aResultIsReadOnce() throws SQLException {
        int pid = Sql.launch(connection, "SELECT 7");
        Failure failure = Failure.of(connection, "SELECT a.v + b.v FROM pg_background_result(" + pid
                + ") AS a(v int), pg_background_result(" + pid + ") AS b(v int)");
        assertThat(failure.state()).isEqualTo("42704");
        assertThat(Sql.stateOf(connection, "SELECT v FROM pg_background_result(" + pid + ") AS a(v int)"))
                .isEqualTo("42704");
    }

    @Test
    void theLimitsOfTheDirectFormHold() throws SQLException {
        assertThat(Failure.of(connection, "SELECT 1, pg_background_launch('SELECT 1', 63)")).satisfies(failure -> {
            assertThat(failure.state()).isEqualTo("22023");
            assertThat(failure.message()).isEqualTo("queue size must be at least 64 bytes");
        });
        Sql.run(connection, "SET pg_background.max_workers = 2");
        Failure failure = Failure.of(connection, "SELECT g, pg_background_launch('SELECT 1') FROM generate_series(1, 3)"
                + " AS g");
        assertThat(failure.state()).isEqualTo("53400");
        assertThat(failure.message()).isEqualTo("too many background workers");
    }

    // Errors of the text itself

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "SELECT pg_background_launch('SELECT 1'), #nothing FROM odd ~ 42703",
        "SELECT count(*) FROM pg_background_result(pg_background_launch('SELECT 1')) AS t(v int), #nothing ~ 42P01",
        "SELECT count(*) FROM pg_background_result(1) AS t(v #nothing) ~ 42704",
        "SELECT pg_background_launch('SELECT 1') + 1, pg_background_launch('x'), #lower(1, 2) ~ 42883",
        "SELECT pg_background_launch('SELECT 1') > 0 WEHRE #true ~ 42601",
        "SELECT id, #pg_background_launch(id) FROM odd ~ 42883",
        "SELECT id, #pg_background_launch('x', 'y'::text) FROM odd ~ 42883",
        "SELECT 'ä€', pg_background_launch('SELECT 1'), #nothing ~ 42703"
    })
    void anErrorOfTheTextPointsIntoIt(String marked, String state) throws SQLException {
        String sql = marked.replace("#", "");
        Failure failure = Failure.of(connection, sql);
        assertThat(failure.state()).isEqualTo(state);
        assertThat(failure.position()).isEqualTo(marked.indexOf('#') + 1);
        assertThat(failure.message()).doesNotContain("pg_temp");
        assertThat(Failure.of(() -> {
            try (PreparedStatement prepared = connection.prepareStatement(sql)) {
                prepared.execute();
            }
        }).position()).isEqualTo(marked.indexOf('#') + 1);
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void aResultWithoutAListIsRefusedByTheServer() throws SQLException {
        assertThat(Sql.stateOf(connection, "SELECT count(*) FROM pg_background_result(1)")).isEqualTo("42601");
    }

    @Test
    void anErrorFailsTheTransactionAndASavepointSavesIt() throws SQLException {
        connection.setAutoCommit(false);
        assertThat(failure("SELECT 1 / 0", "v int").state()).isEqualTo("22012");
        assertThat(failure("SELECT 7", "v int").state()).isEqualTo("25P02");
        connection.rollback();
        Sql.run(connection, "SAVEPOINT s");
        assertThat(failure("SELECT 1 / 0", "v int").state()).isEqualTo("22012");
        Sql.run(connection, "ROLLBACK TO s");
        assertThat(Sql.rows(connection, composed("SELECT 7", "v int"))).containsExactly("7,1");
    }
}
