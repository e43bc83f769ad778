package io.pgbg.protectedapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PGobject;

/** What SQL does with the protected API, wherever the functions are. */
abstract class ComposedCases {

    final TestDatabase database;
    Connection connection;

    ComposedCases(TestDatabase database) {
        this.database = database;
    }

    Connection open(String... parameters) throws SQLException {
        return database.connect(parameters);
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = open();
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    String value(String sql) throws SQLException {
        return Sql.value(connection, sql);
    }

    List<String> rows(String sql) throws SQLException {
        return Sql.rows(connection, Releases.adapt(connection, sql));
    }

    void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    Failure failure(String sql) throws SQLException {
        return Failure.of(connection, sql);
    }

    /** Launches a job in a way that only the server can, and gives its handle as {@code pid, cookie}. */
    String launch(String sql) throws SQLException {
        return rows("SELECT h.pid, h.cookie FROM pg_background_launch_v2($job$" + sql + "$job$) AS h").get(0);
    }

    /** The same, and waits for its end. */
    String ended(String sql) throws SQLException {
        String handle = launch(sql);
        run("SELECT 1 FROM pg_background_wait_v2(" + handle + ") AS w");
        return handle;
    }

    // ---- handles in all their forms

    @Test
    void aHandleIsOneValueOrTwoColumns() throws SQLException {
        assertThat(value("SELECT (h).pid > 0 AND (h).cookie <> 0 FROM (SELECT pg_background_launch_v2('SELECT 1') AS h"
                + " OFFSET 0) AS l")).isEqualTo("t");
        assertThat(Grid.query(connection, "SELECT (l.h).* FROM (SELECT pg_background_submit_v2('SELECT 1') AS h"
                + " OFFSET 0) AS l").types()).containsExactly("int4", "int8");
        assertThat(Grid.query(connection, "SELECT l.* FROM pg_background_launch_v2('SELECT 1') AS l").labels())
                .containsExactly("pid", "cookie");
        assertThat(value("SELECT l::text FROM pg_background_launch_v2('SELECT 1', label => 'one') AS l"))
                .matches("\\(\\d+,-?\\d+\\)");
    }

    @Test
    void aHandleComesAsAnObject() throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT pg_background_launch_v2('SELECT 7') AS h, 1 AS other")) {
            row.next();
            PGobject handle = (PGobject) row.getObject(1);
            assertThat(handle.getType()).endsWith("pg_background_handle");
            try (PreparedStatement read = connection.prepareStatement(
                    "SELECT x + 0 FROM (SELECT (?::pg_background_handle).*) AS h,"
                            + " pg_background_result_v2(h.pid, h.cookie) AS (x int)")) {
                read.setObject(1, handle.getValue(), Types.OTHER);
                try (ResultSet result = read.executeQuery()) {
                    assertThat(Sql.rows(result)).containsExactly("7");
                }
            }
        }
    }

    @Test
    void handlesStandInTablesArraysAndSubqueries() throws SQLException {
        run("CREATE TEMP TABLE jobs (name text, h pg_background_handle, hs pg_background_handle[])");
        run("INSERT INTO jobs (name, h) SELECT 'job ' || n::text, pg_background_launch_v2('SELECT ' || n::text,"
                + " label => 'job ' || n::text) FROM generate_series(1, 3) AS n");
        run("UPDATE jobs SET hs = ARRAY(SELECT h FROM jobs ORDER BY name)");
        assertThat(rows("SELECT name, x FROM jobs, LATERAL pg_background_result((h).pid, (h).cookie) AS r(x int)"
                + " WHERE h OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest(hs) FROM jobs) ORDER BY 1"))
                .containsExactly("job 1,1", "job 2,2", "job 3,3");
        assertThat(value("SELECT (hs[2]).pid = (h).pid FROM jobs WHERE name = 'job 2'")).isEqualTo("t");
    }

    @Test
    void theTypeIsFoundUnderEveryWriting() throws SQLException {
        for (String type : List.of("pg_background_handle", "PG_Background_Handle", "\"pg_background_handle\"",
                "public.pg_background_handle", "\"public\" . pg_background_handle")) {
            assertThat(value("SELECT ('(5,6)'::" + type + ").cookie")).as(type).isEqualTo("6");
            assertThat(value("SELECT (CAST('(5,6)' AS " + type + ")).pid")).as(type).isEqualTo("5");
            assertThat(value("SELECT (('{\"(5,6)\"}'::" + type + "[])[1]).pid")).as(type).isEqualTo("5");
            run("DO $do$ DECLARE h " + type + "; hs " + type + "[] := ARRAY[ROW(1, 2)::" + type + "]; BEGIN"
                    + " h := hs[1]; ASSERT h.cookie = 2; END $do$");
        }
    }

    @Test
    void statisticsAndProgressAreOfTypes() throws SQLException {
        assertThat(value("SELECT pg_catalog.pg_typeof(pg_background_stats_v2())::text")).endsWith("pg_background_stats");
        for (String function : List.of("pg_background_get_progress_v2", "pg_background_get_progress")) {
            assertThat(value("SELECT pg_catalog.pg_typeof(" + function + "(1, 1))::text"))
                    .endsWith("pg_background_progress");
        }
        assertThat(value("SELECT (pg_background_stats_v2()).max_workers + 0")).isEqualTo("16");
        assertThat(value("SELECT ('(1,2,3,4,5,6.5,7)'::public.pg_background_stats).avg_execution_ms")).isEqualTo("6.5");
        assertThat(value("SELECT (CAST('(7,half)' AS \"pg_background_progress\")).progress_msg")).isEqualTo("half");
        run("CREATE TEMP TABLE told (s pg_background_stats, p pg_background_progress)");
        run("INSERT INTO told SELECT pg_background_stats_v2(), pg_background_get_progress(1, 1)");
        assertThat(rows("SELECT (s).max_workers, (p).progress_pct FROM told")).containsExactly("16,null");
        run("""
                DO $do$
                DECLARE
                  s pg_background_stats;
                  p public.pg_background_progress;
                BEGIN
                  s := pg_background_stats_v2();
                  ASSERT s.max_workers = 16;
                  p := pg_background_get_progress(1, 1);
                  ASSERT p.progress_pct IS NULL;
                  SELECT * INTO p FROM pg_background_get_progress_v2(1, 1);
                  ASSERT p.progress_msg IS NULL;
                END $do$""");
    }

    @Test
    void blocksKeepHandlesInVariables() throws SQLException {
        run("CREATE TEMP TABLE seen (x int)");
        run("""
                DO $do$
                DECLARE
                  h pg_background_handle;
                  hs public.pg_background_handle[];
                  first pg_background_handle;
                  o record;
                  listed pg_background_list%ROWTYPE;
                BEGIN
                  FOR i IN 1..3 LOOP
                    hs := array_append(hs, pg_background_launch_v2(format('SELECT %s', i), 65536, 'block'));
                  END LOOP;
                  h := pg_background_launch_v2('SELECT 10');
                  PERFORM pg_background_wait(h.pid, h.cookie);
                  SELECT * INTO o FROM pg_background_outcome(h.pid, h.cookie);
                  ASSERT o.completed AND o.row_count = 1 AND o.state = 'stopped', o::text;
                  SELECT * INTO STRICT listed FROM pg_background_list WHERE pid = h.pid;
                  ASSERT listed.cookie = h.cookie;
                  INSERT INTO seen SELECT * FROM pg_background_result_v2(h.pid, h.cookie) AS (x int);
                  first := pg_background_wait_any(hs);
                  ASSERT first OPERATOR(pg_catalog.=) ANY (hs);
                  FOREACH h IN ARRAY hs LOOP
                    INSERT INTO seen SELECT * FROM pg_background_result_v2(h.pid, h.cookie) AS (x int);
                  END LOOP;
                END $do$""");
        assertThat(rows("SELECT x FROM seen ORDER BY x")).containsExactly("1", "2", "3", "10");
    }

    // ---- waiting

    @Test
    void fanOutAndDrainGiveTheOutcomesInOrder() throws SQLException {
        assertThat(rows("""
                WITH jobs AS MATERIALIZED (
                  SELECT n, pg_background_launch_v2(CASE n WHEN 2 THEN 'SELECT 1/0' ELSE 'SELECT ' || n::text END,
                    label => 'fan ' || n::text) AS h FROM generate_series(1, 3) AS n)
                SELECT label, state, consumed, completed, has_error, row_count, command_tag, sqlstate, error_message
                FROM pg_background_drain((SELECT pg_catalog.array_agg(h ORDER BY n) FROM jobs), 60000)
                """)).containsExactly("fan 1,stopped,f,t,f,1,SELECT 1,null,null",
                "fan 2,error,f,f,t,0,null,22012,division by zero", "fan 3,stopped,f,t,f,1,SELECT 1,null,null");
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("0");
    }

    @Test
    void drainLeavesOutNullsAndKnowsNothingOfStrangers() throws SQLException {
        String handle = ended("SELECT 1");
        assertThat(rows("SELECT d.state, d.completed FROM pg_background_drain(ARRAY[ROW(" + handle
                + ")::pg_background_handle, NULL, ROW(1, 2)::pg_background_handle]) AS d"))
                .containsExactly("stopped,t", "null,null");
        assertThat(rows("SELECT d.pid FROM pg_background_drain('{}') AS d")).isEmpty();
        assertThat(rows("SELECT d.pid FROM pg_background_drain(NULL) AS d")).isEmpty();
    }

    @Test
    void theFirstOfARaceIsGivenAndTheOthersAreCancelled() throws SQLException {
        run("""
                CREATE TEMP TABLE race AS SELECT n, pg_background_launch_v2(
                  CASE n WHEN 2 THEN 'SELECT 2' ELSE 'SELECT pg_catalog.pg_sleep(60)' END, label => 'race') AS h
                FROM generate_series(1, 3) AS n""");
        assertThat(value("SELECT n FROM race, pg_background_wait_any((SELECT pg_catalog.array_agg(h) FROM race),"
                + " 30000) AS w WHERE (h).pid = w.pid AND (h).cookie = w.cookie")).isEqualTo("2");
        assertThat(value("SELECT pg_background_cancel_by_label('ra_e') + 0")).isEqualTo("2");
        assertThat(rows("SELECT state, sqlstate FROM pg_background_drain((SELECT pg_catalog.array_agg(h ORDER BY n)"
                + " FROM race))"))
                .containsExactly("canceled,57014", "stopped,null", "canceled,57014");
        assertThat(value("SELECT (pg_background_wait_any((SELECT pg_catalog.array_agg(h) FROM race))) IS NULL"))
                .isEqualTo("t");
    }

    @Test
    void waitingWithATimeEnds() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(60)");
        assertThat(value("SELECT pg_background_wait_v2_timeout(" + handle + ", 0)::text")).isEqualTo("false");
        assertThat(value("SELECT pg_background_wait_v2_timeout(" + handle + ", 50)::text")).isEqualTo("false");
        assertThat(value("SELECT pg_background_wait(" + handle + ", timeout_ms => 50)::text")).isEqualTo("false");
        assertThat(value("SELECT (pg_background_wait_any(ARRAY[ROW(" + handle + ")::pg_background_handle], 50))"
                + " IS NULL")).isEqualTo("t");
        run("SELECT 1 FROM pg_background_cancel(" + handle + ", grace_ms => 1000) AS c");
        assertThat(value("SELECT pg_background_wait(" + handle + ")::text")).isEqualTo("true");
        assertThat(value("SELECT pg_background_wait_v2_timeout(" + handle + ", 0)::text")).isEqualTo("true");
        assertThat(failure("SELECT r.x FROM pg_background_result_v2(" + handle + ") AS r(x text)").state())
                .isEqualTo("57014");
    }

    @Test
    void aWaitIsEndedByTheQueryTimeOut() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(60)");
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThat(Sql.stateOf(() -> statement.execute("SELECT pg_background_wait_v2(" + handle + ")::text")))
                    .isEqualTo("57014");
        }
        run("SET statement_timeout = 200");
        assertThat(failure("SELECT pg_background_wait(" + handle + ")::text").state()).isEqualTo("57014");
        run("RESET statement_timeout");
        assertThat(value("SELECT state FROM pg_background_list")).isEqualTo("running");
        assertThat(value("SELECT pg_background_cancel_all() + 0")).isEqualTo("1");
    }

    @Test
    void aWaitForAJobThatWaitsForTheCallerFails() throws SQLException {
        run("CREATE TABLE IF NOT EXISTS locked (x int)");
        connection.setAutoCommit(false);
        run("LOCK TABLE locked");
        String handle = launch("INSERT INTO locked VALUES (1)");
        Failure failure = failure("SELECT pg_background_wait(" + handle + ")::text");
        assertThat(failure.state()).isEqualTo("40P01");
        connection.rollback();
        connection.setAutoCommit(true);
        assertThat(value("SELECT pg_background_wait(" + handle + ")::text")).isEqualTo("true");
    }

    // ---- what is known of jobs

    @Test
    void theListHasExactTypes() throws SQLException {
        String handle = ended("SELECT 1/0");
        Grid list = Grid.query(connection, "SELECT * FROM pg_background_list WHERE pid > 0");
        assertThat(list.labels()).containsExactly("pid", "cookie", "launched_at", "user_id", "queue_size", "state",
                "sql_preview", "last_error", "consumed", "label");
        assertThat(list.types()).containsExactly("int4", "int8", "timestamptz", "oid", "int4", "text", "text", "text",
                "bool", "text");
        assertThat(rows("SELECT pid, cookie, queue_size, state, sql_preview, last_error, consumed, label"
                + " FROM pg_background_list")).containsExactly(handle.replace(" ", "")
                + ",65536,error,SELECT 1/0,division by zero,f,null");
        assertThat(value("SELECT user_id = current_user::regrole AND launched_at BETWEEN now() - interval '1 min'"
                + " AND clock_timestamp() FROM pg_background_list")).isEqualTo("t");
        String columns = "pid int4, cookie int8, launched_at timestamptz, user_id oid, queue_size int4, state text,"
                + " sql_preview text, last_error text, consumed bool";
        assertThat(value("SELECT state || sql_preview FROM pg_background_list_v2() AS (" + columns + ")"))
                .isEqualTo("errorSELECT 1/0");
        assertThat(value("SELECT count(*) FROM pg_background_list() AS l(" + columns + ", label text)"
                + " WHERE label IS NULL")).isEqualTo("1");
        assertThat(failure("SELECT state || 'x' FROM pg_background_list_v2() AS l(" + columns + ", label text)")
                .state()).isEqualTo("42804");
    }

    @Test
    void theActivityShowsTheProcesses() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(60)");
        assertThat(Grid.query(connection, "SELECT * FROM pg_background_activity").labels()).containsExactly("pid",
                "cookie", "launched_at", "user_id", "queue_size", "pgbg_state", "sql_preview", "last_error", "consumed",
                "label", "backend_state", "wait_event_type", "wait_event", "xact_start", "query_start",
                "backend_start", "query");
        assertThat(value("SELECT count(*) FROM pg_background_activity AS a JOIN pg_stat_activity AS s USING (pid)"
                + " WHERE a.pgbg_state = 'running' AND s.backend_start = a.backend_start")).isEqualTo("1");
        run("SELECT 1 FROM pg_background_cancel_v2_grace(" + handle + ", 500) AS c");
        assertThat(value("SELECT pg_background_wait(" + handle + ")::text")).isEqualTo("true");
    }

    @Test
    void resultErrorAndProgressAreTold() throws Exception {
        String good = ended("CREATE TEMP TABLE t AS SELECT generate_series(1, 5); SELECT count(*) FROM t");
        assertThat(rows("SELECT row_count, command_tag, completed, has_error, finished_at >= started_at"
                + " FROM pg_background_result_info(" + good + ") AS i")).containsExactly("1,SELECT 1,t,f,t");
        assertThat(rows("SELECT e.* FROM pg_background_error_info(" + good + ") AS e"))
                .containsExactly("null,null,null,null,null,null,null,null,null");
        String bad = ended("DO $$BEGIN RAISE check_violation USING MESSAGE = 'm', DETAIL = 'd', HINT = 'h',"
                + " SCHEMA = 's', TABLE = 't', COLUMN = 'c', CONSTRAINT = 'k'; END$$");
        assertThat(rows("SELECT sqlstate, message, detail, hint, schema_name, table_name, column_name, constraint_name,"
                + " context LIKE '%background worker, pid%' FROM pg_background_error_info_v2(" + bad + ") AS e"))
                .containsExactly("23514,m,d,h,s,t,c,k,t");
        assertThat(rows("SELECT p.* FROM pg_background_get_progress_v2(" + good + ") AS p"))
                .containsExactly("null,null");
        assertThat(value("SELECT length(pg_background_full_sql(" + good + "))")).isEqualTo("75");
        String reporting = launch("SELECT pg_background_progress(42, 'half'); SELECT pg_catalog.pg_sleep(60)");
        Await.until("progress", Duration.ofSeconds(30), () -> rows("SELECT p.progress_pct, progress_msg"
                + " FROM pg_background_get_progress(" + reporting + ") AS p").equals(List.of("42,half")));
        assertThat(value("SELECT pg_background_cancel_all() + 0")).isEqualTo("1");
    }

    @Test
    void statisticsAddUp() throws SQLException {
        ended("SELECT 1");
        ended("SELECT 1/0");
        String cancelled = launch("SELECT pg_catalog.pg_sleep(60)");
        run("SELECT 1 FROM pg_background_cancel_v2(" + cancelled + ") AS c");
        run("SELECT 1 FROM pg_background_wait_v2(" + cancelled + ") AS c");
        run("SET pg_background.max_workers = 40");
        assertThat(rows("SELECT workers_launched, workers_completed, workers_failed, workers_canceled,"
                + " workers_timed_out, workers_active, avg_execution_ms > 0::float8, max_workers FROM"
                + " pg_background_stats() AS s"))
                .containsExactly("3,1,1,1,0,3,t,40");
        Grid old = Grid.query(connection, "SELECT (s).* FROM pg_background_stats_v2() AS s");
        assertThat(old.labels()).containsExactly("workers_launched", "workers_completed", "workers_failed",
                "workers_canceled", "workers_active", "avg_execution_ms", "max_workers");
        assertThat(old.types()).containsExactly("int8", "int8", "int8", "int8", "int4", "float8", "int4");
        assertThat(value("SELECT pg_background_purge() + 0")).isEqualTo("3");
        assertThat(value("SELECT workers_active FROM pg_background_stats() AS s")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ISO, MDY", "ISO, DMY", "ISO, YMD"})
    void timesAreReadWhateverTheDateStyle(String style) throws SQLException {
        run("SET DateStyle = '" + style + "'; SET TimeZone = 'Asia/Kathmandu'");
        ended("SELECT 1");
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT launched_at > now() - interval '1 min' AND launched_at <= clock_timestamp(), launched_at"
                        + " FROM pg_background_list")) {
            row.next();
            assertThat(row.getBoolean(1)).isTrue();
            assertThat(row.getObject(2, OffsetDateTime.class)).isBefore(OffsetDateTime.now().plusMinutes(1));
        }
    }

    // ---- run

    @Test
    void runGivesTheOutcomeAndForgetsTheJob() throws SQLException {
        assertThat(rows("SELECT state, completed, row_count, command_tag, label, timed_out, elapsed_ms >= 0"
                + " FROM pg_background_run('SELECT generate_series(1, 5)', label => 'r') AS r"))
                .containsExactly("stopped,t,5,SELECT 5,r,f,t");
        assertThat(rows("SELECT state, sqlstate, timed_out"
                + " FROM pg_background_run_v2('SELECT pg_catalog.pg_sleep(60)', 0, 100) AS r"))
                .containsExactly("canceled,57014,t");
        assertThat(Grid.query(connection, "SELECT (r).* FROM pg_background_run('SELECT 1/0') AS r").labels())
                .containsExactly("pid", "cookie", "state", "consumed", "completed", "has_error", "row_count",
                        "command_tag", "sqlstate", "error_message", "label", "launched_at", "timed_out", "elapsed_ms");
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("0");
    }

    @Test
    void runQueryGivesRows() throws SQLException {
        assertThat(rows("SELECT a + 1, b FROM pg_background_run_query('SELECT 1, ''x''::text', 0, 0, NULL,"
                + " 'a int, b text') AS (a int, b text)")).containsExactly("2,x");
        assertThat(rows("SELECT count(*) FROM pg_background_run_query('SELECT generate_series(1, 20000)')"
                + " AS (a int)")).containsExactly("20000");
        assertThat(failure("SELECT a + 1 FROM pg_background_run_query('SELECT 1/0') AS (a int)").state())
                .isEqualTo("22012");
        assertThat(failure("SELECT a + 1 FROM pg_background_run_query('SELECT pg_catalog.pg_sleep(60), 1', timeout_ms"
                + " => 100) AS (v text, a int)").state()).isEqualTo("57014");
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("0");
    }

    @Test
    void noticesOfARunAreWarnings() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT state || 'x'"
                    + " FROM pg_background_run('DO $$BEGIN RAISE NOTICE ''hello''; END$$') AS r");
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("hello");
        }
    }

    // ---- NULL, defaults and names

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "SELECT (pg_background_launch_v2(NULL)) IS NULL|t",
        "SELECT (pg_background_launch_v2('SELECT 1', NULL)) IS NULL|t",
        "SELECT (pg_background_submit(NULL, 0, 'x')) IS NULL|t",
        "SELECT pg_background_wait(NULL, 1) IS NULL|t",
        "SELECT (pg_background_outcome(1, NULL)) IS NULL|t",
        "SELECT (r.*) IS NULL FROM pg_background_run(NULL, label => 'x') AS r|t",
        "SELECT count(*) FROM pg_background_result_v2(1, NULL) AS (x int)|0",
        "SELECT count(*) FROM pg_background_result(NULL, 1) AS (x int)|0",
        "SELECT count(*) FROM pg_background_run_query(NULL) AS (x int)|0",
        "SELECT pg_background_cancel_by_label(NULL) IS NULL|t",
        "SELECT (pg_background_wait_any(NULL)) IS NULL|t",
        "SELECT (pg_background_wait_any('{}')) IS NULL|t"})
    void nullArgumentsGiveNull(String sql, String expected) throws SQLException {
        assertThat(value(sql)).isEqualTo(expected);
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("0");
    }

    @Test
    void theQueueSizeIsCheckedAndHasADefault() throws SQLException {
        assertThat(failure("SELECT (pg_background_launch_v2('SELECT 1', 63)).pid")).satisfies(failure -> {
            assertThat(failure.state()).isEqualTo("22023");
            assertThat(failure.message()).isEqualTo("queue size must be at least 64 bytes");
        });
        run("SET pg_background.default_queue_size = '128kB'");
        launch("SELECT 1");
        assertThat(value("SELECT queue_size FROM pg_background_list")).isEqualTo("131072");
        assertThat(value("SELECT pg_background_detach_all() + 0")).isEqualTo("1");
    }

    @Test
    void oldAndNewNamesDoTheSame() throws SQLException {
        String handle = launch("SELECT 1");
        assertThat(value("SELECT (pg_background_wait_v2(" + handle + ")) IS NULL")).isEqualTo("f");
        for (String suffix : List.of("", "_v2")) {
            assertThat(value("SELECT o.state FROM pg_background_outcome" + suffix + "(" + handle + ") AS o"))
                    .isEqualTo("stopped");
            assertThat(value("SELECT command_tag FROM pg_background_result_info" + suffix + "(" + handle + ") AS i"))
                    .isEqualTo("SELECT 1");
            assertThat(value("SELECT pg_background_full_sql" + suffix + "(" + handle + ") || ''"))
                    .isEqualTo("SELECT 1");
            assertThat(value("SELECT pg_background_cancel_all" + suffix + "() + 0")).isEqualTo("0");
        }
        assertThat(rows("SELECT x + 0 FROM pg_background_result(" + handle + ") AS (x int)")).containsExactly("1");
    }

    // ---- errors

    @Test
    void anotherCookieIsRefused() throws SQLException {
        String handle = ended("SELECT 1");
        String pid = handle.substring(0, handle.indexOf(','));
        String other = pid + ", 1";
        Failure result = failure("SELECT x + 0 FROM pg_background_result_v2(" + other + ") AS (x int)");
        assertThat(result.state()).isEqualTo("42704");
        assertThat(result.message()).isEqualTo("PID " + pid + " is not attached to this session (cookie mismatch)");
        for (String call : List.of("pg_background_wait(%s)", "pg_background_wait_v2(%s)", "pg_background_detach(%s)",
                "pg_background_detach_v2(%s)", "pg_background_cancel(%s)", "pg_background_cancel_v2(%s)",
                "pg_background_cancel_v2_grace(%s, 1)", "pg_background_wait_v2_timeout(%s, 1)",
                "pg_background_get_progress(%s)", "pg_background_result_info(%s)", "pg_background_error_info(%s)",
                "pg_background_full_sql(%s)")) {
            Failure failure = failure("SELECT (" + String.format(call, other) + ")::text");
            assertThat(failure.state()).as(call).isEqualTo("55000");
            assertThat(failure.message()).isEqualTo("cookie mismatch for PID " + pid);
        }
        assertThat(value("SELECT (o.state) IS NULL FROM pg_background_outcome(" + other + ") AS o")).isEqualTo("t");
        assertThat(rows("SELECT x + 0 FROM pg_background_result_v2(" + handle + ") AS (x int)")).containsExactly("1");
        Failure stale = failure("SELECT pg_background_wait(" + handle + ")::text");
        assertThat(stale.state()).isEqualTo("42704");
        assertThat(stale.message()).isEqualTo("PID " + pid + " is not attached to this session");
    }

    @Test
    void aSubmittedJobHasNoResultButAnOutcome() throws SQLException {
        String handle = rows("SELECT h.pid, h.cookie FROM pg_background_submit('SELECT generate_series(1, 3)',"
                + " label => 's') AS h").get(0);
        assertThat(value("SELECT pg_background_wait(" + handle + ")::text")).isEqualTo("true");
        Failure failure = failure("SELECT x + 0 FROM pg_background_result(" + handle + ") AS (x int)");
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).matches("results are disabled for PID \\d+ \\(submitted via submit_v2\\)");
        assertThat(rows("SELECT completed, label FROM pg_background_outcome(" + handle + ") AS o"))
                .containsExactly("t,s");
    }

    @Test
    void progressIsRefusedOutsideOfAJob() throws SQLException {
        for (String name : List.of("pg_background_progress", "pg_background_report_progress")) {
            Failure failure = failure("SELECT " + name + "(n) FROM generate_series(1, 1) AS n");
            assertThat(failure.state()).isEqualTo("0A000");
            assertThat(failure.message())
                    .isEqualTo("pg_background_progress can only be called from a background worker");
        }
    }

    @Test
    void theErrorOfAFailedJobComesAtItsReader() throws SQLException {
        String handle = launch("SELECT 1/0");
        Failure failure = failure("SELECT x + 0 FROM pg_background_result_v2(" + handle + ") AS (x int)");
        assertThat(failure.state()).isEqualTo("22012");
        assertThat(failure.context()).contains("background worker, pid");
    }

    @Test
    void tooManyJobsAreRefused() throws SQLException {
        run("SET pg_background.max_workers = 1");
        launch("SELECT 1");
        assertThat(failure("SELECT (pg_background_launch_v2('SELECT 1')).pid").state()).isEqualTo("53400");
    }

    // ---- the second version

    @Test
    void inTheSecondVersionLaunchGivesAHandleAndAllElseIsTheSame() throws SQLException {
        try (Connection second = open("pgbgApi=2")) {
            assertThat(second).isNotNull();
            List<String> handles = Sql.rows(second, "SELECT h.pid, h.cookie FROM"
                    + " public.pg_background_launch('SELECT 4', label => 'two') AS h");
            assertThat(handles.get(0)).contains(",");
            assertThat(Sql.value(second, "SELECT label FROM pg_background_list")).isEqualTo("two");
            assertThat(Sql.rows(second, "SELECT x + 0 FROM pg_background_result(" + handles.get(0) + ") AS (x int)"))
                    .containsExactly("4");
            assertThat(Sql.value(second, "SELECT (pg_background_launch_v2('SELECT 1')).cookie <> 0")).isEqualTo("t");
            assertThat(Sql.value(second, "SELECT pg_background_detach_all() + 0")).isEqualTo("1");
        }
    }
}
