package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * A value gets the modifier of the column definition list as if it were put into a column of that type: it is rounded
 * or padded, or does not fit. The same wherever the call stands.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class ColumnListsIT extends WithConnection {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** The domain's constraint takes a minute for this value. */
    private static final String SLOW = "SELECT * FROM pg_background_result(pg_background_launch("
            + "'SELECT g FROM generate_series(1, %d) AS g', 64)) AS (v slow)";

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE DOMAIN posint AS int CHECK (int4gt(VALUE, 0));
                CREATE DOMAIN small AS posint CHECK (int4lt(VALUE, 100));
                CREATE DOMAIN required AS text NOT NULL;
                CREATE DOMAIN code AS varchar(3);
                CREATE TABLE fitted (v varchar(3));
                CREATE FUNCTION checked(n int) RETURNS bool LANGUAGE plpgsql AS $$
                BEGIN
                  IF int4eq(n, 3000) THEN
                    PERFORM pg_catalog.pg_sleep(60);
                  END IF;
                  RETURN true;
                END $$;
                CREATE DOMAIN slow AS int CHECK (checked(VALUE));
                """);
    }

    private void awaitConstraint() throws Exception {
        int backend = connection.unwrap(PGConnection.class).getBackendPID();
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitSleep(backend);
        }
    }

    @Test
    @SinceRelease(value = 10, because = "the server shows what sleeps")
    void cancellingEndsTheFittingOfLaterRows() throws Exception {
        try (Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery(String.format(SLOW, 20_000));
            Running<Boolean> reading = Running.start(() -> {
                boolean more = true;
                while (more) {
                    more = rows.next();
                }
                return true;
            });
            awaitConstraint();
            statement.cancel();
            assertThat(reading.failure(SOON).getSQLState()).isEqualTo("57014");
        }
        assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }

    @Test
    void cancellingAndTheQueryTimeOutEndTheFittingOfTheFirstRows() throws Exception {
        try (Statement statement = connection.createStatement()) {
            String sql = "SELECT * FROM pg_background_result(pg_background_launch('SELECT 3000')) AS (v slow)";
            Running<Boolean> executing = Running.start(() -> statement.execute(sql));
            awaitConstraint();
            statement.cancel();
            assertThat(executing.failure(SOON).getSQLState()).isEqualTo("57014");
            statement.setQueryTimeout(1);
            assertThat(Sql.stateOf(() -> statement.execute(sql))).isEqualTo("57014");
        }
        assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }

    /** The same call in several places: as the whole statement, in a query, in a DO block, in a prepared statement. */
    private List<String> places(String job, String columns) throws SQLException {
        String call = "pg_background_result(pg_background_launch($job$" + job + "$job$)) AS t(" + columns + ")";
        return List.of("SELECT * FROM " + call, "SELECT t.* FROM " + call + " WHERE true",
                Releases.adapt(connection, "WITH w AS MATERIALIZED (SELECT * FROM " + call + ") SELECT * FROM w"),
                "SELECT * FROM ROWS FROM (pg_background_result(pg_background_launch($job$" + job + "$job$)) AS ("
                        + columns + ")) AS t");
    }

    private String inBlock(String job, String columns) {
        return "DO $do$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch($job$" + job + "$job$)) AS t("
                + columns + "); END $do$";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "1.239::numeric ~ numeric(5,2) ~ 1.24", "1.239::numeric(7,3) ~ numeric(5,2) ~ 1.24",
        "'ab'::bpchar ~ char(10) ~ `ab        `", "'ab'::varchar ~ varchar(3) ~ ab",
        "'abc  '::varchar ~ varchar(3) ~ abc",
        "'2024-01-02 03:04:05.678'::timestamp ~ timestamp(0) ~ 2024-01-02 03:04:06",
        "'2024-01-02 03:04:05.678+00'::timestamptz ~ timestamp(1) with time zone ~ 2024-01-02 03:04:05.7+00",
        "'03:04:05.678'::time ~ time(0) ~ 03:04:06", "'1 day 04:05:06'::interval ~ interval day ~ 1 day",
        "'1 day 04:05:06.789'::interval ~ interval(1) ~ 1 day 04:05:06.8", "B'101'::varbit ~ varbit(4) ~ 101",
        "ARRAY[1.239, NULL] ~ numeric(5,2)[] ~ {1.24,NULL}", "'{ab}'::bpchar[] ~ char(3)[] ~ `{\"ab \"}`",
        "NULL::numeric ~ numeric(5,2) ~ null", "7 ~ posint ~ 7", "7 ~ small ~ 7", "'x'::text ~ required ~ x",
        "'abc'::varchar ~ code ~ abc", "'{1,2}'::int[] ~ int[] ~ {1,2}"
    })
    void aValueIsFittedIntoTheColumn(String value, String type, String fitted) throws SQLException {
        run("SET timezone = 'UTC'");
        for (String statement : places("SELECT " + value, "v " + type)) {
            assertThat(Sql.rows(connection, statement)).as(statement).containsExactly(fitted);
        }
        for (String statement : places("SELECT 1, " + value + ", '{\"a\": [1]}'::jsonb, '\"x\"'::json FROM"
                + " generate_series(1, 2)", "i int, v " + type + ", j jsonb, k json")) {
            assertThat(Sql.rows(connection, statement)).as(statement).containsExactly(
                    "1," + fitted + ",{\"a\": [1]},\"x\"", "1," + fitted + ",{\"a\": [1]},\"x\"");
        }
    }

    private void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "'abcdef'::varchar ~ varchar(3) ~ 22001", "'abcdef'::bpchar ~ char(3) ~ 22001", "B'1010' ~ bit(3) ~ 22026",
        "'abcdef'::varchar(6) ~ varchar(3) ~ 22001", "B'10101'::varbit ~ varbit(3) ~ 22001",
        "'{abcdef}'::varchar[] ~ varchar(3)[] ~ 22001", "'{1010}'::bit(4)[] ~ bit(3)[] ~ 22026",
        "1234.5::numeric ~ numeric(5,2) ~ 22003", "-5 ~ posint ~ 23514", "500 ~ small ~ 23514",
        "NULL::text ~ required ~ 23502", "'abcd'::varchar ~ code ~ 22001", "'abc'::varchar ~ char(3) ~ 42804",
        "'1'::text ~ posint ~ 42804", "'abc'::text ~ code ~ 42804", "'abc'::text ~ varchar(3) ~ 42804"
    })
    void aValueThatDoesNotFitIsRefused(String value, String type, String state) throws SQLException {
        for (String statement : places("SELECT " + value, "v " + type)) {
            assertThat(Sql.stateOf(connection, statement)).as(statement).isEqualTo(state);
        }
        assertThat(Sql.stateOf(connection, inBlock("SELECT " + value, "v " + type))).isEqualTo(state);
        run("PREPARE p AS " + places("SELECT " + value, "v " + type).get(1));
        assertThat(Sql.stateOf(connection, "EXECUTE p")).isEqualTo(state);
    }

    @Test
    void manyRowsAreFitted() throws SQLException {
        String job = "SELECT g, '1.239'::numeric FROM generate_series(1, 100000) AS g";
        List<String> statements = places(job, "g int, n numeric(5,2)");
        for (String statement : List.of(statements.get(0), statements.get(1))) {
            List<String> rows = Sql.rows(connection, statement);
            assertThat(rows).hasSize(100000).startsWith("1,1.24").endsWith("100000,1.24");
        }
    }

    @Test
    void aMisfitInALaterWindowIsTheErrorOfTheReader() throws SQLException {
        String job = "SELECT CASE WHEN int4eq(g, 90000) THEN 'abcdef' ELSE 'abc' END::varchar FROM"
                + " generate_series(1, 100000) AS g";
        for (String statement : places(job, "v varchar(3)")) {
            assertThat(Sql.stateOf(() -> Sql.rows(connection, statement))).isEqualTo("22001");
        }
        run("SELECT pg_background_detach_all()");
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void noRowsComeBehindAMisfit() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(pg_background_launch("
                        + "'SELECT (CASE WHEN g = 3000 THEN ''long'' ELSE ''x'' END)::varchar FROM generate_series(1,"
                        + " 100000) AS g', 64)) AS t(v varchar(3))")) {
            assertThat(Sql.stateOf(() -> {
                while (rows.next()) {
                    assertThat(rows.getString(1)).isEqualTo("x");
                }
            })).isEqualTo("22001");
            assertThat(rows.next()).as("rows for a reader that goes on").isFalse();
        }
    }

    @Test
    void severalListsInOneStatementAreKeptApart() throws SQLException {
        assertThat(Sql.rows(connection, "SELECT a.v, b.v, c.v FROM pg_background_result(pg_background_launch("
                + "'SELECT 1.239')) AS a(v numeric(5,2)), pg_background_result(pg_background_launch('SELECT 1.239'))"
                + " AS b(v numeric(5,1)), pg_background_result(pg_background_launch('SELECT 1.239')) AS c(v numeric)"))
                .containsExactly("1.24,1.2,1.239");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v anyelement", "v SETOF int", "v anyarray", "v cstring", "v trigger", "v \"any\""})
    void aListOfNoTypesIsRefused(String columns) throws SQLException {
        String server = Sql.stateOf(connection, "SELECT * FROM json_to_record('{}') AS t(" + columns + ")");
        assertThat(server).isEqualTo("42P16");
        for (String statement : places("SELECT 1", columns)) {
            assertThat(Sql.stateOf(connection, statement)).as(statement).isEqualTo(server);
        }
        assertThat(Sql.stateOf(connection, "SELECT * FROM pg_background_run_query('SELECT 1', col_def => '" + columns
                + "')")).isEqualTo(server);
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void anErrorOfTheListPointsIntoTheStatement() throws SQLException {
        String statement = places("SELECT 1", "v int, w nothing").get(0);
        Failure failure = Failure.of(connection, statement);
        assertThat(failure.state()).isEqualTo("42704");
        assertThat(failure.position()).isEqualTo(statement.indexOf("nothing") + 1);
        assertThat(Sql.stateOf(connection, places("SELECT 1", "v int, v int").get(0))).isEqualTo("42701");
    }

    // Calls whose text the driver does not see when they are made

    @Test
    @SinceRelease(value = 10, because = "DROP FUNCTION of several")
    void aListInStoredCodeIsHonouredToo() throws SQLException {
        run("CREATE EXTENSION pg_background");
        database.execute("""
                CREATE FUNCTION stored(job text) RETURNS text LANGUAGE plpgsql AS $f$
                DECLARE
                  found text;
                BEGIN
                  SELECT v INTO found FROM pg_background_result(pg_background_launch(job)) AS r(v varchar(3));
                  RETURN found;
                END $f$;
                CREATE FUNCTION stored_domain(job text) RETURNS int LANGUAGE sql AS
                  'SELECT n FROM pg_background_result(pg_background_launch(job)) AS r(n posint)';
                CREATE VIEW stored_view AS SELECT t.* FROM
                  pg_background_result(pg_background_launch('SELECT 1.239')) AS t(n numeric(6,2));
                """);
        try (Connection other = database.connect()) {
            assertThat(Sql.value(other, "SELECT stored('SELECT ''abc''::varchar')")).isEqualTo("abc");
            assertThat(Sql.stateOf(other, "SELECT stored('SELECT ''abcd''::varchar')")).isEqualTo("22001");
            assertThat(Sql.stateOf(other, "SELECT stored('SELECT 1')")).isEqualTo("42804");
            assertThat(Sql.value(other, "SELECT stored_domain('SELECT 7')")).isEqualTo("7");
            assertThat(Sql.stateOf(other, "SELECT stored_domain('SELECT -7')")).isEqualTo("23514");
            assertThat(Sql.value(other, "SELECT n FROM stored_view")).isEqualTo("1.24");
        }
        run("DROP EXTENSION pg_background CASCADE");
        database.execute("DROP FUNCTION stored, stored_domain");
    }

    @Test
    @SinceRelease(value = 10, because = "literals are of type text")
    void aListOfAnotherRolesStoredCodeRunsNothingOfIt() throws SQLException {
        String role = database.name() + "_planter";
        run("CREATE EXTENSION pg_background; CREATE ROLE " + role + " LOGIN; CREATE SCHEMA planted AUTHORIZATION "
                + role);
        try (Connection planter = database.connectRawAs(role)) {
            Sql.run(planter, """
                    CREATE FUNCTION planted.spring(int) RETURNS bool LANGUAGE plpgsql AS $f$
                    BEGIN
                      RAISE EXCEPTION 'sprung as %', current_user USING ERRCODE = 'TRAP1';
                    END $f$;
                    CREATE DOMAIN planted.trap AS int CHECK (planted.spring(VALUE));
                    CREATE FUNCTION planted.bait() RETURNS text LANGUAGE sql AS $f$
                      SELECT $q$SELECT * FROM pg_background_result(1) AS r(n planted.trap);
                        SELECT * FROM pg_background_result(1) AS r(n numeric(5000))$q$
                    $f$;
                    """);
        }
        database.execute("""
                CREATE FUNCTION unsuspecting() RETURNS text LANGUAGE plpgsql AS $f$
                BEGIN
                  RETURN (SELECT n FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(n text));
                END $f$
                """);
        try (Connection other = database.connect()) {
            assertThat(Sql.stateOf(other, "SELECT unsuspecting()")).isEqualTo("42804");
            assertThat(Sql.stateOf(other, "SELECT n, 1 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                    + " AS r(n varchar(3))")).isEqualTo("42804");
            assertThat(Sql.stateOf(other, "SELECT n, 1 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                    + " AS r(n planted.trap)")).isEqualTo("TRAP1");
        } finally {
            run("DROP EXTENSION pg_background; DROP FUNCTION unsuspecting; DROP OWNED BY " + role + " CASCADE;"
                    + " DROP ROLE " + role);
        }
    }
}
