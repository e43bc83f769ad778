package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.Warnings;
import io.pgbg.testkit.WithConnection;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The functions with handles, called in statements of their own. */
@Timeout(60)
@AlsoAmongTraps
class ProtectedCallsIT extends WithConnection {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static final List<String> OUTCOME = List.of("pid", "cookie", "state", "consumed", "completed", "has_error",
            "row_count", "command_tag", "sqlstate", "error_message", "label", "launched_at");

    private static final List<String> OUTCOME_TYPES = List.of("int4", "int8", "text", "bool", "bool", "bool", "int8",
            "text", "text", "text", "text", "timestamptz");

    @Override
    protected Connection open() throws SQLException {
        // no relay: what it answers cannot have been answered by the server
        return database.connect("pgbgRelay=off");
    }

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("CREATE TABLE item (id int PRIMARY KEY, name text)");
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE item");
    }

    private Grid query(String sql, Object... arguments) throws SQLException {
        return Grid.query(connection, String.format(sql, arguments));
    }

    private List<String> row(String sql, Object... arguments) throws SQLException {
        List<List<String>> rows = query(sql, arguments).rows();
        assertThat(rows).hasSize(1);
        return rows.get(0);
    }

    private Failure fail(String sql, Object... arguments) throws SQLException {
        return Failure.of(connection, String.format(sql, arguments));
    }

    /** A job as arguments: pid and cookie. */
    private String launch(String job) throws SQLException {
        return launch(connection, job);
    }

    private static String launch(Connection connection, String job) throws SQLException {
        return handle(connection, "pg_background_launch_v2", job);
    }

    private String submit(String job) throws SQLException {
        return handle(connection, "pg_background_submit_v2", job);
    }

    private static String handle(Connection connection, String function, String job) throws SQLException {
        return String.join(", ", Grid.query(connection, "SELECT * FROM " + function + "($job$" + job + "$job$)")
                .rows().get(0));
    }

    /** A job that has ended. */
    private String ended(String job) throws SQLException {
        String handle = launch(job);
        query("SELECT pg_background_wait_v2(%s)", handle);
        return handle;
    }

    private static String otherCookie(String handle) {
        return handle.split(", ")[0] + ", 1";
    }

    private static Grid grid(String label, String type, String value) {
        return new Grid(List.of(label), List.of(type), List.of(Collections.singletonList(value)));
    }

    // Handles

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT * FROM pg_background_launch_v2('SELECT 7') ~ pid,cookie",
        "SELECT * FROM pg_background_launch_v2('SELECT 7', 65536) AS h ~ pid,cookie",
        "SELECT * FROM pg_background_launch_v2('SELECT 7', 0, 'a label') h(p, c) ~ p,c",
        "SELECT * FROM public.PG_Background_Launch_V2(label => NULL, sql => 'SELECT ' || 7::text) h(p) ~ p,cookie",
        "SELECT * FROM pg_background_launch_v2('SELECT 7', queue_size => 1024, label := 'x' || 'y') ~ pid,cookie",
        "{call pg_background_launch_v2('SELECT 7')} ~ pid,cookie",
    })
    void launchGivesAHandle(String sql, String labels) throws SQLException {
        Grid launched = query(sql);
        assertThat(launched.labels()).containsExactly(labels.split(","));
        assertThat(launched.types()).containsExactly("int4", "int8");
        assertThat(launched.rows()).hasSize(1);
        List<String> handle = launched.rows().get(0);
        assertThat(Long.parseLong(handle.get(1))).isNotZero();
        assertThat(query("SELECT * FROM pg_background_result_v2(%s, %s) AS (n int)", handle.toArray()))
                .isEqualTo(grid("n", "int4", "7"));
    }

    @Test
    void aHandleIsReadAsItsTypes() throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT * FROM pg_background_submit('SELECT 1')")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getObject("pid")).isInstanceOf(Integer.class);
            assertThat(row.getObject("cookie")).isInstanceOf(Long.class);
            ResultSetMetaData columns = row.getMetaData();
            assertThat(columns.getColumnType(1)).isEqualTo(Types.INTEGER);
            assertThat(columns.getColumnType(2)).isEqualTo(Types.BIGINT);
            assertThat(row.getStatement()).isSameAs(statement);
            assertThat(row.next()).isFalse();
        }
    }

    @Test
    void underTheSecondVersionLaunchGivesAHandle() throws SQLException {
        try (Connection second = database.connect("pgbgApi=2", "pgbgRelay=off")) {
            Grid launched = Grid.query(second, "SELECT * FROM pg_background_launch('SELECT 7', 0, 'label')");
            assertThat(launched.labels()).containsExactly("pid", "cookie");
            assertThat(launched.types()).containsExactly("int4", "int8");
            String handle = String.join(", ", launched.rows().get(0));
            assertThat(Grid.query(second, "SELECT * FROM pg_background_result(" + handle + ") AS (n int)").value())
                    .isEqualTo("7");
            // on another connection the same text still means a pid
            assertThat(query("SELECT * FROM pg_background_launch('SELECT 7')").labels())
                    .containsExactly("pg_background_launch");
            assertThat(Failure.of(connection, "SELECT * FROM pg_background_launch('SELECT 7', 0, 'label')").state())
                    .isEqualTo("42883");
            // a value of a composite type is the server's
            assertThat(Sql.stateOf(second, "SELECT pg_background_launch('SELECT 7')")).isEqualTo("0A000");
        }
    }

    @Test
    void aQueueSizeOfZeroIsTheSettings() throws SQLException {
        Sql.run(connection, "SET pg_background.default_queue_size = '128kB'");
        launch("SELECT 1");
        query("SELECT * FROM pg_background_launch_v2('SELECT 1', 1000)");
        query("SELECT pg_background_launch('SELECT 1', 0)");
        query("SELECT pg_background_launch('SELECT 1', -5)");
        assertThat(query("SELECT * FROM pg_background_list()").rows()).extracting(row -> row.get(4))
                .containsExactly("131072", "1000", "131072", "131072");
        assertThat(fail("SELECT * FROM pg_background_launch_v2('SELECT 1', 63)").message())
                .isEqualTo("queue size must be at least 64 bytes");
        assertThat(fail("SELECT pg_background_launch('SELECT 1', 63)").state()).isEqualTo("22023");
    }

    // Results

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT * FROM pg_background_result_v2(%s) AS t(id int, name text)",
        "SELECT * FROM pg_background_result(%s) AS (id int, name text)",
        "SELECT * FROM pg_background_result_v2(%s)",
        "SELECT * FROM pg_background_result(%s) t",
        "SELECT pg_background_result_v2(%s)",
        "SELECT pg_background_result(%s)",
        "{call pg_background_result_v2(%s)}"
    })
    void resultGivesTheRows(String sql) throws SQLException {
        assertThat(query(sql, launch("SELECT 7 AS id, 'x'::text AS name"))).isEqualTo(
                new Grid(List.of("id", "name"), List.of("int4", "text"), List.of(List.of("7", "x"))));
    }

    @Test
    void aResultIsReadOnceAndOnlyWithItsCookie() throws SQLException {
        String handle = launch("SELECT 7");
        String pid = handle.split(", ")[0];
        Failure mismatch = fail("SELECT * FROM pg_background_result_v2(%s) AS (n int)", otherCookie(handle));
        assertThat(mismatch.state()).isEqualTo("42704");
        assertThat(mismatch.message()).isEqualTo("PID " + pid + " is not attached to this session (cookie mismatch)");
        assertThat(query("SELECT * FROM pg_background_result(%s) AS (n int)", handle).value()).isEqualTo("7");
        Failure stale = fail("SELECT * FROM pg_background_result(%s) AS (n int)", handle);
        assertThat(stale.state()).isEqualTo("42704");
        assertThat(stale.message()).isEqualTo("PID " + pid + " is not attached to this session");
    }

    @Test
    void aJobWithAHandleIsKnownByItsPidToo() throws SQLException {
        String pid = launch("SELECT 7").split(", ")[0];
        assertThat(query("SELECT * FROM pg_background_result(%s) AS (n int)", pid).value()).isEqualTo("7");
    }

    @Test
    void typesThatDifferAreRefused() throws SQLException {
        assertThat(fail("SELECT * FROM pg_background_result_v2(%s) AS (n text)", launch("SELECT 7")).state())
                .isEqualTo("42804");
        assertThat(fail("SELECT * FROM pg_background_result_v2(%s) AS (n int)", launch("VACUUM item")).state())
                .isEqualTo("42804");
    }

    @Test
    void aSubmittedJobHasNoResult() throws SQLException {
        String handle = submit("INSERT INTO item VALUES (1, 'a')");
        query("SELECT pg_background_wait_v2(%s)", handle);
        Failure failure = fail("SELECT * FROM pg_background_result_v2(%s) AS (n int)", handle);
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).isEqualTo("results are disabled for PID " + handle.split(", ")[0]
                + " (submitted via submit_v2)");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("1");
        assertThat(row("SELECT * FROM pg_background_outcome(%s)", handle)).contains("stopped", "INSERT 0 1");
    }

    // Functions that return nothing, or one value

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT pg_background_wait_v2(%s) ~ pg_background_wait_v2",
        "SELECT pg_background_wait_v2(%s) AS waited ~ waited",
        "SELECT * FROM pg_background_wait_v2(%s) ~ pg_background_wait_v2",
        "SELECT * FROM pg_background_wait_v2(pid => %s) w ~ w",
        "{call pg_background_wait_v2(%s)} ~ result",
        "SELECT pg_background_detach_v2(%s) ~ pg_background_detach_v2",
        "SELECT pg_background_detach(%s) d ~ d",
        "SELECT pg_background_cancel_v2(%s) ~ pg_background_cancel_v2",
        "SELECT pg_background_cancel(%s) ~ pg_background_cancel",
        "SELECT pg_background_cancel(%s, 100) ~ pg_background_cancel",
        "SELECT * FROM pg_background_cancel_v2_grace(%s, grace_ms => 100) ~ pg_background_cancel_v2_grace",
    })
    void nothingIsVoid(String sql, String label) throws SQLException {
        String handle = launch("SELECT 1");
        String arguments = sql.contains("pid =>") ? handle.replace(", ", ", cookie => ") : handle;
        assertThat(query(sql, arguments)).isEqualTo(grid(label, "void", ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT pg_background_wait(%s) ~ pg_background_wait",
        "SELECT pg_background_wait(%s, 10000) AS over ~ over",
        "SELECT pg_background_wait(%s, timeout_ms => 10000) ~ pg_background_wait",
        "SELECT * FROM pg_background_wait(%s, -1) ~ pg_background_wait",
        "SELECT * FROM pg_background_wait_v2_timeout(%s, 10000) AS t(over) ~ over",
        "{call pg_background_wait_v2_timeout(%s, 10000)} ~ result",
    })
    void waitIsTrueWhenTheJobHasEnded(String sql, String label) throws SQLException {
        assertThat(query(sql, launch("SELECT pg_catalog.pg_sleep(0.05)"))).isEqualTo(grid(label, "bool", "t"));
    }

    @Test
    void waitIsFalseWhenTheTimeIsOver() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(100)");
        assertThat(query("SELECT pg_background_wait_v2_timeout(%s, 0)", handle).value()).isEqualTo("f");
        assertThat(query("SELECT pg_background_wait(%s, 50)", handle).value()).isEqualTo("f");
        query("SELECT pg_background_cancel(%s)", handle);
        assertThat(query("SELECT pg_background_wait(%s)", handle).value()).isEqualTo("t");
        assertThat(row("SELECT * FROM pg_background_outcome(%s)", handle)).contains("canceled", "57014");
    }

    @Test
    void waitLeavesTheRowsToBeRead() throws SQLException {
        String handle = ended("SELECT generate_series(1, 100000)");
        assertThat(query("SELECT * FROM pg_background_result(%s) AS (n int)", handle).rows()).hasSize(100_000);
    }

    @Test
    @SinceRelease(value = 12, because = "REINDEX CONCURRENTLY")
    void waitHoldsNoSnapshot() throws SQLException {
        Sql.run(connection, "CREATE INDEX by_name ON item (name)");
        String handle = launch("REINDEX INDEX CONCURRENTLY by_name");
        // holds it up if the wait were a statement on the server
        assertThat(query("SELECT pg_background_wait(%s, 20000)", handle).value()).isEqualTo("t");
        assertThat(row("SELECT * FROM pg_background_outcome(%s)", handle)).contains("stopped", "REINDEX");
        Sql.run(connection, "DROP INDEX by_name");
        String create = launch("CREATE INDEX CONCURRENTLY by_name ON item (name)");
        assertThat(query("SELECT pg_background_wait_v2(%s)", create).value()).isEmpty();
        Sql.run(connection, "DROP INDEX by_name");
    }

    @Test
    void waitIsEndedByTheQueryTimeOut() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(100)");
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThat(Sql.stateOf(() -> statement.execute("SELECT pg_background_wait_v2(" + handle + ")")))
                    .isEqualTo("57014");
        }
        assertStillRuns(handle);
    }

    @Test
    void waitIsEndedByCancel() throws Exception {
        String handle = launch("SELECT pg_catalog.pg_sleep(100)");
        try (Statement statement = connection.createStatement()) {
            Running<Boolean> waiting = Running.start(
                    () -> statement.execute("SELECT pg_background_wait_v2(" + handle + ")"));
            Await.until("the wait has ended", SOON, () -> {
                statement.cancel();
                return waiting.isDone();
            });
            assertThat(waiting.failure(SOON).getSQLState()).isEqualTo("57014");
        }
        assertStillRuns(handle);
    }

    @Test
    void waitIsEndedByAnInterrupt() throws Exception {
        String handle = launch("SELECT pg_catalog.pg_sleep(100)");
        AtomicReference<String> state = new AtomicReference<>();
        Thread waiting = new Thread(
                () -> state.set(Sql.stateOf(connection, "SELECT pg_background_wait(" + handle + ")")));
        waiting.start();
        Await.until("the wait has ended", SOON, () -> {
            waiting.interrupt();
            return !waiting.isAlive();
        });
        assertThat(state).hasValue("57014");
        assertStillRuns(handle);
    }

    @Test
    void waitIsEndedByTheStatementTimeOut() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(100)");
        Sql.run(connection, "SET statement_timeout = 200");
        Failure failure = fail("SELECT pg_background_wait_v2(%s)", handle);
        assertThat(failure.state()).isEqualTo("57014");
        assertThat(failure.message()).isEqualTo("canceling statement due to statement timeout");
        Sql.run(connection, "RESET statement_timeout");
        assertStillRuns(handle);
    }

    private void assertStillRuns(String handle) throws SQLException {
        assertThat(row("SELECT * FROM pg_background_outcome(%s)", handle).get(2)).isIn("starting", "running");
        query("SELECT pg_background_cancel(%s)", handle);
    }

    @Test
    void jobsAreCountedAsTheyAreCancelledAndForgotten() throws Exception {
        query("SELECT * FROM pg_background_launch_v2('SELECT pg_catalog.pg_sleep(100)', 0, 'nightly 1')");
        query("SELECT * FROM pg_background_launch_v2('SELECT pg_catalog.pg_sleep(100)', 0, 'nightly 2')");
        launch("SELECT pg_catalog.pg_sleep(100)");
        assertThat(query("SELECT pg_background_cancel_by_label('nightly%%')"))
                .isEqualTo(grid("pg_background_cancel_by_label", "int4", "2"));
        assertThat(query("SELECT * FROM pg_background_cancel_by_label('nothing', grace_ms => 5) AS n")).isEqualTo(
                grid("n", "int4", "0"));
        assertThat(fail("SELECT pg_background_cancel_by_label('a\\')").state()).isEqualTo("22025");
        awaitRunning(1);
        assertThat(query("SELECT pg_background_cancel_all()")).isEqualTo(grid("pg_background_cancel_all", "int4", "1"));
        awaitRunning(0);
        launch("SELECT pg_catalog.pg_sleep(100)");
        try (Connection second = database.connect()) {
            assertThat(Grid.query(second, "SELECT pg_background_purge()").value()).isEqualTo("0");
        }
        assertThat(query("SELECT pg_background_purge_v2() AS n")).isEqualTo(grid("n", "int4", "3"));
        query("SELECT pg_background_cancel_all()");
        assertThat(query("SELECT * FROM pg_background_detach_all()").value()).isEqualTo("1");
        assertThat(query("SELECT * FROM pg_background_list()").rows()).isEmpty();
    }

    private void awaitRunning(int count) throws Exception {
        Await.until(count + " jobs run", SOON, () -> query("SELECT * FROM pg_background_list()").rows().stream()
                .filter(row -> List.of("starting", "running").contains(row.get(5))).count() == count);
    }

    @Test
    void theWholeSqlIsTold() throws SQLException {
        String sql = "SELECT '" + "x".repeat(500) + "'";
        assertThat(query("SELECT pg_background_full_sql(%s)", launch(sql)))
                .isEqualTo(grid("pg_background_full_sql", "text", sql));
    }

    // Rows of known columns

    @Test
    void listShowsTheJobs() throws SQLException {
        Sql.run(connection, "SET TimeZone = 'Asia/Kolkata'");
        query("SELECT * FROM pg_background_launch_v2('SELECT pg_catalog.pg_sleep(100)', 0, 'my label')");
        String failed = ended("SELECT 1 / 0");
        String handle = ended("SELECT 7");
        List<String> columns = List.of("pid", "cookie", "launched_at", "user_id", "queue_size", "state", "sql_preview",
                "last_error", "consumed", "label");
        Grid list = query("SELECT * FROM pg_background_list()");
        assertThat(list.labels()).isEqualTo(columns);
        assertThat(list.types()).containsExactly("int4", "int8", "timestamptz", "oid", "int4", "text", "text", "text",
                "bool", "text");
        assertThat(list.rows()).hasSize(3);
        assertThat(list.rows().get(0)).contains("SELECT pg_catalog.pg_sleep(100)", "my label", "65536", "f");
        assertThat(list.rows().get(0).get(2))
                .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?\\+05:30");
        assertThat(list.rows().get(0).get(3))
                .isEqualTo(Sql.value(connection, "SELECT oid FROM pg_roles WHERE rolname = current_user"));
        assertThat(list.rows().get(1)).startsWith(failed.split(", ")).contains("error", "division by zero");
        assertThat(list.rows().get(2)).startsWith(handle.split(", ")).contains("stopped");
        Grid second = query("SELECT * FROM pg_background_list_v2()");
        assertThat(second.labels()).isEqualTo(columns.subList(0, 9));
        assertThat(second.rows().get(2)).isEqualTo(list.rows().get(2).subList(0, 9));
        query("SELECT pg_background_cancel_all()");
    }

    @Test
    void listTakesAColumnDefinitionList() throws SQLException {
        String handle = ended("SELECT 7");
        Grid typed = query("SELECT * FROM pg_background_list_v2() AS l(p int, c int8, at timestamptz, who oid, q int,"
                + " s text, sql text, err text, read bool)");
        assertThat(typed.labels()).containsExactly("p", "c", "at", "who", "q", "s", "sql", "err", "read");
        assertThat(typed.types()).startsWith("int4", "int8", "timestamptz", "oid");
        assertThat(typed.rows().get(0)).startsWith(handle.split(", "));
        assertThat(query("SELECT * FROM pg_background_list() AS l(a, b)").labels()).startsWith("a", "b", "launched_at");
        Failure few = fail("SELECT * FROM pg_background_list_v2() AS l(pid int, cookie int8)");
        assertThat(few.state()).isEqualTo("42804");
        assertThat(few.message())
                .isEqualTo("remote query result rowtype does not match the specified FROM clause rowtype");
        assertThat(fail("SELECT * FROM pg_background_list_v2() AS l(p int, c int8, at timestamp, who oid, q int,"
                + " s text, sql text, err text, read bool)").detail())
                .isEqualTo("Column \"at\" is declared as timestamp without time zone, but the job returned timestamp"
                        + " with time zone.");
        assertThat(fail("SELECT * FROM pg_background_list() l(a,b,c,d,e,f,g,h,i,j,k)").state()).isEqualTo("42P10");
    }

    @Test
    void timesAreReadAsTheyAre() throws SQLException {
        OffsetDateTime before = OffsetDateTime.now().truncatedTo(ChronoUnit.MICROS);
        String handle = ended("SELECT 7");
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT * FROM pg_background_result_info(" + handle + ")")) {
            assertThat(row.next()).isTrue();
            OffsetDateTime started = row.getObject("started_at", OffsetDateTime.class);
            OffsetDateTime finished = row.getObject("finished_at", OffsetDateTime.class);
            assertThat(started).isBetween(before, OffsetDateTime.now());
            assertThat(finished).isBetween(started, OffsetDateTime.now());
            assertThat(row.getTimestamp("finished_at").toInstant()).isEqualTo(finished.toInstant());
        }
    }

    @Test
    void statisticsAddUp() throws SQLException {
        ended("SELECT 1");
        ended("SELECT 1 / 0");
        String canceled = launch("SELECT pg_catalog.pg_sleep(100)");
        query("SELECT pg_background_cancel_v2(%s)", canceled);
        query("SELECT pg_background_wait_v2(%s)", canceled);
        Sql.run(connection, "SET pg_background.worker_timeout = 100");
        ended("SELECT pg_catalog.pg_sleep(100)");
        Sql.run(connection, "SET pg_background.max_workers = 9");
        Grid all = query("SELECT * FROM pg_background_stats()");
        assertThat(all.labels()).containsExactly("workers_launched", "workers_completed", "workers_failed",
                "workers_canceled", "workers_timed_out", "workers_active", "avg_execution_ms", "max_workers");
        assertThat(all.types())
                .containsExactly("int8", "int8", "int8", "int8", "int8", "int4", "float8", "int4");
        List<String> row = all.rows().get(0);
        assertThat(row.subList(0, 6)).containsExactly("4", "1", "1", "1", "1", "4");
        assertThat(Double.parseDouble(row.get(6))).isPositive();
        assertThat(row.get(7)).isEqualTo("9");
        Grid older = query("SELECT * FROM pg_background_stats_v2() AS s(launched)");
        assertThat(older.labels()).startsWith("launched", "workers_completed").doesNotContain("workers_timed_out");
        assertThat(older.rows().get(0)).startsWith("4", "1", "2", "1", "4");
        assertThat(query("{call pg_background_stats()}").labels()).isEqualTo(all.labels());
    }

    @Test
    void progressIsNullBeforeTheFirstReport() throws SQLException {
        String handle = launch("SELECT pg_catalog.pg_sleep(100)");
        Grid none = new Grid(List.of("progress_pct", "progress_msg"), List.of("int4", "text"),
                List.of(Arrays.asList(null, null)));
        assertThat(query("SELECT * FROM pg_background_get_progress_v2(%s)", handle)).isEqualTo(none);
        query("SELECT pg_background_cancel(%s)", handle);
        String reporting = ended("SELECT pg_background_progress(40, 'loading'); SELECT 1");
        assertThat(row("SELECT * FROM pg_background_get_progress(%s)", reporting)).containsExactly("40", "loading");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT pg_background_progress(10, 'x')", "SELECT pg_background_progress(pct => 10)",
        "SELECT * FROM pg_background_report_progress(10)", "{call pg_background_progress(10, NULL)}"})
    void progressIsForJobs(String sql) throws SQLException {
        Failure failure = fail(sql);
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).isEqualTo("pg_background_progress can only be called from a background worker");
    }

    @Test
    void infoAndErrorAreToldWithoutReading() throws SQLException {
        String good = ended("SELECT generate_series(1, 3)");
        Grid info = query("SELECT * FROM pg_background_result_info(%s)", good);
        assertThat(info.labels()).containsExactly("row_count", "command_tag", "completed", "has_error", "started_at",
                "finished_at");
        assertThat(info.types()).containsExactly("int8", "text", "bool", "bool", "timestamptz", "timestamptz");
        assertThat(info.rows().get(0)).startsWith("3", "SELECT 3", "t", "f");
        Grid noError = query("SELECT * FROM pg_background_error_info(%s)", good);
        assertThat(noError.labels()).containsExactly("sqlstate", "message", "detail", "hint", "context",
                "schema_name", "table_name", "column_name", "constraint_name");
        assertThat(noError.rows()).containsExactly(Collections.nCopies(9, null));
        Sql.run(connection, "INSERT INTO item VALUES (1, 'a')");
        String bad = ended("INSERT INTO item VALUES (1, 'b')");
        List<String> error = row("SELECT * FROM pg_background_error_info_v2(%s)", bad);
        assertThat(error).contains("23505", "public", "item", "item_pkey");
        assertThat(error.get(2)).startsWith("Key (id)=(1) already exists");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("1");
    }

    @Test
    void anOutcomeNeverFails() throws SQLException {
        String handle = ended("SELECT 1 / 0");
        Grid outcome = query("SELECT * FROM pg_background_outcome(%s) o", handle);
        assertThat(outcome.labels()).isEqualTo(OUTCOME);
        assertThat(outcome.types()).isEqualTo(OUTCOME_TYPES);
        assertThat(outcome.rows().get(0)).startsWith(handle.split(", "))
                .contains("error", "22012", "division by zero");
        for (String unknown : List.of("-1, 5", otherCookie(handle))) {
            List<String> row = row("SELECT * FROM pg_background_outcome_v2(%s)", unknown);
            assertThat(row).startsWith(unknown.split(", "));
            assertThat(row.subList(2, 12)).containsOnlyNulls();
        }
    }

    @Test
    void runIsAllInOne() throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(
                "SELECT * FROM pg_background_run('DO $$BEGIN RAISE NOTICE ''by the way''; END$$', label => 'r')")) {
            Grid run = Grid.of(rows);
            assertThat(run.labels()).startsWith(OUTCOME.toArray(String[]::new)).endsWith("timed_out", "elapsed_ms");
            assertThat(run.types()).startsWith(OUTCOME_TYPES.toArray(String[]::new)).endsWith("bool", "int8");
            assertThat(run.rows().get(0)).contains("stopped", "DO", "r");
            assertThat(Warnings.messages(statement)).containsExactly("by the way");
        }
        assertThat(row("SELECT * FROM pg_background_run('SELECT 1 / 0')")).contains("error", "22012");
        List<String> late = row("SELECT * FROM pg_background_run_v2('SELECT pg_catalog.pg_sleep(100)', 0, 50)");
        assertThat(late).contains("canceled", "57014");
        assertThat(late.get(12)).isEqualTo("t");
        assertThat(query("SELECT * FROM pg_background_list()").rows()).isEmpty();
    }

    @Test
    void runQueryGivesTheRows() throws SQLException {
        assertThat(query("SELECT * FROM pg_background_run_query('SELECT 7') AS (n int)"))
                .isEqualTo(grid("n", "int4", "7"));
        assertThat(query("SELECT * FROM pg_background_run_query('SELECT 7 AS seven')"))
                .isEqualTo(grid("seven", "int4", "7"));
        assertThat(query("SELECT * FROM pg_background_run_query('SELECT 7', 0, 5000, 'l', 'n int') AS (m int)"))
                .isEqualTo(grid("m", "int4", "7"));
        assertThat(query("SELECT * FROM pg_background_run_query_v2('SELECT 1.5', col_def => 'n numeric(4,2)')"))
                .isEqualTo(grid("n", "numeric", "1.50"));
        assertThat(query("SELECT * FROM pg_background_run_query('SELECT generate_series(1, 50000)') AS (n int)").rows())
                .hasSize(50_000);
        assertThat(query("SELECT * FROM pg_background_run_query('VACUUM item', col_def => 'tag text')").value())
                .isEqualTo("VACUUM");
        assertThat(fail("SELECT * FROM pg_background_run_query('SELECT 1 / 0') AS (n int)").state()).isEqualTo("22012");
        assertThat(fail("SELECT * FROM pg_background_run_query('SELECT 1') AS (n text)").state()).isEqualTo("42804");
        assertThat(fail("SELECT * FROM pg_background_run_query('SELECT 1', col_def => 'n text')").state())
                .isEqualTo("42804");
        assertThat(fail("SELECT * FROM pg_background_run_query('SELECT pg_catalog.pg_sleep(100)', 0, 50) AS (n text)")
                .state())
                .isEqualTo("57014");
        assertThat(query("SELECT * FROM pg_background_list()").rows()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"n", "n nothing", "n int; DROP TABLE item", "n int) AS t; DROP TABLE item; --",
        "n int FROM item", "n int INTO made", "n int, n int", "n int || 'x'", ""})
    void aColumnListThatIsNoneRunsNothing(String list) throws SQLException {
        assertThat(fail("SELECT * FROM pg_background_run_query('INSERT INTO item VALUES (1)', col_def => '%s')",
                list.replace("'", "''")).state()).isIn("42601", "42704", "42701");
        assertThat(query("SELECT count(*) FROM item").value()).isEqualTo("0");
        assertThat(query("SELECT to_regclass('made')").value()).isNull();
    }

    // Arguments

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT pg_background_wait_v2() ~ pg_background_wait_v2()",
        "SELECT pg_background_wait_v2(1) ~ pg_background_wait_v2(integer)",
        "SELECT pg_background_wait_v2('a'::text, 1) ~ pg_background_wait_v2(text, integer)",
        "SELECT pg_background_wait_v2(1, 2, 3) ~ pg_background_wait_v2(integer, integer, integer)",
        "SELECT pg_background_wait_v2(5000000000, 2) ~ pg_background_wait_v2(bigint, integer)",
        "SELECT pg_background_wait_v2(1, 99999999999999999999) ~ pg_background_wait_v2(integer, numeric)",
        "SELECT pg_background_wait_v2(1, 1.5) ~ pg_background_wait_v2(integer, numeric)",
        "SELECT pg_background_wait_v2(pid => 1, timeout_ms => 2) "
                + "~ pg_background_wait_v2(pid => integer, timeout_ms => integer)",
        "SELECT pg_background_result(1, 2, 3) ~ pg_background_result(integer, integer, integer)",
        "SELECT pg_background_detach(cookie => 5) ~ pg_background_detach(cookie => integer)",
        "SELECT * FROM pg_background_list(1) ~ pg_background_list(integer)",
        "SELECT * FROM pg_background_launch_v2('x', 'y', 'z', 'w') "
                + "~ pg_background_launch_v2(unknown, unknown, unknown, unknown)",
        "SELECT * FROM pg_background_launch_v2(7) ~ pg_background_launch_v2(integer)",
    })
    void wrongArgumentsAreNoFunction(String sql, String function) throws SQLException {
        Failure failure = fail(sql);
        assertThat(failure.state()).isEqualTo("42883");
        assertThat(failure.message()).isEqualTo("function " + function + " does not exist");
        assertThat(failure.position()).isEqualTo(sql.indexOf("pg_background") + 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SELECT pg_background_wait_v2('x', 1) ~ 22P02",
        "SELECT pg_background_wait_v2('1', '99999999999999999999') ~ 22003",
        "SELECT pg_background_wait_v2(1, 1 / 0) ~ 22012",
        "SELECT * FROM pg_background_stats() AS s(a int) ~ 42601",
        "SELECT * FROM pg_background_launch_v2('SELECT 1') AS h(a int, b int8) ~ 42601",
        "SELECT * FROM pg_background_launch_v2('SELECT 1') AS h(a, b, c) ~ 42P10",
    })
    void otherMistakesAreTheServers(String sql, String state) throws SQLException {
        assertThat(fail(sql).state()).isEqualTo(state);
        assertThat(query("SELECT * FROM pg_background_list()").rows()).isEmpty();
    }

    @Test
    void argumentsAreConvertedAsTheServerDoes() throws SQLException {
        String[] handle = launch("SELECT 7").split(", ");
        assertThat(query("SELECT pg_background_wait_v2_timeout(%s::int2 + 0 * 5, (%s)::text::int8, '5000')",
                "0::int2 + " + handle[0], handle[1]).value()).isEqualTo("t");
        assertThat(query("SELECT * FROM pg_background_result('%s', '%s') AS (n int)", handle[0], handle[1]).value())
                .isEqualTo("7");
    }

    @Test
    void functionsAreStrict() throws SQLException {
        assertThat(query("SELECT pg_background_wait_v2(NULL, 1)")).isEqualTo(
                grid("pg_background_wait_v2", "void", null));
        assertThat(query("SELECT pg_background_wait(1, NULL::int8)")).isEqualTo(
                grid("pg_background_wait", "bool", null));
        assertThat(row("SELECT * FROM pg_background_launch_v2(NULL)")).containsExactly(null, null);
        assertThat(row("SELECT * FROM pg_background_launch_v2('SELECT 1', NULL)")).containsExactly(null, null);
        assertThat(row("SELECT * FROM pg_background_outcome(NULL, NULL)")).containsOnlyNulls().hasSize(12);
        assertThat(query("SELECT * FROM pg_background_result_v2(1, NULL) AS (n int)").rows()).isEmpty();
        assertThat(query("SELECT * FROM pg_background_run_query(NULL) AS (n int)").rows()).isEmpty();
        assertThat(query("SELECT pg_background_full_sql(NULL, 1)").rows()).containsExactly(
                Collections.singletonList(null));
        assertThat(query("SELECT * FROM pg_background_list()").rows()).isEmpty();
    }

    // Handles that are none

    @ParameterizedTest
    @ValueSource(strings = {"pg_background_detach_v2(%s)", "pg_background_detach(%s)", "pg_background_cancel_v2(%s)",
        "pg_background_cancel_v2_grace(%s, 5)", "pg_background_cancel(%s)", "pg_background_wait_v2(%s)",
        "pg_background_wait_v2_timeout(%s, 5)", "pg_background_wait(%s)", "pg_background_result_info(%s)", "pg_background_error_info(%s)",
        "pg_background_full_sql(%s)"})
    void aHandleThatIsNoneDoesNothing(String call) throws SQLException {
        String sql = "SELECT * FROM " + call;
        String handle = launch("SELECT 7");
        String pid = handle.split(", ")[0];
        Failure cookie = fail(sql, otherCookie(handle));
        assertThat(cookie.state()).isEqualTo("55000");
        assertThat(cookie.message()).isEqualTo("cookie mismatch for PID " + pid);
        try (Connection other = database.connect()) {
            Failure foreign = Failure.of(other, String.format(sql, handle));
            assertThat(foreign.state()).isEqualTo("42704");
            assertThat(foreign.message()).isEqualTo("PID " + pid + " is not attached to this session");
        }
        assertThat(query("SELECT * FROM pg_background_result(%s) AS (n int)", handle).value())
                .as("nothing was done").isEqualTo("7");
        Failure stale = fail(sql, handle);
        assertThat(stale.state()).isEqualTo("42704");
        assertThat(stale.message()).isEqualTo("PID " + pid + " is not attached to this session");
    }

    @Test
    void aSecondReaderIsToldThatTheResultIsConsumed() throws SQLException {
        String handle = launch("SELECT generate_series(1, 1000000)");
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(
                "SELECT * FROM pg_background_result_v2(" + handle + ") AS (n int)")) {
            assertThat(rows.next()).isTrue();
            Failure second = fail("SELECT * FROM pg_background_result_v2(%s) AS (n int)", handle);
            assertThat(second.state()).isEqualTo("42704");
            assertThat(second.message()).isEqualTo("results for PID " + handle.split(", ")[0]
                    + " have already been consumed");
        }
    }

    @Test
    void tooManyJobsAreRefused() throws SQLException {
        Sql.run(connection, "SET pg_background.max_workers = 1");
        launch("SELECT 1");
        for (String sql : List.of("SELECT * FROM pg_background_launch_v2('SELECT 1')",
                "SELECT * FROM pg_background_submit('SELECT 1')", "SELECT * FROM pg_background_run('SELECT 1')",
                "SELECT * FROM pg_background_run_query('SELECT 1') AS (n int)")) {
            assertThat(fail(sql).state()).isEqualTo("53400");
            assertThat(fail(sql).message()).isEqualTo("too many background workers");
        }
    }

    @Test
    void aFailedTransactionRefusesAll() throws SQLException {
        String handle = ended("SELECT 7");
        connection.setAutoCommit(false);
        assertThat(Sql.stateOf(connection, "SELECT 1 / 0")).isEqualTo("22012");
        for (String sql : List.of("SELECT pg_background_wait_v2(" + handle + ")", "SELECT * FROM pg_background_list()",
                "SELECT * FROM pg_background_launch_v2('SELECT 1')")) {
            assertThat(fail(sql).state()).isEqualTo("25P02");
        }
        connection.rollback();
        // an error of a function fails the transaction
        assertThat(fail("SELECT pg_background_wait_v2(%s)", otherCookie(handle)).state()).isEqualTo("55000");
        assertThat(Sql.stateOf(connection, "SELECT 1")).isEqualTo("25P02");
        connection.rollback();
        assertThat(query("SELECT pg_background_wait(%s)", handle).value()).isEqualTo("t");
    }

    // What is for the server

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT pg_background_launch_v2('SELECT 1')",
        "SELECT pg_background_outcome(1, 2)",
        "SELECT pg_background_stats()",
        "SELECT pg_background_list()",
        "SELECT * FROM pg_background_drain('{}')",
        "SELECT pg_background_wait_any('{}')",
        "SELECT (pg_background_launch_v2('SELECT 1')).pid",
        "SELECT pid FROM pg_background_launch_v2('SELECT 1')",
        "SELECT pg_background_launch(pg_background_full_sql(1, 2))",
        "SELECT pg_background_wait_v2(pg_background_launch('SELECT 1'), 5)",
        "SELECT pg_background_detach(pg_background_launch('SELECT 1'), 5)"
    })
    void otherShapesAreNotAnsweredHere(String sql) throws SQLException {
        Failure failure = fail(sql);
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.message()).contains("cannot be called in");
        assertThat(query("SELECT * FROM pg_background_list()").rows()).isEmpty();
    }

    // Prepared

    @Test
    void preparedStatementsTakeParameters() throws SQLException {
        Handle handle;
        try (PreparedStatement launch = connection.prepareStatement(
                "SELECT * FROM pg_background_launch_v2(?, ?, label => ?)")) {
            assertThat(launch.getMetaData().getColumnLabel(2)).isEqualTo("cookie");
            assertThat(launch.getMetaData().getColumnTypeName(2)).isEqualTo("int8");
            assertThat(launch.getParameterMetaData().getParameterTypeName(2)).isEqualTo("int4");
            launch.setString(1, "SELECT 7");
            launch.setInt(2, 0);
            launch.setString(3, "prepared");
            try (ResultSet row = launch.executeQuery()) {
                assertThat(row.next()).isTrue();
                handle = new Handle(row.getInt(1), row.getLong(2));
            }
        }
        try (PreparedStatement wait = connection.prepareStatement("SELECT pg_background_wait(?, ?, ?) AS over")) {
            assertThat(wait.getParameterMetaData().getParameterTypeName(2)).isEqualTo("int8");
            wait.setInt(1, handle.pid());
            wait.setLong(2, handle.cookie());
            wait.setInt(3, 10_000);
            for (int i = 0; i < 10; i++) {
                try (ResultSet row = wait.executeQuery()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getBoolean("over")).isTrue();
                }
            }
            wait.setNull(3, Types.INTEGER);
            try (ResultSet row = wait.executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getObject(1)).isNull();
            }
        }
        try (PreparedStatement list = connection.prepareStatement("SELECT * FROM pg_background_list()")) {
            assertThat(list.getMetaData().getColumnCount()).isEqualTo(10);
            try (ResultSet rows = list.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("label")).isEqualTo("prepared");
            }
        }
        try (PreparedStatement read = connection.prepareStatement(
                "SELECT * FROM pg_background_result(?, ?) AS (n int)")) {
            read.setInt(1, handle.pid());
            read.setObject(2, handle.cookie());
            try (ResultSet rows = read.executeQuery()) {
                assertThat(Sql.rows(rows)).containsExactly("7");
            }
        }
    }

    @Test
    void aParameterOfAnotherTypeIsNoFunction() throws SQLException {
        try (PreparedStatement wait = connection.prepareStatement("SELECT pg_background_wait_v2(?, ?)")) {
            wait.setLong(1, 1);
            wait.setLong(2, 2);
            Failure failure = Failure.of(wait::execute);
            assertThat(failure.state()).isEqualTo("42883");
            assertThat(failure.message()).isEqualTo("function pg_background_wait_v2(bigint, unknown) does not exist");
        }
    }

    @Test
    void callsOfFunctionsGiveTheirValue() throws SQLException {
        String[] handle = launch("SELECT 7").split(", ");
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_wait_v2_timeout(?, ?, ?)}")) {
            call.registerOutParameter(1, Types.BOOLEAN);
            call.setInt(2, Integer.parseInt(handle[0]));
            call.setLong(3, Long.parseLong(handle[1]));
            call.setInt(4, 10_000);
            call.execute();
            assertThat(call.getBoolean(1)).isTrue();
        }
        try (CallableStatement call = connection.prepareCall("{call pg_background_cancel_v2(?, ?)}")) {
            call.setInt(1, Integer.parseInt(handle[0]));
            call.setLong(2, Long.parseLong(handle[1]));
            assertThat(call.execute()).isTrue();
        }
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_purge()}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(1);
        }
    }

    // Several connections

    @Test
    @SinceRelease(value = 10, because = "literals are of type text")
    void aHandleIsHonouredInTheWholeJvm() throws SQLException {
        String handle;
        try (Connection first = database.connect("pgbgScope=jvm")) {
            handle = launch(first, "SELECT 'from another request'");
        }
        try (Connection second = database.connect("pgbgScope=jvm")) {
            assertThat(Failure.of(second, "SELECT pg_background_wait_v2(" + otherCookie(handle) + ")").state())
                    .isEqualTo("55000");
            assertThat(Grid.query(second, "SELECT pg_background_wait(" + handle + ")").value()).isEqualTo("t");
            assertThat(Grid.query(second, "SELECT * FROM pg_background_list()").rows()).isEmpty();
            assertThat(Failure.of(connection, "SELECT pg_background_wait_v2(" + handle + ")").state())
                    .isEqualTo("42704");
            assertThat(Grid.query(second, "SELECT * FROM pg_background_result(" + handle + ") AS (t text)").value())
                    .isEqualTo("from another request");
            assertThat(Failure.of(second, "SELECT pg_background_wait_v2(" + handle + ")").state()).isEqualTo("42704");
        }
    }

    @Test
    void anotherRolesJobIsRefused() throws SQLException {
        String role = "r" + UUID.randomUUID().toString().replace("-", "");
        database.execute("CREATE ROLE " + role);
        try {
            String handle = ended("SELECT 7");
            Sql.run(connection, "SET ROLE " + role);
            Failure failure = fail("SELECT pg_background_wait_v2(%s)", handle);
            assertThat(failure.state()).isEqualTo("42501");
            assertThat(failure.message()).isEqualTo("permission denied for background worker with PID \""
                    + handle.split(", ")[0] + "\"");
            assertThat(row("SELECT * FROM pg_background_outcome(%s)", handle).subList(2, 12)).containsOnlyNulls();
            Sql.run(connection, "RESET ROLE");
            assertThat(query("SELECT * FROM pg_background_result(%s) AS (n int)", handle).value()).isEqualTo("7");
        } finally {
            database.execute("DROP ROLE " + role);
        }
    }
}
