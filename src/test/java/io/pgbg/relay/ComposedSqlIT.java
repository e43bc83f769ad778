package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Releases;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls stand wherever SQL allows a function, on a server where nothing was installed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class ComposedSqlIT extends WithConnection {

    /** In the texts below, {@code run<SELECT 1>} is short for the result of a job launched on the spot. */
    private static final Pattern RUN = Pattern.compile("run<([^>]*)>");

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TABLE item (id int, name text);
                CREATE TABLE kept (id int, name text);
                CREATE TABLE pg_background_result (a int);
                """);
    }

    @BeforeEach
    void emptyTables() throws SQLException {
        database.execute("TRUNCATE item, kept; INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    }

    private static String expand(String sql) {
        return RUN.matcher(sql).replaceAll("pg_background_result(pg_background_launch(\\$j\\$$1\\$j\\$))");
    }

    private static List<String> list(String rows) {
        return rows.isEmpty() ? List.of() : Arrays.asList(rows.split("\\|"));
    }

    private List<String> rows(String sql) throws SQLException {
        return Sql.rows(connection, Releases.adapt(connection, expand(sql)));
    }

    private String value(String sql) throws SQLException {
        return Sql.value(connection, expand(sql));
    }

    private void run(String sql) throws SQLException {
        Sql.run(connection, expand(sql));
    }

    /** What everybody sees in the table that the jobs write to. */
    private List<String> kept() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Sql.rows(raw, "SELECT id FROM kept ORDER BY id");
        }
    }

    private void awaitKept(int count) throws Exception {
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitValue(Integer.toString(count), "SELECT count(*) FROM kept");
        }
    }

    // Queries

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        // the select list
        "SELECT pg_background_launch('SELECT 1') > 0 ~ t",
        "SELECT 1 AS one, pg_background_launch('SELECT 1') > 0 AS launched, 'x' ~ 1,t,x",
        "SELECT pg_background_launch('SELECT 1') > 0, pg_background_launch('SELECT 2') > 0 ~ t,t",
        "SELECT count(DISTINCT pg_background_launch('SELECT ' || id::text)) FROM item ~ 3",
        "SELECT DISTINCT pg_background_launch('SELECT 1') > 0 FROM item ~ t",
        "SELECT abs(pg_background_launch('SELECT 1')) > 0 ~ t",
        "SELECT (ARRAY[pg_background_launch('SELECT 1'), 0])[2] ~ 0",
        "SELECT id FROM item WHERE pg_background_launch('SELECT ' || id::text) > 0 ORDER BY id ~ 1|2|3",
        "VALUES (pg_background_launch('SELECT 1') > 0), (false) ~ t|f",
        "SELECT bool_and(pid > 0) FROM (VALUES (pg_background_launch('SELECT 1'))) AS v(pid) ~ t",
        // FROM
        "SELECT v FROM run<SELECT 7> AS t(v int) ~ 7",
        "SELECT t.v, t.w FROM run<SELECT 7, 'x'::text> AS t(v int, w text) ~ 7,x",
        "SELECT t FROM run<SELECT 7, 'x'::text> AS t(v int, w text) ~ (7,x)",
        "SELECT * FROM run<SELECT 7> AS t(v int), run<SELECT 8> AS u(v int) ~ 7,8",
        "SELECT * FROM run<VALUES (1), (2), (3)> AS t(v int) WHERE v > 1 ORDER BY v DESC LIMIT 1 ~ 3",
        "SELECT * FROM run<VALUES (1), (2), (3)> AS t(v int) ORDER BY v OFFSET 2 ~ 3",
        "SELECT * FROM ROWS FROM (run<SELECT 7> AS (v int)) WITH ORDINALITY AS t(v, n) ~ 7,1",
        "SELECT * FROM ROWS FROM (run<VALUES (4), (5)> AS (v int), generate_series(1, 2)) AS t ORDER BY 2 ~ 4,1|5,2",
        "SELECT * FROM (SELECT * FROM run<SELECT 7> AS t(v int)) AS s ~ 7",
        "(SELECT v FROM run<SELECT 7> AS t(v int)) ~ 7",
        "SELECT pid > 0 FROM pg_background_launch('SELECT 1') AS pid ~ t",
        "SELECT count(*) FROM pg_background_launch('SELECT 1') AS l(pid), pg_background_result(l.pid) AS r(v int) ~ 1",
        // joins
        "SELECT l.id, r.v FROM run<VALUES (1, 2), (2, 4)> AS l(id int, v int) JOIN run<VALUES (2, 6), (3, 9)>"
                + " AS r(id int, v int) ON r.id = l.id ~ 2,6",
        "SELECT id, a, b FROM run<VALUES (1, 2), (2, 4)> AS l(id int, a int) FULL JOIN run<VALUES (2, 6), (3, 9)>"
                + " AS r(id int, b int) USING (id) ORDER BY id ~ 1,2,null|2,4,6|3,null,9",
        "SELECT * FROM item NATURAL JOIN run<VALUES (2, 'b'::text)> AS r(id int, other text) ~ 2,two,b",
        "SELECT a.x, b.y FROM run<SELECT 1> AS a(x int) CROSS JOIN run<SELECT 2> AS b(y int) ~ 1,2",
        // LATERAL, with arguments from other items
        "SELECT i.id, r.v FROM item AS i, LATERAL pg_background_result(pg_background_launch('SELECT ' || i.id::text"
                + " || '0')) AS r(v int) ORDER BY 1 ~ 1,10|2,20|3,30",
        "SELECT i.id, r.v FROM item AS i, pg_background_result(pg_background_launch(format('SELECT %L::text', i.name)))"
                + " AS r(v text) ORDER BY 1 ~ 1,one|2,two|3,three",
        "SELECT i.id, r.v FROM item AS i JOIN LATERAL pg_background_result(pg_background_launch('SELECT ' ||"
                + " i.id::text)) AS r(v int) ON r.v > 1 ORDER BY 1 ~ 2,2|3,3",
        "SELECT i.id, r.v FROM item AS i LEFT JOIN LATERAL pg_background_result(pg_background_launch("
                + "'SELECT 1 WHERE 2 = ' || i.id::text)) AS r(v int) ON true ORDER BY 1 ~ 1,null|2,1|3,null",
        "SELECT sum(r.v) FROM (SELECT pg_background_launch('SELECT ' || id::text) AS pid FROM item OFFSET 0) AS l,"
                + " LATERAL pg_background_result(l.pid) AS r(v int) ~ 6",
        // set operations
        "SELECT v FROM run<SELECT 1> AS t(v int) UNION ALL SELECT v FROM run<SELECT 1> AS t(v int) ~ 1|1",
        "SELECT v FROM run<SELECT 1> AS t(v int) UNION SELECT v FROM run<SELECT 1> AS t(v int) ~ 1",
        "SELECT v FROM run<VALUES (1), (2)> AS t(v int) EXCEPT SELECT v FROM run<SELECT 1> AS t(v int) ~ 2",
        "SELECT * FROM run<VALUES (1), (2)> AS t(v int) INTERSECT SELECT id FROM item WHERE id > 1 ~ 2",
        // WITH
        "WITH r AS (SELECT * FROM run<SELECT 5> AS t(n int)) SELECT a.n + b.n FROM r AS a, r AS b ~ 10",
        "WITH r AS NOT MATERIALIZED (SELECT * FROM run<SELECT 5> AS t(n int)) SELECT a.n + b.n FROM r AS a, r AS b"
                + " ~ 10",
        "WITH l AS MATERIALIZED (SELECT id, pg_background_launch('SELECT ' || id::text) AS pid FROM item)"
                + " SELECT l.id, r.v FROM l, pg_background_result(l.pid) AS r(v int) ORDER BY 1 ~ 1,1|2,2|3,3",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < (SELECT v FROM run<SELECT 3>"
                + " AS r(v int))) SELECT max(n) FROM t ~ 3",
        // sub-selects
        "SELECT (SELECT v FROM run<SELECT 7> AS t(v int)) + 1 ~ 8",
        "SELECT (SELECT v FROM run<SELECT 7 WHERE false> AS t(v int)) IS NULL ~ t",
        "SELECT name FROM item WHERE id IN (SELECT v FROM run<VALUES (1), (3)> AS t(v int)) ORDER BY id ~ one|three",
        "SELECT name FROM item WHERE id = (SELECT max(v) FROM run<VALUES (1), (2)> AS t(v int)) ~ two",
        "SELECT name FROM item WHERE NOT EXISTS (SELECT FROM run<SELECT 1 WHERE false> AS t(v int)) AND id = 1 ~ one",
        "SELECT ARRAY(SELECT v FROM run<VALUES (1), (2)> AS t(v int) ORDER BY v) ~ {1,2}",
        "SELECT id, (SELECT v FROM pg_background_result(pg_background_launch('SELECT ' || i.id::text)) AS t(v int))"
                + " FROM item AS i ORDER BY id ~ 1,1|2,2|3,3",
        // aggregates
        "SELECT count(*), sum(v), string_agg(v::text, '+' ORDER BY v) FROM run<VALUES (1), (2), (3)> AS t(v int)"
                + " ~ 3,6,1+2+3",
        "SELECT v % 2, count(*) FROM run<VALUES (1), (2), (3)> AS t(v int) GROUP BY 1 HAVING count(*) = 1 ~ 0,1",
        "SELECT v, sum(v) OVER (ORDER BY v) FROM run<VALUES (1), (2), (3)> AS t(v int) ORDER BY v ~ 1,1|2,3|3,6",
        "SELECT json_agg(t) FROM run<SELECT 1> AS t(v int) ~ [{\"v\":1}]",
        "SELECT count(*) FILTER (WHERE v > 1) FROM run<VALUES (1), (2), (3)> AS t(v int) ~ 2",
        // how names and arguments are written
        "SELECT 1, v FROM PG_Background_RESULT(Pg_Background_Launch('SELECT 7')) AS t(v int) ~ 1,7",
        "SELECT 1, v FROM \"pg_background_result\"(\"pg_background_launch\"('SELECT 7')) AS t(v int) ~ 1,7",
        "SELECT 1, v FROM public.pg_background_result(\"public\" . pg_background_launch('SELECT 7')) AS t(v int)"
                + " ~ 1,7",
        "SELECT 1, v FROM pg_background_result(pid => pg_background_launch(queue_size => 65536, sql => 'SELECT 7'))"
                + " AS t(v int) ~ 1,7",
        "SELECT 1, v FROM pg_background_result(pg_background_launch('SELECT 7', queue_size := 1024)) AS t(v int) ~ 1,7",
        "SELECT 1, v FROM pg_background_result /* here */ (pg_background_launch -- and<br> ('SELECT 7')) AS t(v int)"
                + " ~ 1,7",
        "SELECT 1, v FROM pg_background_result(pg_background_launch(E'SELECT \\x37')) AS t(v int) ~ 1,7",
        "SELECT 1, v FROM pg_background_result(pg_background_launch(U&'SELECT \\0037')) AS t(v int) ~ 1,7",
        "SELECT 1, v FROM pg_background_result(pg_background_launch('SEL'<br>'ECT 7')) AS t(v int) ~ 1,7",
        "SELECT 1, v FROM pg_background_result((SELECT pg_background_launch('SELECT ' || max(id)::text) FROM item))"
                + " AS t(v int) ~ 1,3",
        // names that are no calls
        "SELECT 'pg_background_launch(1)', v FROM run<SELECT 7> AS t(v int) ~ pg_background_launch(1),7",
        "SELECT $$pg_background_result(1)$$, v FROM run<SELECT 7> AS t(v int) ~ pg_background_result(1),7",
        "SELECT 1 /* pg_background_launch(1) */, v FROM run<SELECT 7> AS t(v int) -- pg_background_detach(1) ~ 1,7",
        "SELECT s.pg_background_launch > 0 FROM (SELECT pg_background_launch('SELECT 1')) AS s ~ t",
        "SELECT pg_background_launch.v FROM run<SELECT 7> AS pg_background_launch(v int) ~ 7",
        "WITH pg_background_launch(a) AS (SELECT 1) SELECT a, v FROM pg_background_launch, run<SELECT 7> AS t(v int)"
                + " ~ 1,7",
    })
    void aQueryGivesWhatTheServerWouldGive(String sql, String expected) throws SQLException {
        String text = Releases.adapt(connection, expand(sql.replace("<br>", "\n")));
        assertThat(Sql.rows(connection, text)).isEqualTo(list(expected));
        try (PreparedStatement prepared = connection.prepareStatement(text)) {
            for (int i = 0; i < 2; i++) {
                try (ResultSet rows = prepared.executeQuery()) {
                    assertThat(Sql.rows(rows)).isEqualTo(list(expected));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "SELECT i.id, r.v FROM item AS i, pg_background_result(pg_background_launch('SELECT ' || i.id::text || ' + '"
                + " || ?::text)) AS r(v int) WHERE i.id > ? ORDER BY 1 ~ 40;1 ~ 2,42|3,43",
        "SELECT v + ?::int FROM pg_background_result(pg_background_launch(?)) AS t(v int) ~ 1;SELECT 7 ~ 8",
        "SELECT ?, v FROM pg_background_result(pg_background_launch(sql => ?)) AS t(v text) ~ a;SELECT 'it''s ?'::text"
                + " ~ a,it's ?",
        "SELECT a.v, b.v FROM pg_background_result(pg_background_launch(?)) AS a(v int),"
                + " pg_background_result(pg_background_launch(?)) AS b(v int) ~ SELECT 1;SELECT 2 ~ 1,2",
        "SELECT 'why?', v, jsonb '{\"a\":1}' ?? ? FROM run<SELECT 7> AS t(v int) ~ a ~ why?,7,t",
        "WITH l AS MATERIALIZED (SELECT pg_background_launch(?) AS pid) SELECT r.v FROM l,"
                + " pg_background_result(l.pid) AS r(v int) ~ SELECT 9 ~ 9",
        "SELECT CASE WHEN ?::text = 'yes' THEN (SELECT v FROM run<SELECT 7> AS t(v int)) ELSE 0 END ~ no ~ 0"
    })
    void aPreparedQueryTakesParameters(String sql, String parameters, String expected) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(Releases.adapt(connection, expand(sql)))) {
            // more often than pgjdbc needs to prepare it on the server
            for (int i = 0; i < 7; i++) {
                int at = 0;
                for (String parameter : parameters.split(";")) {
                    if (parameter.matches("\\d+")) {
                        prepared.setInt(++at, Integer.parseInt(parameter));
                    } else {
                        prepared.setString(++at, parameter);
                    }
                }
                try (ResultSet rows = prepared.executeQuery()) {
                    assertThat(Sql.rows(rows)).isEqualTo(list(expected));
                }
            }
        }
    }

    @Test
    void aParameterOfOneKindMayBeAPid() throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(
                "SELECT r.v, i.name FROM pg_background_result(?) AS r(v int) JOIN item AS i ON i.id = r.v")) {
            for (int id = 1; id <= 3; id++) {
                prepared.setInt(1, Sql.launch(connection, "SELECT " + id));
                try (ResultSet rows = prepared.executeQuery()) {
                    assertThat(Sql.rows(rows)).hasSize(1).first().asString().startsWith(id + ",");
                }
            }
        }
    }

    @Test
    void theSimpleProtocolServesAsWell() throws SQLException {
        try (Connection simple = database.connect("preferQueryMode=simple");
                PreparedStatement prepared = simple.prepareStatement(
                        "SELECT ?::int, v FROM pg_background_result(pg_background_launch(?)) AS t(v int)")) {
            assertThat(Sql.rows(simple, expand("SELECT count(*) FROM run<SELECT 7> AS t(v int)"))).containsExactly("1");
            prepared.setInt(1, 1);
            prepared.setString(2, "SELECT 7");
            try (ResultSet rows = prepared.executeQuery()) {
                assertThat(Sql.rows(rows)).containsExactly("1,7");
            }
        }
    }

    // What is launched, and how often

    @Test
    void eachRowLaunchesAJobOfItsOwn() throws SQLException {
        List<String> pids = rows("SELECT pg_background_launch('SELECT pg_backend_pid()') FROM item");
        assertThat(pids).hasSize(3).doesNotHaveDuplicates();
        for (String pid : pids) {
            assertThat(Sql.result(connection, Integer.parseInt(pid))).containsExactly(pid);
        }
    }

    @Test
    void aMaterializedLaunchThatIsReadTwiceIsOneLaunch() throws SQLException {
        assertThat(rows("WITH l AS MATERIALIZED (SELECT pg_background_launch("
                + "'INSERT INTO kept VALUES (1) RETURNING id') AS pid) SELECT r.v, a.pid = b.pid"
                + " FROM l AS a, l AS b, pg_background_result(a.pid) AS r(v int)")).containsExactly("1,t");
        assertThat(kept()).containsExactly("1");
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void aQueryThatIsExecutedAgainLaunchesAgain() throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement("SELECT 1, v FROM pg_background_result("
                + "pg_background_launch('INSERT INTO kept VALUES (1) RETURNING id')) AS t(v int)")) {
            for (int i = 0; i < 10; i++) {
                prepared.execute();
            }
        }
        assertThat(kept()).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT CASE WHEN false THEN pg_background_launch('INSERT INTO kept VALUES (1)') END",
        "SELECT CASE WHEN id > 3 THEN pg_background_launch('INSERT INTO kept VALUES (1)') ELSE 0 END FROM item",
        "SELECT coalesce(id, pg_background_launch('INSERT INTO kept VALUES (1)')) FROM item",
        "SELECT pg_background_launch('INSERT INTO kept VALUES (1)') FROM item WHERE id > 3",
        "SELECT 1 WHERE false AND pg_background_launch('INSERT INTO kept VALUES (1)') > 0",
        "SELECT count(*) FROM item, LATERAL pg_background_launch('INSERT INTO kept VALUES (' || id::text || ')')"
                + " WHERE id > 3",
        "SELECT 1, pg_background_launch(NULL)",
        "SELECT 1, pg_background_launch('INSERT INTO kept VALUES (1)', NULL)",
        "SELECT 1, pg_background_launch(nullif('INSERT INTO kept VALUES (1)', 'INSERT INTO kept VALUES (1)'))",
        "SELECT v FROM pg_background_result(NULL) AS t(v int)",
        "SELECT v FROM pg_background_result(pg_background_launch(NULL)) AS t(v int)",
        "SELECT 1, pg_background_detach(NULL)",
        "EXPLAIN SELECT pg_background_launch('INSERT INTO kept VALUES (1)')",
        "EXPLAIN (VERBOSE, COSTS off) SELECT * FROM run<INSERT INTO kept VALUES (1)> AS t(v text)"
    })
    void whatIsNotEvaluatedLaunchesNothing(String sql) throws SQLException {
        run(sql);
        try (PreparedStatement prepared = connection.prepareStatement(expand(sql))) {
            prepared.execute();
        }
        Sql.assertNoJobIsAttached(connection);
        assertThat(kept()).isEmpty();
    }

    @Test
    void aCaseLaunchesForSomeRowsOnly() throws SQLException {
        List<String> pids = rows("SELECT CASE WHEN id <> 2 THEN pg_background_launch('INSERT INTO kept VALUES (' ||"
                + " id::text || ')') END FROM item ORDER BY id");
        assertThat(pids).hasSize(3).element(1).isEqualTo("null");
        Sql.result(connection, Integer.parseInt(pids.get(0)));
        Sql.result(connection, Integer.parseInt(pids.get(2)));
        Sql.assertNoJobIsAttached(connection);
        assertThat(kept()).containsExactly("1", "3");
    }

    @Test
    void nullArgumentsGiveNull() throws SQLException {
        assertThat(rows("SELECT 1, pg_background_launch(NULL), pg_background_launch('SELECT 1', NULL)"))
                .containsExactly("1,null,null");
        assertThat(rows("SELECT count(*) FROM pg_background_result(NULL) AS t(a int, b text)")).containsExactly("0");
        assertThat(rows("SELECT v FROM item LEFT JOIN pg_background_result(NULL) AS t(v int) ON true"))
                .containsExactly("null", "null", "null");
    }

    @Test
    void explainAnalyzeLaunches() throws Exception {
        List<String> plan = rows("EXPLAIN ANALYZE SELECT * FROM run<INSERT INTO kept VALUES (1)> AS t(v text)");
        assertThat(plan).anyMatch(line -> line.contains("pg_background_result"));
        assertThat(kept()).containsExactly("1");
        run("EXPLAIN ANALYZE SELECT pg_background_launch('INSERT INTO kept VALUES (2)')");
        awaitKept(2);
    }

    @Test
    void detachForgetsTheJobOfEachRow() throws Exception {
        assertThat(rows("SELECT id, pg_background_detach(pg_background_launch('INSERT INTO kept VALUES (' || id::text"
                + " || ')')) FROM item ORDER BY id")).containsExactly("1,", "2,", "3,");
        Sql.assertNoJobIsAttached(connection);
        awaitKept(3);
    }

    @Test
    void whatWasLaunchedInOneStatementIsReadInAnother() throws SQLException {
        run("CREATE TEMP TABLE job AS SELECT id, pg_background_launch('SELECT ' || (id * id)::text) AS pid FROM item");
        assertThat(rows("SELECT job.id, r.v FROM job, pg_background_result(job.pid) AS r(v int) ORDER BY 1"))
                .containsExactly("1,1", "2,4", "3,9");
        Sql.assertNoJobIsAttached(connection);
    }

    @Test
    void theJobsOfOneStatementRunAtTheSameTime() throws Exception {
        try (Connection gate = database.connectRaw()) {
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
            run("CREATE TEMP TABLE job AS SELECT id, pg_background_launch('SELECT ' || id::text"
                    + " || ' FROM pg_advisory_lock_shared(1)') AS pid FROM item");
            for (String pid : rows("SELECT pid FROM job")) {
                new ServerState(gate).awaitBlocked(Integer.parseInt(pid));
            }
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(rows("SELECT id, v FROM job, pg_background_result(pid) AS r(v int) ORDER BY id"))
                    .containsExactly("1,1", "2,2", "3,3");
        }
    }

    // Statements that change something

    @Test
    void createTableAsTakesTheRows() throws SQLException {
        run("CREATE TABLE made AS SELECT * FROM run<SELECT g AS a, 'r' || g::text AS b FROM generate_series(1, 1000)"
                + " AS g> AS t(a int, b text)");
        assertThat(rows("SELECT count(*), min(a), max(b) FROM made")).containsExactly("1000,1,r999");
        run("SELECT * INTO made_too FROM run<SELECT 7> AS t(v int)");
        assertThat(value("SELECT v FROM made_too")).isEqualTo("7");
        run("CREATE TABLE made_empty AS SELECT * FROM run<SELECT 7 WHERE false> AS t(v int) WITH NO DATA");
        assertThat(value("SELECT count(*) FROM made_empty")).isEqualTo("0");
    }

    @Test
    @SinceRelease(value = 15, because = "MERGE")
    void insertUpdateAndDeleteTakeTheRowsAndAreCounted() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(expand(
                    "INSERT INTO item SELECT * FROM run<VALUES (4, 'four'), (5, 'five')> AS t(id int, name text)")))
                    .isEqualTo(2);
            assertThat(statement.executeUpdate(expand(
                    "UPDATE item SET name = r.v FROM run<SELECT 4, 'IV'::text> AS r(no int, v text) WHERE id = no")))
                    .isEqualTo(1);
            assertThat(statement.executeUpdate(expand(
                    "DELETE FROM item USING run<VALUES (1), (2)> AS r(id int) WHERE item.id = r.id"))).isEqualTo(2);
            assertThat(statement.executeUpdate(expand("MERGE INTO item USING run<VALUES (3, 'III'), (6, 'VI')>"
                    + " AS r(id int, name text) ON item.id = r.id WHEN MATCHED THEN UPDATE SET name = r.name"
                    + " WHEN NOT MATCHED THEN INSERT VALUES (r.id, r.name)"))).isEqualTo(2);
            assertThat(statement.executeUpdate(expand(
                    "INSERT INTO item VALUES ((SELECT v FROM run<SELECT 7> AS t(v int)), 'seven')"))).isEqualTo(1);
        }
        assertThat(rows("SELECT * FROM item ORDER BY id"))
                .containsExactly("3,III", "4,IV", "5,five", "6,VI", "7,seven");
    }

    @Test
    void returningAndModifyingCommonTablesServe() throws SQLException {
        assertThat(rows("WITH i AS (INSERT INTO item SELECT * FROM run<SELECT 4, 'four'::text> AS t(id int, name text)"
                + " RETURNING id) SELECT id, pg_background_launch('SELECT 1') > 0 FROM i")).containsExactly("4,t");
        assertThat(rows("DELETE FROM item WHERE id < 3 RETURNING (SELECT v + item.id FROM run<SELECT 10> AS t(v int))"))
                .containsExactlyInAnyOrder("11", "12");
    }

    @Test
    void theStatementRollsBackAndTheJobDoesNot() throws SQLException {
        connection.setAutoCommit(false);
        run("INSERT INTO item SELECT v, 'new' FROM run<INSERT INTO kept VALUES (4) RETURNING id> AS t(v int)");
        connection.rollback();
        assertThat(rows("SELECT count(*) FROM item")).containsExactly("3");
        assertThat(kept()).containsExactly("4");
    }

    // Statements that keep a query for later: the calls are made by a text without their names

    @Test
    void aPreparedStatementOfTheServerCallsWhenItIsExecuted() throws SQLException {
        run("PREPARE squares(int) AS SELECT i.id, r.v FROM item AS i, pg_background_result(pg_background_launch("
                + "'SELECT ' || i.id::text || ' * ' || $1::text)) AS r(v int) ORDER BY 1");
        Sql.assertNoJobIsAttached(connection);
        for (int i = 0; i < 7; i++) {
            assertThat(rows("EXECUTE squares(2)")).containsExactly("1,2", "2,4", "3,6");
        }
        assertThat(rows("EXPLAIN EXECUTE squares(2)")).isNotEmpty();
        run("CREATE TEMP TABLE squared AS EXECUTE squares(5)");
        assertThat(rows("SELECT v FROM squared ORDER BY id")).containsExactly("5", "10", "15");
        run("DEALLOCATE squares");
    }

    @Test
    void aCursorCallsWhileItIsFetched() throws SQLException {
        connection.setAutoCommit(false);
        run("DECLARE c CURSOR FOR SELECT i.id, r.v FROM item AS i, pg_background_result(pg_background_launch("
                + "'SELECT ' || i.id::text || ' * 10')) AS r(v int) ORDER BY i.id");
        assertThat(rows("FETCH c")).containsExactly("1,10");
        assertThat(rows("FETCH 5 FROM c")).containsExactly("2,20", "3,30");
        run("CLOSE c");
        run("DECLARE d SCROLL CURSOR WITH HOLD FOR SELECT v FROM run<VALUES (1), (2)> AS t(v int) ORDER BY v");
        connection.commit();
        assertThat(rows("FETCH LAST FROM d")).containsExactly("2");
        assertThat(rows("FETCH PRIOR FROM d")).containsExactly("1");
        run("CLOSE d");
    }

    @Test
    void aTemporaryViewCallsWhenItIsRead() throws SQLException {
        run("CREATE TEMP VIEW answers AS SELECT v FROM run<INSERT INTO kept VALUES (1) RETURNING id> AS t(v int)");
        assertThat(kept()).isEmpty();
        assertThat(rows("SELECT * FROM answers")).containsExactly("1");
        assertThat(rows("SELECT a.v + b.v FROM answers AS a, answers AS b")).containsExactly("2");
        assertThat(kept()).hasSize(3);
        run("DROP VIEW answers");
    }

    // Several statements in one text

    @Test
    void aTextMayMixDirectCallsOthersAndPlainStatements() throws SQLException {
        List<Object> results = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            boolean rows = statement.execute(expand("INSERT INTO item VALUES (4, 'four');"
                    + " SELECT * FROM run<SELECT 'direct'::text> AS t(v text);"
                    + " SELECT count(*) FROM item; SELECT i.id, r.v FROM item AS i, pg_background_result("
                    + "pg_background_launch('SELECT ' || (i.id * 2)::text)) AS r(v int) WHERE i.id > 3;"
                    + " INSERT INTO item SELECT * FROM run<VALUES (5, 'a'), (6, 'b')> AS t(id int, name text);"
                    + " DO $$ BEGIN PERFORM v FROM pg_background_result(pg_background_launch('SELECT 1')) AS t(v int);"
                    + " END $$; SELECT max(id) FROM item"));
            while (rows || statement.getUpdateCount() >= 0) {
                results.add(rows ? Sql.rows(statement.getResultSet()) : (Object) statement.getUpdateCount());
                rows = statement.getMoreResults();
            }
        }
        assertThat(results).containsExactly(1, List.of("direct"), List.of("4"), List.of("4,8"), 2, 0, List.of("6"));
    }

    @Test
    void aTextIsOneTransaction() throws SQLException {
        assertThat(Sql.stateOf(connection, expand("INSERT INTO item VALUES (4, 'four'); INSERT INTO item SELECT v, 'x'"
                + " FROM run<INSERT INTO kept VALUES (5) RETURNING id> AS t(v int); SELECT 1 / 0"))).isEqualTo("22012");
        assertThat(rows("SELECT count(*) FROM item")).containsExactly("3");
        assertThat(kept()).containsExactly("5");
    }

    @Test
    void laterStatementsOfATextSeeTheEarlierOnes() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE todo (sql text); INSERT INTO todo VALUES ('SELECT 1'), ('SELECT 2');"
                    + " SELECT sum(v) FROM todo, pg_background_result(pg_background_launch(sql)) AS t(v int)");
            statement.getMoreResults();
            statement.getMoreResults();
            assertThat(Grid.of(statement.getResultSet()).value()).isEqualTo("3");
        }
    }

    // Text that only mentions a name

    @Test
    void aTableUnderTheNameOfAFunctionIsATable() throws SQLException {
        run("INSERT INTO pg_background_result (a) SELECT v FROM run<SELECT 7> AS t(v int)");
        assertThat(rows("SELECT a FROM pg_background_result")).containsExactly("7");
        run("CREATE TEMP TABLE pg_background_launch (a int)");
        run("INSERT INTO pg_background_launch (a) VALUES (1)");
        assertThat(rows("SELECT l.a, v FROM pg_background_launch AS l, run<SELECT 7> AS t(v int)"))
                .containsExactly("1,7");
    }

    @Test
    void noticesOfTheConversationAreNotShown() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(expand("SELECT i.id, r.v FROM item AS i, run<SELECT 7> AS r(v int)"));
            assertThat((Object) statement.getWarnings()).isNull();
            assertThat((Object) statement.getResultSet().getWarnings()).isNull();
            assertThat((Object) connection.getWarnings()).isNull();
            statement.execute(expand("SELECT count(*) FROM run<DO 'BEGIN RAISE NOTICE ''of the job''; END'>"
                    + " AS t(v text)"));
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("of the job");
        }
    }
}
