package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

@AlsoAmongTraps
class DirectShapesIT extends WithConnection {

    private static final int PROCEDURES = 11;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TABLE item (id int, name text);
                CREATE TYPE mood AS ENUM ('sad', 'ok');
                CREATE TYPE pair AS (a int, b text);
                CREATE DOMAIN posint AS int CHECK (VALUE > 0);
                CREATE DOMAIN required AS text NOT NULL;
                CREATE FUNCTION texts() RETURNS SETOF text LANGUAGE sql AS $$VALUES ('SELECT 1'), ('SELECT 2')$$;
                """);
        try (Connection admin = TestDatabase.connectAdmin()) {
            if (Releases.of(admin) >= PROCEDURES) {
                database.execute("""
                        CREATE PROCEDURE fill() LANGUAGE plpgsql AS
                          $$BEGIN INSERT INTO item VALUES (1, 'kept'); COMMIT; RAISE 'too late'; END$$;
                        CREATE PROCEDURE given(INOUT n int) LANGUAGE plpgsql AS $$BEGIN COMMIT; n := n + 1; END$$;
                        """);
            }
        }
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE item");
    }

    private Grid query(String sql) throws SQLException {
        return Grid.query(connection, sql);
    }

    private Failure fail(String sql) throws SQLException {
        return Failure.of(connection, sql);
    }

    private int launch(String job) throws SQLException {
        return Integer.parseInt(query("SELECT pg_background_launch(" + quoted(job) + ")").value());
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** What comes back of a job without a column definition list. */
    private Grid run(String job) throws SQLException {
        return query("SELECT * FROM pg_background_result(" + launch(job) + ")");
    }

    /** What comes back of a job with one. */
    private Grid run(String job, String columns) throws SQLException {
        return query("SELECT * FROM pg_background_result(" + launch(job) + ") AS t(" + columns + ")");
    }

    private Failure failedRun(String job, String columns) throws SQLException {
        return fail("SELECT * FROM pg_background_result(" + launch(job) + ") AS t(" + columns + ")");
    }

    private static Grid grid(String label, String type, String... values) {
        return new Grid(List.of(label), List.of(type), Arrays.stream(values).map(List::of).toList());
    }

    // Launch

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "SELECT pg_background_launch('SELECT 1') ~ pg_background_launch",
        "select PG_Background_LAUNCH('SELECT 1') ~ pg_background_launch",
        "SELECT \"pg_background_launch\"('SELECT 1') ~ pg_background_launch",
        "SELECT public.pg_background_launch('SELECT 1') ~ pg_background_launch",
        "SELECT \"public\" . \"pg_background_launch\" ('SELECT 1') ~ pg_background_launch",
        "SELECT pg_background_launch('SELECT 1') AS job ~ job",
        "SELECT pg_background_launch('SELECT 1') job ~ job",
        "SELECT pg_background_launch('SELECT 1') AS \"My Job\" ~ My Job",
        "SELECT pg_background_launch('SELECT 1') AS Job; ~ job",
        "/* a /* nested */ ? */ SELECT -- to the end<br> pg_background_launch(/**/'SELECT 1'/*)*/) -- behind ~ "
                + "pg_background_launch",
        "SELECT pg_background_launch('SELECT 1', 65536) ~ pg_background_launch",
        "SELECT pg_background_launch(sql => 'SELECT 1') ~ pg_background_launch",
        "SELECT pg_background_launch(sql := 'SELECT 1', queue_size := 65536) ~ pg_background_launch",
        "SELECT pg_background_launch(queue_size => 1024, \"sql\" => 'SELECT 1') ~ pg_background_launch",
        "SELECT pg_background_launch('SELECT 1', queue_size => 1024) ~ pg_background_launch",
        "SELECT pg_background_launch(E'SELECT \\x31') ~ pg_background_launch",
        "SELECT pg_background_launch($q$SELECT 'it''s'$q$) ~ pg_background_launch",
        "SELECT pg_background_launch(U&'SELECT \\0031') ~ pg_background_launch",
        "SELECT pg_background_launch('SEL'<br>'ECT 1') ~ pg_background_launch",
        "SELECT pg_background_launch('SELECT ' || (1 + 1)::text) ~ pg_background_launch",
        "SELECT pg_background_launch(format('SELECT %L', 'a')) ~ pg_background_launch",
        "SELECT pg_background_launch((SELECT 'SELECT ' || count(*)::text FROM item)) ~ pg_background_launch",
        "SELECT pg_background_launch(('SELECT 1'), 32 * 1024) ~ pg_background_launch",
        "SELECT pg_background_launch('SELECT 1'::varchar) ~ pg_background_launch",
        "SELECT pg_background_launch('SELECT 1'::name, 1024::int2) ~ pg_background_launch",
        "SELECT * FROM pg_background_launch('SELECT 1') ~ pg_background_launch",
        "SELECT * FROM pg_background_launch('SELECT 1') AS job ~ job",
        "SELECT * FROM pg_background_launch('SELECT 1') job ~ job",
        "SELECT * FROM pg_background_launch('SELECT 1') AS job(pid) ~ pid",
        "SELECT * FROM public.pg_background_launch('SELECT 1') job(\"The Pid\") ~ The Pid",
        "{call pg_background_launch('SELECT 1')} ~ result",
    })
    void launchGivesAPid(String sql, String label) throws SQLException {
        Grid launched = query(sql.replace("<br>", "\n"));
        assertThat(launched.label()).isEqualTo(label);
        assertThat(launched.type()).isEqualTo("int4");
        assertThat(Integer.parseInt(launched.value())).isPositive()
                .isNotEqualTo(connection.unwrap(PGConnection.class).getBackendPID());
        assertThat(query("SELECT * FROM pg_background_result(" + launched.value() + ")").rows()).hasSize(1);
    }

    @Test
    void thePidIsTheBackendThatRunsTheJob() throws SQLException {
        int pid = launch("SELECT pg_backend_pid()");
        assertThat(query("SELECT * FROM pg_background_result(" + pid + ") AS t(pid int)").value())
                .isEqualTo(String.valueOf(pid));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch(pg_catalog.unnest(ARRAY['SELECT 1', 'SELECT 2']))",
        "SELECT pg_background_launch(texts()) AS pg_background_launch"
    })
    void launchIsCalledForEachRowOfItsArguments(String sql) throws SQLException {
        List<String> pids = query(sql).values();
        assertThat(pids).hasSize(2).doesNotHaveDuplicates();
        assertThat(query("SELECT * FROM pg_background_result(" + pids.get(0) + ")").value()).isEqualTo("1");
        assertThat(query("SELECT * FROM pg_background_result(" + pids.get(1) + ")").value()).isEqualTo("2");
    }

    @Test
    void launchIsNotCalledWithoutARowOfArguments() throws SQLException {
        assertThat(query("SELECT pg_background_launch(pg_catalog.unnest('{}'::text[]))"))
                .isEqualTo(new Grid(List.of("pg_background_launch"), List.of("int4"), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch(NULL)",
        "SELECT pg_background_launch(NULL::text)",
        "SELECT pg_background_launch('SELECT 1', NULL)",
        "SELECT pg_background_launch(sql => (SELECT name FROM item WHERE false))",
        "SELECT * FROM pg_background_launch(NULL)",
        "SELECT pg_background_detach(NULL)",
        "SELECT pg_background_detach(NULL::int)",
        "SELECT pg_background_detach(pg_background_launch(NULL))",
        "SELECT grant_pg_background_privileges(NULL)"
    })
    void functionsAreStrict(String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getObject(1)).isNull();
            assertThat(rows.wasNull()).isTrue();
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void resultOfNullIsNoRows() throws SQLException {
        Grid none = new Grid(List.of("a", "b"), List.of("int4", "text"), List.of());
        assertThat(query("SELECT * FROM pg_background_result(NULL) AS (a int, b text)")).isEqualTo(none);
        assertThat(query("SELECT * FROM pg_background_result(pg_background_launch(NULL)) AS (a int, b text)"))
                .isEqualTo(none);
        assertThat(query("SELECT pg_background_result(NULL)").rows()).isEmpty();
    }

    // Calls that fit no function

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "SELECT pg_background_launch() ~ pg_background_launch() ~ 8",
        "SELECT pg_background_launch(1) ~ pg_background_launch(integer) ~ 8",
        "SELECT pg_background_launch(now()) ~ pg_background_launch(timestamp with time zone) ~ 8",
        "SELECT pg_background_launch('x', 1, 2) ~ pg_background_launch(unknown, integer, integer) ~ 8",
        "SELECT pg_background_launch(text => 'x') ~ pg_background_launch(text => unknown) ~ 8",
        "SELECT pg_background_launch('x', 99999999999) ~ pg_background_launch(unknown, bigint) ~ 8",
        "SELECT pg_background_launch('x', sql => 'y') ~ pg_background_launch(unknown, sql => unknown) ~ 8",
        "SELECT * FROM pg_background_launch(1) ~ pg_background_launch(integer) ~ 15",
        "SELECT pg_background_detach('a'::text) ~ pg_background_detach(text) ~ 8",
        "SELECT pg_background_result(1.5) ~ pg_background_result(numeric) ~ 8",
        "SELECT pg_background_result() ~ pg_background_result() ~ 8",
        "SELECT 1; SELECT pg_background_launch() ~ pg_background_launch() ~ 18",
        "SELECT 1; SELECT pg_background_launch(2) ~ pg_background_launch(integer) ~ 18",
    })
    void wrongArgumentsAreNoFunction(String sql, String function, int position) throws SQLException {
        Failure failure = fail(sql);
        assertThat(failure.state()).isEqualTo("42883");
        assertThat(failure.message()).isEqualTo("function " + function + " does not exist");
        assertThat(failure.position()).isEqualTo(position);
        assertThat(connection.unwrap(PGConnection.class).getBackendPID()).isPositive();
    }

    @Test
    void argumentsByPositionStandBeforeNamedOnes() throws SQLException {
        assertThat(fail("SELECT pg_background_launch(sql => 'SELECT 1', 65536)").state()).isEqualTo("42601");
        assertThat(fail("SELECT pg_background_launch(sql => 'SELECT 1', sql => 'SELECT 2')").state())
                .isEqualTo("42601");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "SELECT pg_background_launch(nothing) ~ 42703 ~ 29",
        "SELECT 1; SELECT pg_background_launch('a' || nothing, 7) ~ 42703 ~ 46",
        "SELECT pg_background_launch('a' IS) ~ 42601 ~ 35",
        "SELECT pg_background_launch('x', 'many') ~ 22P02 ~ 34",
        "SELECT pg_background_result('one') ~ 22P02 ~ 29"
    })
    void errorsInArgumentsAreTheServersWithTheirPosition(String sql, String state, int position) throws SQLException {
        Failure failure = fail(sql);
        assertThat(failure.state()).isEqualTo(state);
        assertThat(failure.position()).isEqualTo(position);
    }

    @Test
    void aValueThatCannotBeEvaluatedFailsTheCall() throws SQLException {
        assertThat(fail("SELECT pg_background_launch('SELECT 1', 1 / 0)").state()).isEqualTo("22012");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "63 ~ queue size must be at least 64 bytes",
        "1 ~ queue size must be at least 64 bytes",
        "268435457 ~ queue size must not exceed 268435456 bytes"
    })
    void queueSizeHasLimits(int size, String message) throws SQLException {
        Failure failure = fail("SELECT pg_background_launch('SELECT 1', " + size + ")");
        assertThat(failure.state()).isEqualTo("22023");
        assertThat(failure.message()).isEqualTo(message);
    }

    @Test
    void launchReturnsNoRecord() throws SQLException {
        Failure typed = fail("SELECT * FROM pg_background_launch('SELECT 1') AS t(a int)");
        assertThat(typed.state()).isEqualTo("42601");
        assertThat(typed.message())
                .isEqualTo("a column definition list is only allowed for functions returning \"record\"");
        Failure tooMany = fail("SELECT * FROM pg_background_launch('SELECT 1') AS t(a, b)");
        assertThat(tooMany.state()).isEqualTo("42P10");
        assertThat(tooMany.message()).isEqualTo("table \"t\" has 1 columns available but 2 columns specified");
    }

    // Result

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "SELECT * FROM pg_background_result(#) AS t(a int, b text) ~ a,b",
        "SELECT * FROM pg_background_result(#) t(a int, b text) ~ a,b",
        "SELECT * FROM pg_background_result(#) AS (a int, b text) ~ a,b",
        "SELECT * FROM pg_background_result(#) AS t(\"A b\" integer, c pg_catalog.text) ~ A b,c",
        "SELECT * FROM Public.PG_Background_Result(pid => #) AS T(A INT4, B TEXT); ~ a,b",
        "SELECT * FROM pg_background_result(#) AS t(a int, b text COLLATE \"C\") ~ a,b",
        "SELECT * FROM pg_background_result(#) ~ id,name",
        "SELECT * FROM pg_background_result(#) AS t ~ id,name",
        "SELECT * FROM pg_background_result(#) t ~ id,name",
        "SELECT * FROM pg_background_result(#) AS t(a, b) ~ a,b",
        "SELECT * FROM pg_background_result(#) t(a) ~ a,name",
        "SELECT pg_background_result(#) ~ id,name",
        "SELECT pg_background_result(#) AS r ~ id,name",
        "{call pg_background_result(#)} ~ id,name"
    })
    void resultHasTheRowsUnderTheNamesGiven(String sql, String labels) throws SQLException {
        int pid = launch("SELECT 7 AS id, 'x'::text AS name");
        assertThat(query(sql.replace("#", String.valueOf(pid))))
                .isEqualTo(new Grid(List.of(labels.split(",")), List.of("int4", "text"), List.of(List.of("7", "x"))));
    }

    @Test
    void oneColumnOfASelectedResultTakesTheAlias() throws SQLException {
        assertThat(query("SELECT pg_background_result(" + launch("SELECT 7 AS n") + ") AS seven"))
                .isEqualTo(grid("seven", "int4", "7"));
        assertThat(query("SELECT pg_background_result(" + launch("SELECT 7 AS n") + ")"))
                .isEqualTo(grid("n", "int4", "7"));
    }

    @Test
    void launchAndResultNest() throws SQLException {
        assertThat(query("SELECT * FROM pg_background_result(pg_background_launch('SELECT 7')) AS (n int)"))
                .isEqualTo(grid("n", "int4", "7"));
        assertThat(query("SELECT * FROM pg_background_result(pid => (pg_background_launch(sql => 'VACUUM item')))"
                + " AS (tag text)")).isEqualTo(grid("tag", "text", "VACUUM"));
        assertThat(query("SELECT pg_background_result(pg_background_launch('SELECT 7 AS n', 1024))"))
                .isEqualTo(grid("n", "int4", "7"));
    }

    @Test
    void aResultIsReadOnce() throws SQLException {
        int pid = launch("SELECT 1");
        query("SELECT * FROM pg_background_result(" + pid + ") AS (n int)");
        Failure again = fail("SELECT * FROM pg_background_result(" + pid + ") AS (n int)");
        assertThat(again.state()).isEqualTo("42704");
        assertThat(again.message()).isEqualTo("PID " + pid + " is not attached to this session");
        assertThat(fail("SELECT pg_background_detach(" + pid + ")").message()).isEqualTo(again.message());
    }

    @Test
    void anUnknownPidIsNotAttached() throws SQLException {
        for (String sql : List.of("SELECT * FROM pg_background_result(-1) AS (n int)",
                "SELECT pg_background_result(-1)", "SELECT pg_background_detach(-1)")) {
            assertThat(fail(sql).state()).isEqualTo("42704");
            assertThat(fail(sql).message()).isEqualTo("PID -1 is not attached to this session");
        }
    }

    @Test
    void anotherSessionsJobIsNotAttached() throws SQLException {
        int pid = launch("SELECT 1");
        try (Connection other = database.connect()) {
            assertThat(Failure.of(other, "SELECT pg_background_result(" + pid + ")").state()).isEqualTo("42704");
        }
        assertThat(query("SELECT pg_background_result(" + pid + ")").value()).isEqualTo("1");
    }

    @Test
    void theJobsErrorIsThrownAtTheReader() throws SQLException {
        int pid = launch("INSERT INTO item VALUES (1, 'a'); SELECT 1 / 0");
        Failure failure = fail("SELECT * FROM pg_background_result(" + pid + ") AS (n int)");
        assertThat(failure.state()).isEqualTo("22012");
        assertThat(failure.message()).isEqualTo("division by zero");
        assertThat(failure.context()).isEqualTo("background worker, pid " + pid);
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("0");
    }

    @Test
    void theJobsErrorKeepsAllItsFields() throws SQLException {
        database.execute("CREATE TABLE IF NOT EXISTS odd (id int, CONSTRAINT is_odd CHECK (id % 2 = 1))");
        int pid = launch("INSERT INTO odd VALUES (2)");
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_background_result(" + pid + ")");
            throw new AssertionError("It does not fail");
        } catch (PSQLException e) {
            assertThat(e.getSQLState()).isEqualTo("23514");
            assertThat(e.getServerErrorMessage().getConstraint()).isEqualTo("is_odd");
            assertThat(e.getServerErrorMessage().getTable()).isEqualTo("odd");
            assertThat(e.getServerErrorMessage().getSchema()).isEqualTo("public");
            assertThat(e.getServerErrorMessage().getDetail()).startsWith("Failing row contains");
            assertThat(e.getServerErrorMessage().getWhere()).endsWith("background worker, pid " + pid);
            assertThat(e.getMessage()).contains("is_odd").contains("background worker, pid " + pid);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT nothing FROM item ~ 42703 ~ 8",
        "DELETE FROM item; SELECT nothing FROM item ~ 42703 ~ 26",
        "DELETE FROM nothing; SELECT 1 ~ 42P01 ~ 13",
        "DELETE FROM item; DELETE FROM nothing ~ 42P01 ~ 31",
        "SELECT 1; SELEKT 2 ~ 42601 ~ 11",
        "SELECT ( ~ 42601 ~ 9"
    })
    void theJobsErrorPointsIntoTheJobsText(String job, String state, int position) throws SQLException {
        Failure failure = failedRun(job, "n int");
        assertThat(failure.state()).isEqualTo(state);
        assertThat(failure.position()).isEqualTo(position);
    }

    // Column definition lists

    @Test
    void columnsAreOfTheTypesDeclared() throws SQLException {
        Grid row = run("""
                SELECT 1.50::numeric(10,2), 'abc'::varchar(5), ARRAY[1,2], ARRAY['a','b,c'], 'ok'::mood,
                  ROW(1,'x')::pair, '2024-01-02 03:04:05+00'::timestamptz, 7::posint, true, 1::float8, '\\x01'::bytea,
                  interval '1 day', '{"a":1}'::jsonb, 'c'::"char", B'101'::bit(3), 'z'::char(3)""",
                "a numeric(10,2), b varchar(5), c int[], d text array, e mood, f pair, g timestamp with time zone, "
                        + "h posint, i bool, j double precision, k bytea, l interval, m jsonb, n \"char\", o bit(3), "
                        + "p character(3)");
        assertThat(row.types()).containsExactly("numeric", "varchar", "_int4", "_text", "mood", "pair", "timestamptz",
                "int4", "bool", "float8", "bytea", "interval", "jsonb", "char", "bit", "bpchar");
        assertThat(row.rows().get(0)).startsWith("1.50", "abc", "{1,2}", "{a,\"b,c\"}", "ok", "(1,x)")
                .endsWith("7", "t", "1", "\\x01", "1 day", "{\"a\": 1}", "c", "101", "z  ");
    }

    @Test
    void valuesAreReadAsTheirTypes() throws SQLException {
        int pid = launch("SELECT 1.50::numeric(10,2), ARRAY[1,2], '2024-01-02 03:04:05+00'::timestamptz, 'ok'::mood");
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + pid
                        + ") AS t(a numeric(10,2), b int[], c timestamptz, d mood)")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getBigDecimal("a")).isEqualByComparingTo("1.50");
            Array array = rows.getArray("b");
            assertThat((Integer[]) array.getArray()).containsExactly(1, 2);
            assertThat(rows.getObject("c", OffsetDateTime.class)).isEqualTo(OffsetDateTime.parse(
                    "2024-01-02T03:04:05Z"));
            assertThat(rows.getObject("d")).isEqualTo("ok");
            ResultSetMetaData columns = rows.getMetaData();
            assertThat(columns.getPrecision(1)).isEqualTo(10);
            assertThat(columns.getScale(1)).isEqualTo(2);
            assertThat(columns.getColumnType(2)).isEqualTo(Types.ARRAY);
            assertThat(columns.getColumnClassName(1)).isEqualTo("java.math.BigDecimal");
            assertThat(rows.getStatement()).isSameAs(statement);
        }
    }

    @Test
    void aDomainMatchesItsBaseType() throws SQLException {
        assertThat(run("SELECT 7::posint", "n int")).isEqualTo(grid("n", "int4", "7"));
        assertThat(run("SELECT 7", "n posint")).isEqualTo(grid("n", "int4", "7"));
        assertThat(run("SELECT 'x'::text", "s required")).isEqualTo(grid("s", "text", "x"));
    }

    @Test
    void theTypeModifierOfTheListWins() throws SQLException {
        assertThat(run("SELECT 1.25::numeric", "n numeric(10,2)").value()).isEqualTo("1.25");
        assertThat(run("SELECT 'abc'::varchar(3)", "s varchar(5)").value()).isEqualTo("abc");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "SELECT 1 ~ a text ~ Column \"a\" is declared as text, but the job returned integer.",
        "SELECT 1, 'x'::text ~ a int, b varchar(5) ~ Column \"b\" is declared as character varying, "
                + "but the job returned text.",
        "SELECT 'ok'::mood ~ a text ~ Column \"a\" is declared as text, but the job returned mood.",
        "SELECT ARRAY[1] ~ a int8[] ~ Column \"a\" is declared as bigint[], but the job returned integer[].",
        "SELECT 1, 2 ~ a int ~ The job returned 2 columns, the column definition list has 1.",
        "SELECT 1 ~ a int, b int ~ The job returned 1 columns, the column definition list has 2.",
        "SELECT 1 WHERE false ~ a text ~ Column \"a\" is declared as text, but the job returned integer.",
    })
    void typesThatDifferAreRefused(String job, String columns, String detail) throws SQLException {
        Failure failure = failedRun(job, columns);
        assertThat(failure.state()).isEqualTo("42804");
        assertThat(failure.message())
                .isEqualTo("remote query result rowtype does not match the specified FROM clause rowtype");
        assertThat(failure.detail()).isEqualTo(detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a int", "a text, b text", "a varchar"})
    void tagsFitOnlyOneTextColumn(String columns) throws SQLException {
        Failure failure = failedRun("VACUUM item", columns);
        assertThat(failure.state()).isEqualTo("42804");
        assertThat(failure.message()).isEqualTo(
                "remote query did not return a result set, but result rowtype is not a single text column");
    }

    @Test
    void aColumnNameStandsOnce() throws SQLException {
        Failure failure = failedRun("SELECT 1, 2", "a int, A int");
        assertThat(failure.state()).isEqualTo("42701");
        assertThat(failure.message()).isEqualTo("column name \"a\" specified more than once");
    }

    @Test
    void anUnknownTypeIsTheServersError() throws SQLException {
        int pid = launch("SELECT 1");
        Failure failure = fail("SELECT * FROM pg_background_result(" + pid + ") AS t(a int, b nothing)");
        assertThat(failure.state()).isEqualTo("42704");
        assertThat(failure.message()).isEqualTo("type \"nothing\" does not exist");
        assertThat(failure.position()).isEqualTo(52 + String.valueOf(pid).length());
        assertThat(query("SELECT pg_background_result(" + pid + ")").value())
                .as("the job was not read").isEqualTo("1");
    }

    @Test
    void aWrongListLaunchesNothing() throws SQLException {
        assertThat(fail("SELECT * FROM pg_background_result(pg_background_launch('INSERT INTO item VALUES (1)'))"
                + " AS t(a nothing)").state()).isEqualTo("42704");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("0");
    }

    @Test
    void moreNamesThanColumnsAreRefused() throws SQLException {
        Failure failure = fail("SELECT * FROM pg_background_result(" + launch("SELECT 1") + ") AS t(a, b)");
        assertThat(failure.state()).isEqualTo("42P10");
        assertThat(failure.message()).isEqualTo("table \"t\" has 1 columns available but 2 columns specified");
    }

    // What a job gives

    @Test
    void tagsAreOnePerStatement() throws SQLException {
        assertThat(run("INSERT INTO item VALUES (1,'a'),(2,'b'); UPDATE item SET name = 'c' WHERE id = 1; SELECT 5;"
                + "CREATE TEMP TABLE t AS SELECT generate_series(1, 5); DELETE FROM item", "tag text"))
                .isEqualTo(grid("tag", "text", "INSERT 0 2", "UPDATE 1", "SELECT 1", "SELECT 5", "DELETE 2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "VACUUM item ~ VACUUM",
        "CREATE INDEX CONCURRENTLY ON item (id) ~ CREATE INDEX",
        "INSERT INTO item VALUES (1,'a') ~ INSERT 0 1",
        "DO 'BEGIN END' ~ DO",
        "CREATE TABLE IF NOT EXISTS item (id int) ~ CREATE TABLE",
        "SELECT 1 AS n INTO TEMP made ~ SELECT 1",
        "SET work_mem = '1MB' ~ SET"
    })
    void oneStatementsTag(String job, String tag) throws SQLException {
        Grid tags = run(job);
        assertThat(tags.types()).containsExactly("text");
        assertThat(tags.value()).isEqualTo(tag);
        assertThat(run(job, "t text")).isEqualTo(grid("t", "text", tag));
    }

    @Test
    void onlyTheLastRowsComeBack() throws SQLException {
        assertThat(run("SELECT 1; SELECT 2, 3; INSERT INTO item VALUES (9, 'x'); SELECT 4 AS n, 5 AS m"))
                .isEqualTo(new Grid(List.of("n", "m"), List.of("int4", "int4"), List.of(List.of("4", "5"))));
        assertThat(run("INSERT INTO item VALUES (1, 'a') RETURNING name", "n text"))
                .isEqualTo(grid("n", "text", "a"));
        assertThat(run("SELECT 1 WHERE false", "n int"))
                .isEqualTo(new Grid(List.of("n"), List.of("int4"), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHOW TimeZone", "EXPLAIN (COSTS false) SELECT 1", "VALUES ('a'), ('b')", "TABLE item",
        "WITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)", "/* c */ select 1", "CALL given(1)"})
    @SinceRelease(value = 11, because = "procedures")
    void rowsOfEveryKindOfStatement(String job) throws SQLException {
        try (Connection raw = database.connectRaw()) {
            assertThat(run(job)).isEqualTo(Grid.query(raw, job));
        }
    }

    @Test
    void eachStatementSeesTheOnesBefore() throws SQLException {
        assertThat(run("INSERT INTO item VALUES (1, 'a'); SELECT count(*)::int FROM item", "n int").value())
                .isEqualTo("1");
        assertThat(run("CREATE TABLE fresh (id int); INSERT INTO fresh VALUES (1); DROP TABLE fresh").values())
                .containsExactly("CREATE TABLE", "INSERT 0 1", "DROP TABLE");
    }

    @Test
    void severalStatementsAreOneTransaction() throws SQLException {
        assertThat(failedRun("INSERT INTO item VALUES (1, 'a'); VACUUM; VACUUM", "t text").state()).isEqualTo("25001");
        assertThat(failedRun("VACUUM; VACUUM", "t text").state()).isEqualTo("25001");
        assertThat(failedRun("INSERT INTO item VALUES (1, 'a'); DELETE FROM nothing", "t text").state())
                .isEqualTo("42P01");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT a",
        "RELEASE a", "PREPARE TRANSACTION 'x'", "INSERT INTO item VALUES (1, 'a'); COMMIT", "COMMIT; SELECT 1",
        "/* a */ begin", "COMMIT AND CHAIN", "ROLLBACK TO a", "COMMIT PREPARED 'x'"})
    void transactionStatementsAreRefused(String job) throws SQLException {
        Failure failure = failedRun(job, "t text");
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message())
                .isEqualTo("transaction control statements are not allowed in pg_background");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY item FROM STDIN", "COPY item TO STDOUT", "COPY (SELECT 1) TO STDOUT",
        "copy item from stdin with (format csv)"})
    void copyWithTheClientIsRefused(String job) throws SQLException {
        Failure failure = failedRun(job, "t text");
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).isEqualTo("COPY protocol not allowed in pg_background");
    }

    @Test
    @SinceRelease(value = 11, because = "procedures")
    void aProcedureMayCommit() throws SQLException {
        assertThat(failedRun("CALL fill()", "t text").message()).isEqualTo("too late");
        assertThat(query("SELECT name FROM item").value()).isEqualTo("kept");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", ";;", " ; ; ", "-- nothing", "/* nothing */ ;"})
    void anEmptyTextGivesNothing(String job) throws SQLException {
        assertThat(run(job).rows()).isEmpty();
        assertThat(run(job, "tag text")).isEqualTo(new Grid(List.of("tag"), List.of("text"), List.of()));
    }

    // Detach

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT pg_background_detach(#) ~ pg_background_detach",
        "SELECT pg_background_detach(#) AS done ~ done",
        "SELECT * FROM pg_background_detach(pid => #) ~ pg_background_detach",
        "SELECT * FROM pg_background_detach(#) d ~ d",
        "{call pg_background_detach(#)} ~ result"
    })
    void detachGivesVoid(String sql, String label) throws Exception {
        int pid = launch("INSERT INTO item VALUES (1, 'a')");
        Grid detached = query(sql.replace("#", String.valueOf(pid)));
        assertThat(detached).isEqualTo(grid(label, "void", ""));
        assertThat(fail("SELECT pg_background_result(" + pid + ")").state()).isEqualTo("42704");
        Await.until("the job commits", PATIENCE,
                () -> query("SELECT count(*) FROM item").value().equals("1"));
    }

    @Test
    void voidIsWhatPgjdbcMakesOfIt() throws SQLException {
        try (Connection raw = database.connectRaw(); Statement sleep = raw.createStatement();
                ResultSet expected = sleep.executeQuery("SELECT pg_catalog.pg_sleep(0)");
                Statement statement = connection.createStatement();
                ResultSet actual = statement.executeQuery("SELECT pg_background_detach(" + launch("SELECT 1") + ")")) {
            assertThat(expected.next()).isTrue();
            assertThat(actual.next()).isTrue();
            assertThat(actual.getObject(1)).isEqualTo(expected.getObject(1));
            assertThat(actual.getMetaData().getColumnType(1)).isEqualTo(expected.getMetaData().getColumnType(1));
        }
    }

    @Test
    void launchAndDetachNest() throws Exception {
        assertThat(query("SELECT pg_background_detach(pg_background_launch('INSERT INTO item VALUES (1)'))").value())
                .isEmpty();
        assertThat(query("SELECT pg_background_detach(pg_background_launch("
                + "'INSERT INTO item VALUES (' || generate_series(2, 3)::text || ')'))").values())
                .containsExactly("", "");
        Await.until("the jobs commit", PATIENCE, () -> query("SELECT count(*) FROM item").value().equals("3"));
    }
}
