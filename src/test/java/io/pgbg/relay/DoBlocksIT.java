package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks of PL/pgSQL launch jobs and read them, on a server where nothing was installed. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class DoBlocksIT extends WithConnection {

    private static final Duration SOON = Duration.ofSeconds(20);

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TABLE item (id int, name text);
                CREATE TABLE account (owner text CONSTRAINT one_each PRIMARY KEY, balance int);
                CREATE TABLE audit (at timestamptz DEFAULT clock_timestamp(), what text);
                CREATE TABLE answer (place serial, what text);
                CREATE SEQUENCE attempt;
                """);
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE item, account, audit, answer RESTART IDENTITY; ALTER SEQUENCE attempt RESTART;"
                + " INSERT INTO account VALUES ('bob', 10)");
    }

    private void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    /** Runs a block with variables for a pid, a number and a text, and gives what it told as notices. */
    private List<String> block(String statements) throws SQLException {
        return notices("DO $block$ DECLARE p int; n int; t text; r record; BEGIN " + statements + " END $block$");
    }

    private List<String> notices(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return Sql.messages(statement.getWarnings());
        }
    }

    private List<String> seen(String query) throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Sql.rows(raw, query);
        }
    }

    // Launch, result, detach

    @ParameterizedTest
    @ValueSource(strings = {
        "p := pg_background_launch('SELECT 7'); SELECT v INTO n FROM pg_background_result(p) AS r(v int);",
        "SELECT pg_background_launch('SELECT 7') INTO p; SELECT * INTO n FROM pg_background_result(p) AS (v int);",
        "SELECT pg_background_launch INTO p FROM pg_background_launch('SELECT 7');"
                + " SELECT v INTO STRICT n FROM pg_background_result(pid => p) AS r(v int);",
        "n := (SELECT v FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int));",
        "SELECT sum(v) INTO n FROM pg_background_result(pg_background_launch($$VALUES (3), (4)$$)) AS r(v int);",
        "IF pg_background_launch('SELECT 1') > 0 THEN n := 7; END IF;",
        "n := 7; p := pg_background_launch('SELECT 1'); ASSERT p > 0; PERFORM pg_background_detach(p);",
        "n := 0; WHILE n < 7 LOOP n := n + (SELECT v FROM pg_background_result(pg_background_launch('SELECT 1'))"
                + " AS r(v int)); END LOOP;",
        "n := 0; FOR r IN SELECT * FROM pg_background_result(pg_background_launch('VALUES (1), (2), (4)')) AS q(v int)"
                + " LOOP n := n + r.v; END LOOP;",
        "n := 0; FOR n IN 1..3 LOOP p := pg_background_launch('SELECT ' || n::text);"
                + " PERFORM * FROM pg_background_result(p) AS p(ret int); END LOOP; n := 7;",
        "CASE (SELECT v FROM pg_background_result(pg_background_launch('SELECT 1')) AS r(v int)) WHEN 1 THEN n := 7;"
                + " END CASE;",
        "SELECT v INTO n FROM \"pg_background_result\"(public.PG_BACKGROUND_LAUNCH(sql := E'SELECT \\x37'))"
                + " AS r(v int);",
        "<<own>> DECLARE pid int; BEGIN pid := pg_background_launch('SELECT 7'); SELECT v INTO n"
                + " FROM pg_background_result(own.pid) AS r(v int); END;"
    })
    void aBlockLaunchesAndReads(String statements) throws SQLException {
        assertThat(block(statements + " RAISE NOTICE '%', n;")).containsExactly("7");
        // and once more, with what the first execution has left behind
        assertThat(block(statements + " RAISE NOTICE '%', n;")).containsExactly("7");
    }

    @Test
    void aRecordWithoutAListIsTheServersError() {
        assertThat(Sql.stateOf(() -> block("PERFORM pg_background_result(pg_background_launch('SELECT 1'));")))
                .isEqualTo("0A000");
        assertThat(Sql.stateOf(() -> block("PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1'));")))
                .isEqualTo("42601");
    }

    @Test
    void performThrowsTheRowsAwayAndTheJobIsDone() throws SQLException {
        block("PERFORM * FROM pg_background_result(pg_background_launch('INSERT INTO item VALUES (1)')) AS p(ret text);"
                + " PERFORM * FROM pg_background_result(pg_background_launch('INSERT INTO item VALUES (2)')) AS p (ret"
                + " text);");
        assertThat(seen("SELECT id FROM item ORDER BY id")).containsExactly("1", "2");
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void rowsOfSeveralColumnsAndManyRowsAreLoopedOver() throws SQLException {
        assertThat(block("n := 0; FOR r IN SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT g, ''row '' || g::text, g % 2 = 0 FROM generate_series(1, 20000) AS g')) AS q(id int, name"
                + " text,"
                + " even bool) LOOP IF r.even AND r.name = 'row ' || r.id::text THEN n := n + 1; END IF; END LOOP;"
                + " RAISE NOTICE '%', n;")).containsExactly("10000");
    }

    @Test
    void aLoopMayBeLeftEarly() throws SQLException {
        assertThat(block("FOR r IN SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT g FROM generate_series(1, 20000) AS g')) AS q(id int) LOOP EXIT WHEN r.id > 3; n := r.id;"
                + " END LOOP; RAISE NOTICE '%', n;")).containsExactly("3");
        assertThat(block("RAISE NOTICE '%', (SELECT v FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS q(v int));")).containsExactly("7");
    }

    @Test
    void aCursorOfTheBlockIsFetched() throws SQLException {
        assertThat(notices("DO $$ DECLARE c CURSOR FOR SELECT g, v FROM generate_series(1, 3) AS g,"
                + " pg_background_result(pg_background_launch('SELECT ' || (g * g)::text)) AS q(v int); a int; b int;"
                + " BEGIN"
                + " OPEN c; LOOP FETCH c INTO a, b; EXIT WHEN NOT FOUND; RAISE NOTICE '%: %', a, b; END LOOP; CLOSE c;"
                + " END $$")).containsExactly("1: 1", "2: 4", "3: 9");
    }

    @Test
    void nullArgumentsAreNull() throws SQLException {
        assertThat(block("p := pg_background_launch(NULL); RAISE NOTICE '%', p;"
                + " FOR r IN SELECT * FROM pg_background_result(NULL) AS q(v int) LOOP RAISE NOTICE 'a row'; END LOOP;"
                + " PERFORM pg_background_detach(NULL);")).containsExactly("<NULL>");
    }

    @Test
    void aThousandDetachedRightAfterTheLaunchAllCommit() throws Exception {
        block("FOR n IN 1..1000 LOOP PERFORM pg_background_detach(pg_background_launch("
                + "'INSERT INTO item VALUES (' || n::text || ')')); END LOOP;");
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitValue("1000", "SELECT count(DISTINCT id) FROM item");
        }
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void anUnknownPidIsNotAttached() throws SQLException {
        assertThat(block("BEGIN PERFORM * FROM pg_background_result(-1) AS r(v int); EXCEPTION WHEN undefined_object"
                + " THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END;"
                + " p := pg_background_launch('SELECT 1'); PERFORM pg_background_detach(p);"
                + " BEGIN PERFORM pg_background_detach(p); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM ="
                + " format('PID %s is not attached to this session', p); END;"))
                .containsExactly("42704 PID -1 is not attached to this session", "t");
    }

    // Errors

    @Test
    void theJobsErrorIsCaughtByItsCondition() throws SQLException {
        assertThat(block("p := pg_background_launch('SELECT 1 / 0'); BEGIN SELECT v INTO n"
                + " FROM pg_background_result(p) AS r(v int); EXCEPTION WHEN division_by_zero THEN"
                + " RAISE NOTICE 'caught %: %', SQLSTATE, SQLERRM; END; RAISE NOTICE 'on';"))
                .containsExactly("caught 22012: division by zero", "on");
    }

    @Test
    void theFieldsOfTheJobsErrorAreThere() throws SQLException {
        assertThat(notices("""
                DO $block$
                DECLARE
                  constraint_name text; table_name text; schema_name text; message text; detail text; hint text;
                BEGIN
                  BEGIN
                    PERFORM * FROM pg_background_result(pg_background_launch(
                      'INSERT INTO account VALUES (''bob'', 1)')) AS r(v text);
                  EXCEPTION WHEN unique_violation THEN
                    GET STACKED DIAGNOSTICS constraint_name = CONSTRAINT_NAME, table_name = TABLE_NAME,
                      schema_name = SCHEMA_NAME, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
                    RAISE NOTICE '%|%|%|%|%', constraint_name, table_name, schema_name, message, detail;
                  END;
                  BEGIN
                    PERFORM * FROM pg_background_result(pg_background_launch(
                      $$DO 'BEGIN RAISE ''100%% mine'' USING ERRCODE = ''ZZ001'', DETAIL = ''d'', HINT = ''h''; END'$$))
                      AS r(v text);
                  EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
                    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
                    RAISE NOTICE '%|%|%', SQLERRM, detail, hint;
                  END;
                END $block$""")).containsExactly("one_each|account|public|"
                        + "duplicate key value violates unique constraint \"one_each\"|"
                        + "Key (owner)=(bob) already exists.",
                        "100% mine|d|h");
    }

    @Test
    void anErrorThatNobodyCatchesIsTheStatements() throws SQLException {
        Failure failure = Failure.of(connection, "DO $$ DECLARE p int; BEGIN p := pg_background_launch('SELECT 1 / 0');"
                + " PERFORM * FROM pg_background_result(p) AS r(v int); END $$");
        assertThat(failure.state()).isEqualTo("22012");
        assertThat(failure.message()).isEqualTo("division by zero");
        assertThat(failure.context()).contains("PL/pgSQL function inline_code_block line 1")
                .containsPattern("background worker, pid \\d+");
    }

    @Test
    void anErrorOfTheBlockItselfLeavesTheJobAlone() throws Exception {
        assertThat(Sql.stateOf(connection, "DO $$ BEGIN PERFORM pg_background_launch('INSERT INTO item VALUES (1)');"
                + " RAISE SQLSTATE 'ZZ002'; END $$")).isEqualTo("ZZ002");
        Await.until("the job commits", SOON, () -> seen("SELECT id FROM item").equals(List.of("1")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "DO $$ BEGIN PERFORM pg_background_launch('SELECT 1'); #SELEKT 1; END $$ ~ 42601",
        "DO $$ BEGIN PERFORM pg_background_launch('SELECT 1'); #nothing := 1; END $$ ~ 42601"
    })
    void aSyntaxErrorPointsIntoTheCallersText(String marked, String state) throws SQLException {
        Failure expected;
        try (Connection raw = database.connectRaw()) {
            expected = Failure.of(raw, marked.replace("#", ""));
        }
        Failure failure = Failure.of(connection, marked.replace("#", ""));
        assertThat(failure.state()).isEqualTo(state).isEqualTo(expected.state());
        assertThat(failure.message()).isEqualTo(expected.message());
        assertThat(failure.position()).isEqualTo(expected.position());
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void aMismatchIsCaughtAsTheServersOwn() throws SQLException {
        assertThat(block("BEGIN PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1')) AS r(v text);"
                + " EXCEPTION WHEN datatype_mismatch THEN RAISE NOTICE '%', SQLERRM; END;"
                + " BEGIN PERFORM * FROM pg_background_result(pg_background_launch('VACUUM item')) AS r(v int);"
                + " EXCEPTION WHEN datatype_mismatch THEN RAISE NOTICE '%', SQLERRM; END;"))
                .containsExactly("remote query result rowtype does not match the specified FROM clause rowtype",
                        "remote query did not return a result set, but result rowtype is not a single text column");
    }

    // Transactions

    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "4,true", "8,true", "2,false", "4,false", "8,false"})
    void everyIsolationLevelServes(int level, boolean autoCommit) throws SQLException {
        connection.setTransactionIsolation(level);
        connection.setAutoCommit(autoCommit);
        for (int i = 0; i < 2; i++) {
            assertThat(block("SELECT count(*) INTO n FROM item; RAISE NOTICE 'before %', n;"
                    + " PERFORM * FROM pg_background_result(pg_background_launch('INSERT INTO item VALUES (1)')) AS"
                    + " r(v text); SELECT v INTO n FROM pg_background_result(pg_background_launch("
                    + "'SELECT count(*)::int FROM item')) AS r(v int); RAISE NOTICE 'job %', n;"
                    + " SELECT count(*) INTO n FROM item; RAISE NOTICE 'after %', n;"
                    + " BEGIN PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1 / 0')) AS r(v int);"
                    + " EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught'; END;"))
                    .containsExactly("before " + i, "job " + (i + 1), "after " + (level < 4 ? i + 1 : i), "caught");
            if (!autoCommit) {
                connection.commit();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theJobsRowSurvivesTheRollback(boolean wait) throws Exception {
        connection.setAutoCommit(false);
        run("INSERT INTO item VALUES (1)");
        block("p := pg_background_launch('INSERT INTO audit (what) VALUES (''tried'')');" + (wait
                ? " PERFORM * FROM pg_background_result(p) AS r(v text);" : " PERFORM pg_background_detach(p);"));
        connection.rollback();
        Await.until("the audit row is there", SOON, () -> seen("SELECT what FROM audit").equals(List.of("tried")));
        assertThat(seen("SELECT id FROM item")).isEmpty();
    }

    @Test
    void nestedBlocksRollBackTheirOwnWorkOnly() throws SQLException {
        assertThat(block("INSERT INTO item VALUES (1); BEGIN INSERT INTO item VALUES (2);"
                + " BEGIN INSERT INTO item VALUES (3); PERFORM * FROM pg_background_result(pg_background_launch("
                + "'INSERT INTO audit (what) VALUES (''inner'')')) AS r(v text); RAISE SQLSTATE 'ZZ003';"
                + " EXCEPTION WHEN SQLSTATE 'ZZ003' THEN p := pg_background_launch('SELECT 1 / 0'); END;"
                + " PERFORM * FROM pg_background_result(p) AS r(v int);"
                + " EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught'; END; INSERT INTO item VALUES (4);"
                + " RAISE NOTICE '%', (SELECT v FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS q(v int));")).containsExactly("caught", "7");
        assertThat(seen("SELECT id FROM item ORDER BY id")).containsExactly("1", "4");
        assertThat(seen("SELECT what FROM audit")).containsExactly("inner");
    }

    @Test
    @SinceRelease(value = 11, because = "COMMIT in blocks")
    void aBlockThatCommitsGoesOn() throws SQLException {
        assertThat(block("INSERT INTO item VALUES (1); COMMIT; SELECT v INTO n FROM pg_background_result("
                + "pg_background_launch('SELECT count(*)::int FROM item')) AS r(v int); RAISE NOTICE '%', n;"
                + " INSERT INTO item VALUES (2); ROLLBACK; SELECT v INTO n FROM pg_background_result("
                + "pg_background_launch('SELECT count(*)::int FROM item')) AS r(v int); RAISE NOTICE '%', n;"))
                .containsExactly("1", "1");
    }

    // Notices

    @Test
    void noticesOfBlockAndJobArriveInOrderAndOnce() throws SQLException {
        assertThat(block("RAISE NOTICE 'block 1'; p := pg_background_launch($j$DO 'BEGIN RAISE NOTICE ''job 1'';"
                + " RAISE INFO ''job 2''; RAISE WARNING ''job 3''; END'$j$); RAISE NOTICE 'block 2';"
                + " PERFORM * FROM pg_background_result(p) AS r(v text); RAISE NOTICE 'block 3';"
                + " PERFORM * FROM pg_background_result(pg_background_launch("
                + "$j$DO 'BEGIN RAISE NOTICE ''job 4''; END'$j$)) AS r(v text); RAISE NOTICE 'block 4';"))
                .containsExactly("block 1", "block 2", "job 1", "job 2", "job 3", "block 3", "job 4", "block 4");
    }

    @Test
    void manyNoticesOfBothKeepTheirOrder() throws SQLException {
        List<String> expected = new ArrayList<>();
        IntStream.rangeClosed(1, 50).forEach(i -> expected.addAll(List.of("b" + i, "j" + i)));
        assertThat(block("FOR n IN 1..50 LOOP RAISE NOTICE 'b%', n; PERFORM * FROM pg_background_result("
                + "pg_background_launch(format($j$DO 'BEGIN RAISE NOTICE ''j%s''; END'$j$, n))) AS r(v text);"
                + " END LOOP;")).isEqualTo(expected);
    }

    @Test
    void clientMinMessagesHoldsForTheJobAndDoesNotStopTheBlock() throws SQLException {
        run("SET client_min_messages = error");
        assertThat(block("RAISE WARNING 'block'; PERFORM * FROM pg_background_result(pg_background_launch("
                + "$j$DO 'BEGIN RAISE WARNING ''job''; RAISE INFO ''info''; END'$j$)) AS r(v text);"
                + " RAISE INFO 'last';")).containsExactly("info", "last");
    }

    @Test
    void noticesAreThereWhileTheBlockRuns() throws Exception {
        try (Connection gate = database.connectRaw(); Statement statement = connection.createStatement()) {
            run("SELECT 1");
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
            Running<Boolean> running = Running.start(() -> statement.execute("DO $$ BEGIN RAISE NOTICE 'block';"
                    + " PERFORM * FROM pg_background_result(pg_background_launch($j$DO 'BEGIN RAISE NOTICE ''job'';"
                    + " PERFORM pg_advisory_lock_shared(1); END'$j$)) AS r(v text); RAISE NOTICE 'over'; END $$"));
            List<String> seen = new ArrayList<>();
            Await.until("the notices are visible", SOON, () -> {
                seen.addAll(Sql.messages(statement.getWarnings()));
                statement.clearWarnings();
                return seen.equals(List.of("block", "job"));
            });
            assertThat(running.isDone()).isFalse();
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_unlock(1)");
            running.get(SOON);
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("over");
        }
    }

    @Test
    void textThatOnlyMentionsANameStaysAsItIs() throws SQLException {
        assertThat(block("RAISE NOTICE 'pg_background_launch(''x'') -- %', $q$pg_background_result(1)$q$;"
                + " /* pg_background_detach(1) */ RAISE NOTICE '%', pg_background_launch('SELECT 1') > 0;"
                + " -- pg_background_launch('SELECT 1')\n t := 'public.pg_background_launch(a)'; RAISE NOTICE '%', t;"))
                .containsExactly("pg_background_launch('x') -- pg_background_result(1)", "t",
                        "public.pg_background_launch(a)");
    }

    // How the block is written and sent

    @ParameterizedTest
    @ValueSource(strings = {
        "DO 'DECLARE n int; BEGIN SELECT v INTO n FROM pg_background_result(pg_background_launch(''SELECT 7''))"
                + " AS r(v int); RAISE NOTICE ''%'', n; END'",
        "DO E'DECLARE n int; BEGIN SELECT v INTO n FROM pg_background_result(pg_background_launch(\\'SELECT \\x37\\'))"
                + " AS r(v int); RAISE NOTICE \\'%\\', n; END'",
        "DO LANGUAGE plpgsql $do$ DECLARE n int; BEGIN SELECT v INTO n FROM pg_background_result(pg_background_launch("
                + "$$SELECT 7$$)) AS r(v int); RAISE NOTICE '%', n; END $do$",
        "do $$DECLARE n int; BEGIN n := (SELECT v FROM PG_BACKGROUND_RESULT(pg_background_launch('SELECT 7')) r(v"
                + " int)); RAISE NOTICE '%', n; END$$ language 'plpgsql';",
        "/* a block */ DO $$ BEGIN RAISE NOTICE '%', (SELECT v FROM pg_background_result(pg_background_launch("
                + "'SELECT 7')) AS r(v int)); END $$ -- over",
        "DO 'BEGIN RAISE NOTICE ''%'', (SELECT v FROM pg_background_result(pg_background_launch(''SELECT '''n"
                + "'7'')) AS r(v int)); END'"
    })
    void aBodyMayBeQuotedInAnyWay(String sql) throws SQLException {
        assertThat(notices(sql.replace("'''n'", "'\n'"))).containsExactly("7");
    }

    @Test
    void aBodyMayBeQuotedAsBeforeTheStandard() throws SQLException {
        run("SET escape_string_warning = off");
        run("SET standard_conforming_strings = off");
        assertThat(notices("DO 'DECLARE n int; BEGIN SELECT v INTO n FROM pg_background_result(pg_background_launch("
                + "\\'SELECT \\\\\\'7\\\\\\'::int\\')) AS r(v int); RAISE NOTICE \\'%\\', n; END'"))
                .containsExactly("7");
        assertThat(block("SELECT v INTO t FROM pg_background_result(pg_background_launch("
                + "'SELECT ''a\\\\\\\\b''::text')) AS r(v text); RAISE NOTICE '%', t;")).containsExactly("a\\b");
        assertThat(Sql.rows(connection, "SELECT v, 'a\\\\b' FROM pg_background_result(pg_background_launch("
                + "'SELECT \\'it\\'\\'s\\'::text')) AS r(v text)")).isNotEmpty();
    }

    @Test
    void aPreparedBlockIsExecutedManyTimes() throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement("DO $$ BEGIN PERFORM * FROM pg_background_result("
                + "pg_background_launch('INSERT INTO item VALUES (1)')) AS r(v text); END $$")) {
            for (int i = 0; i < 7; i++) {
                assertThat(prepared.execute()).isFalse();
            }
        }
        assertThat(seen("SELECT count(*) FROM item")).containsExactly("7");
    }

    @Test
    void dynamicSqlOfABlockCalls() throws SQLException {
        assertThat(block("EXECUTE 'SELECT pg_background_launch($1)' INTO p USING 'SELECT 7';"
                + " EXECUTE format('SELECT v FROM pg_background_result(%s) AS r(v int)', p) INTO n;"
                + " RAISE NOTICE '%', n; FOR r IN EXECUTE 'SELECT * FROM pg_background_result("
                + "pg_background_launch(''SELECT 8'')) AS q(v int)' LOOP RAISE NOTICE '%', r.v; END LOOP;"))
                .containsExactly("7", "8");
    }

    // Programs as people write them

    @Test
    void retryUntilTheJobSucceeds() throws SQLException {
        assertThat(notices("""
                DO $$
                DECLARE
                  tries int := 0;
                  outcome text;
                BEGIN
                  LOOP
                    tries := tries + 1;
                    BEGIN
                      SELECT v INTO outcome FROM pg_background_result(pg_background_launch(
                        $job$SELECT (100 / (nextval('attempt') - 1) / (nextval('attempt') - 4))::text$job$))
                        AS r(v text);
                      EXIT;
                    EXCEPTION WHEN division_by_zero THEN
                      RAISE NOTICE 'try % failed: %', tries, SQLERRM;
                      IF tries >= 5 THEN RAISE; END IF;
                    END;
                  END LOOP;
                  RAISE NOTICE 'try % gave %', tries, outcome IS NOT NULL;
                END $$""")).containsExactly("try 1 failed: division by zero", "try 2 gave t");
    }

    @Test
    void runWithATimeout() throws Exception {
        assertThat(notices("""
                DO $$
                DECLARE
                  pid int;
                  v text;
                BEGIN
                  SET LOCAL statement_timeout = '300ms';
                  pid := pg_background_launch('INSERT INTO item SELECT 1 FROM pg_catalog.pg_sleep(60)');
                  SET LOCAL statement_timeout = 0;
                  BEGIN
                    SELECT r.tag INTO v FROM pg_background_result(pid) AS r(tag text);
                    RAISE NOTICE 'done: %', v;
                  EXCEPTION WHEN query_canceled THEN
                    RAISE NOTICE 'took too long: %', SQLERRM;
                  END;
                  SELECT r.tag INTO v FROM pg_background_result(pg_background_launch(
                    'INSERT INTO item SELECT 2 FROM pg_catalog.pg_sleep(0.5)')) AS r(tag text);
                  RAISE NOTICE 'done: %', v;
                END $$""")).containsExactly("took too long: canceling statement due to statement timeout",
                        "done: INSERT 0 1");
        assertThat(seen("SELECT id FROM item")).containsExactly("2");
    }

    @Test
    void fanOutAndGather() throws SQLException {
        assertThat(notices("""
                DO $$
                DECLARE
                  pids int[] := '{}';
                  pid int;
                  part bigint;
                  total bigint := 0;
                BEGIN
                  FOR i IN 0..7 LOOP
                    pids := array_append(pids, pg_background_launch(format(
                      'SELECT count(*) FROM generate_series(1, 8000) AS g WHERE g %% 8 = %s', i)));
                  END LOOP;
                  FOREACH pid IN ARRAY pids LOOP
                    SELECT n INTO part FROM pg_background_result(pid) AS r(n bigint);
                    total := total + part;
                  END LOOP;
                  RAISE NOTICE '% jobs counted %', cardinality(pids), total;
                END $$""")).containsExactly("8 jobs counted 8000");
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void auditSurvivesTheFailureThatItTells() throws SQLException {
        assertThat(Sql.stateOf(connection, """
                DO $$
                BEGIN
                  UPDATE account SET balance = balance - 100 WHERE owner = 'bob';
                  RAISE check_violation USING MESSAGE = 'bob is poor';
                EXCEPTION WHEN OTHERS THEN
                  PERFORM * FROM pg_background_result(pg_background_launch(format(
                    'INSERT INTO audit (what) VALUES (%L)', SQLSTATE || ' ' || SQLERRM || ' it''s %')))
                    AS p(tag text);
                  RAISE;
                END $$""")).isEqualTo("23514");
        assertThat(seen("SELECT what FROM audit")).containsExactly("23514 bob is poor it's %");
        assertThat(seen("SELECT balance FROM account")).containsExactly("10");
    }

    @Test
    void vacuumIsRunOutsideTheBlocksTransaction() throws SQLException {
        assertThat(block("SELECT v INTO t FROM pg_background_result(pg_background_launch('VACUUM ANALYZE account'))"
                + " AS r(v text); RAISE NOTICE '%', t;")).containsExactly("VACUUM");
    }
}
