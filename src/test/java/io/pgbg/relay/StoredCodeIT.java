package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.io.StringReader;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/** Functions, procedures, triggers and views call the functions once they are installed. */
@AlsoAmongTraps
class StoredCodeIT extends OwnDatabase {

    private static final String AUDIT = """
            CREATE TABLE account (owner text, balance int);
            CREATE TABLE audit (id serial, who text, what text);
            CREATE FUNCTION audit_account() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              PERFORM * FROM pg_background_result(pg_background_launch(format(
                'INSERT INTO audit (who, what) VALUES (%L, %L)', current_user, TG_OP || ' ' || NEW.owner)))
                AS p(tag text);
              RETURN NEW;
            END $$;
            """;
    private static final String EACH_ROW = "CREATE TRIGGER audited AFTER INSERT OR UPDATE ON account"
            + " FOR EACH ROW EXECUTE PROCEDURE audit_account()";

    private void awaitSeen(String query, String... rows) throws Exception {
        Await.until(query + " gives " + List.of(rows), SOON, () -> seen(query).equals(List.of(rows)));
    }

    // Functions and procedures

    @ParameterizedTest
    @ValueSource(strings = {"", "public."})
    void aFunctionCallsByAnyName(String schema) throws SQLException {
        install();
        String body = " DECLARE p int; n int; BEGIN p := #pg_background_launch('SELECT ' || a::text || ' * 2');"
                + " SELECT v INTO n FROM #pg_background_result(p) AS r(v int); RETURN n; END ";
        run("CREATE FUNCTION twice(a int) RETURNS int LANGUAGE plpgsql AS $f$" + body.replace("#", schema) + "$f$");
        assertThat(Sql.value(connection, "SELECT twice(21)")).isEqualTo("42");
        assertThat(Sql.rows(connection, "SELECT g, twice(g) FROM generate_series(1, 3) AS g"))
                .containsExactly("1,2", "2,4", "3,6");
        try (PreparedStatement prepared = connection.prepareStatement("SELECT twice(?)");
                CallableStatement call = connection.prepareCall("{? = call twice(?)}")) {
            for (int i = 0; i < 7; i++) {
                prepared.setInt(1, i);
                try (ResultSet row = prepared.executeQuery()) {
                    assertThat(Sql.rows(row)).containsExactly(Integer.toString(2 * i));
                }
            }
            call.registerOutParameter(1, java.sql.Types.INTEGER);
            call.setInt(2, 8);
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(16);
        }
        assertThat(seen("SELECT prosrc FROM pg_proc WHERE proname = 'twice'"))
                .as("the body is stored as it was written").containsExactly(body.replace("#", schema));
    }

    @Test
    @SinceRelease(value = 14, because = "functions with a body of SQL")
    void functionsInSqlCall() throws SQLException {
        install();
        run("CREATE FUNCTION launched(job text) RETURNS int LANGUAGE sql AS $$ SELECT pg_background_launch(job) $$");
        run("CREATE FUNCTION counted(pid int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*)"
                + " FROM pg_background_result(pid) AS r(v int); END");
        assertThat(Sql.value(connection, "SELECT counted(launched('VALUES (1), (2)'))")).isEqualTo("2");
        assertThat(Sql.result(connection, Integer.parseInt(Sql.value(connection, "SELECT launched('SELECT 7')"))))
                .containsExactly("7");
    }

    @Test
    void aFunctionReturnsTheRowsOfItsJobs() throws SQLException {
        install();
        run("""
                CREATE FUNCTION gather(parts int) RETURNS TABLE (part int, total bigint) LANGUAGE plpgsql AS $$
                DECLARE
                  pids int[];
                BEGIN
                  FOR i IN 1..parts LOOP
                    pids := array_append(pids, pg_background_launch(format(
                      'SELECT sum(g) FROM generate_series(1, %s) AS g', i)));
                  END LOOP;
                  FOR i IN 1..parts LOOP
                    part := i;
                    SELECT s INTO total FROM pg_background_result(pids[i]) AS r(s bigint);
                    RETURN NEXT;
                  END LOOP;
                END $$""");
        assertThat(Sql.rows(connection, "SELECT * FROM gather(8) WHERE part > 6")).containsExactly("7,28", "8,36");
    }

    @Test
    @SinceRelease(value = 11, because = "procedures")
    void aProcedureCommitsBetweenItsJobs() throws SQLException {
        install();
        run("CREATE TABLE step (id int)");
        run("""
                CREATE PROCEDURE steps(INOUT seen int) LANGUAGE plpgsql AS $$
                BEGIN
                  INSERT INTO step VALUES (1);
                  COMMIT;
                  SELECT n INTO seen FROM pg_background_result(pg_background_launch(
                    'SELECT count(*)::int FROM step')) AS r(n int);
                  INSERT INTO step VALUES (2);
                  ROLLBACK;
                  PERFORM pg_background_detach(pg_background_launch('SELECT 1'));
                END $$""");
        assertThat(Sql.rows(connection, "CALL steps(0)")).containsExactly("1");
        assertThat(seen("SELECT id FROM step")).containsExactly("1");
    }

    @Test
    void theErrorOfTheJobIsCaughtInAFunction() throws SQLException {
        install();
        run("""
                CREATE FUNCTION safe(job text) RETURNS text LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM * FROM pg_background_result(pg_background_launch(job)) AS r(v int);
                  RETURN 'fine';
                EXCEPTION WHEN division_by_zero THEN
                  RETURN SQLERRM;
                END $$""");
        assertThat(Sql.value(connection, "SELECT safe('SELECT 1 / 0')")).isEqualTo("division by zero");
        assertThat(Sql.value(connection, "SELECT safe('SELECT 1')")).isEqualTo("fine");
        assertThat(Sql.stateOf(connection, "SELECT safe('SELECT nothing')")).isEqualTo("42703");
    }

    @Test
    @SinceRelease(value = 11, because = "procedures")
    void wrappersAsOra2pgWritesThem() throws SQLException {
        install();
        run("CREATE TABLE log_table (at timestamptz DEFAULT now(), msg text, code numeric)");
        run("""
                CREATE OR REPLACE FUNCTION log_action_atx (p_msg text, p_code numeric) RETURNS VOID AS $body$
                BEGIN
                \tINSERT INTO log_table (msg, code) VALUES (p_msg, p_code);
                END;
                $body$ LANGUAGE PLPGSQL""");
        run("""
                CREATE OR REPLACE PROCEDURE log_action (p_msg text, p_code numeric) AS $body$
                DECLARE
                \t-- Change this to reflect the dblink connection string
                \tv_query\ttext;
                BEGIN
                \tv_query := 'SELECT true FROM log_action_atx ( ' || quote_nullable(p_msg) || ',' ||
                \t\tquote_nullable(p_code) || ' )';
                \tPERFORM * FROM pg_background_result(pg_background_launch(v_query)) AS p (ret boolean);
                END;
                $body$ LANGUAGE plpgsql SECURITY INVOKER""");
        run("""
                CREATE OR REPLACE FUNCTION next_code (p_from numeric) RETURNS numeric AS $body$
                DECLARE
                \tv_query\ttext;
                \tv_ret\tnumeric;
                BEGIN
                \tv_query := 'SELECT ' || quote_nullable(p_from) || '::numeric + 1::numeric';
                \tSELECT * INTO v_ret FROM pg_background_result(pg_background_launch(v_query)) AS p (ret numeric);
                \tRETURN v_ret;
                END;
                $body$ LANGUAGE plpgsql""");
        connection.setAutoCommit(false);
        run("CALL log_action('it''s \"logged\"', 42)");
        try (CallableStatement call = connection.prepareCall("call log_action(?, ?)")) {
            call.setString(1, "twice");
            call.setObject(2, null, java.sql.Types.NUMERIC);
            call.execute();
        }
        assertThat(Sql.value(connection, "SELECT next_code(41)")).isEqualTo("42");
        connection.rollback();
        assertThat(seen("SELECT msg, code FROM log_table ORDER BY at")).containsExactly("it's \"logged\",42",
                "twice,null");
    }

    // Triggers

    @Test
    void theAuditRowOfATriggerSurvivesTheRollback() throws SQLException {
        install();
        run(AUDIT + EACH_ROW);
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO account VALUES (?, 1)")) {
            insert.setString(1, "bob's");
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
        run("UPDATE account SET balance = 2");
        connection.rollback();
        assertThat(seen("SELECT what FROM audit ORDER BY id")).containsExactly("INSERT bob's", "UPDATE bob's");
        assertThat(seen("SELECT count(*) FROM account")).containsExactly("0");
    }

    @Test
    void aTriggerFiresForEachRowOfABatch() throws SQLException {
        install();
        run(AUDIT + EACH_ROW);
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO account VALUES (?, ?)")) {
            for (int i = 0; i < 20; i++) {
                insert.setString(1, "o" + i);
                insert.setInt(2, i);
                insert.addBatch();
            }
            assertThat(insert.executeBatch()).hasSize(20).containsOnly(1);
        }
        assertThat(seen("SELECT count(DISTINCT what) FROM audit")).containsExactly("20");
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO account VALUES ('key', 1)", Statement.RETURN_GENERATED_KEYS);
            assertThat(Sql.rows(statement.getGeneratedKeys())).containsExactly("key,1");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeferredTriggerFiresAtTheCommit(boolean method) throws SQLException {
        install();
        run(AUDIT + "CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON account DEFERRABLE INITIALLY DEFERRED"
                + " FOR EACH ROW EXECUTE PROCEDURE audit_account()");
        connection.setAutoCommit(false);
        run("INSERT INTO account VALUES ('bob', 1)");
        assertThat(seen("SELECT what FROM audit")).isEmpty();
        if (method) {
            connection.commit();
        } else {
            run("COMMIT");
        }
        assertThat(seen("SELECT what FROM audit")).containsExactly("INSERT bob");
        assertThat(seen("SELECT owner FROM account")).containsExactly("bob");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "batch", "prepared batch"})
    void aDeferredTriggerFiresAtTheCommitOfATextWithACall(String way) throws SQLException {
        install();
        run(AUDIT + "CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON account DEFERRABLE INITIALLY DEFERRED"
                + " FOR EACH ROW EXECUTE PROCEDURE audit_account()");
        String insert = "INSERT INTO account VALUES ('bob', 1)";
        String call = "SELECT pg_background_detach_all()";
        try (Statement statement = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(insert + "; " + call)) {
            if ("text".equals(way)) {
                statement.execute(insert + "; " + call);
            } else if ("batch".equals(way)) {
                statement.addBatch(insert);
                statement.addBatch(call);
                statement.executeBatch();
            } else {
                prepared.addBatch();
                prepared.executeBatch();
            }
        }
        assertThat(seen("SELECT what FROM audit")).containsExactly("INSERT bob");
        assertThat(seen("SELECT owner FROM account")).containsExactly("bob");
    }

    @Test
    void aCopyCannotHearTheTriggerAndSaysSo() throws Exception {
        install();
        run(AUDIT + EACH_ROW);
        Running<Long> copy = Running.start(() -> connection.unwrap(PGConnection.class).getCopyAPI()
                .copyIn("COPY account FROM STDIN", new StringReader("ann\t1\nbob\t2\n")));
        SQLException failure = copy.failure(SOON);
        assertThat(failure.getSQLState()).isEqualTo("55000");
        assertThat(failure.getMessage()).contains("no driver answers");
        assertThat(seen("SELECT count(*) FROM account")).containsExactly("0");
        assertThat(seen("SELECT what FROM audit")).isEmpty();
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void anUpdatableResultSetCannotHearTheTriggerAndSaysSo() throws SQLException {
        install();
        run(AUDIT + "ALTER TABLE account ADD PRIMARY KEY (owner); INSERT INTO account VALUES ('bob', 1);" + EACH_ROW);
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
                ResultSet.CONCUR_UPDATABLE); ResultSet rows = statement.executeQuery("SELECT * FROM account")) {
            rows.next();
            rows.updateInt("balance", 2);
            Failure failure = Failure.of(rows::updateRow);
            assertThat(failure.state()).isEqualTo("55000");
            assertThat(failure.message()).contains("no driver answers");
        }
        assertThat(seen("SELECT what FROM audit")).isEmpty();
    }

    // Views, defaults, and other objects

    @Test
    void aViewCallsForWhoeverReadsIt() throws SQLException {
        installFor(ROLE);
        run("CREATE VIEW answer AS SELECT r.v, u FROM pg_background_result(pg_background_launch("
                + "'SELECT 7, current_user::text')) AS r(v int, u text); GRANT SELECT ON answer TO PUBLIC");
        assertThat(Sql.rows(connection, "SELECT v FROM answer")).containsExactly("7");
        try (Connection other = database.connectAs(ROLE)) {
            assertThat(Sql.rows(other, "SELECT v, u FROM answer")).containsExactly("7," + ROLE);
            assertThat(Sql.rows(other, "SELECT a.v + b.v FROM answer AS a, answer AS b")).containsExactly("14");
        }
        assertThat(seen("SELECT pg_get_viewdef('answer')").get(0)).doesNotContain("pg_temp");
    }

    @Test
    void aViewHasValuesFittedIntoItsLists() throws SQLException {
        install();
        run("CREATE SCHEMA of_types; CREATE DOMAIN of_types.\"a Code\" AS varchar(3)");
        run("CREATE VIEW fitted AS SELECT r.*, q.* FROM pg_background_result(pg_background_launch('SELECT 1.239,"
                + " ARRAY[1.239], ''ab''::varchar')) AS r(a numeric(5,2), b numeric(5,2)[], c of_types.\"a Code\"),"
                + " ROWS FROM (generate_series(1, 1), pg_background_result(pg_background_launch('SELECT ''1:02:03.456''"
                + "::time')) AS (t time(0) without time zone)) AS q");
        try (Connection other = database.connect()) {
            assertThat(Sql.rows(other, "SELECT * FROM fitted")).containsExactly("1.24,{1.24},ab,1,01:02:03");
        }
    }

    @Test
    void aDefaultCallsAndAMaterializedViewMayNot() throws SQLException {
        install();
        run("CREATE MATERIALIZED VIEW made AS SELECT v FROM pg_background_result(pg_background_launch("
                + "'SELECT g FROM generate_series(1, 100) AS g')) AS r(v int) WITH NO DATA");
        // the server does not let such code go back to the login's rights, which is what a job would have
        assertThat(Sql.stateOf(connection, "REFRESH MATERIALIZED VIEW made")).isEqualTo("42501");
        run("CREATE TABLE job (id int, pid int DEFAULT pg_background_launch('SELECT 7'))");
        run("INSERT INTO job (id) VALUES (1), (2)");
        assertThat(Sql.rows(connection, "SELECT id, v FROM job, pg_background_result(pid) AS r(v int) ORDER BY id"))
                .containsExactly("1,7", "2,7");
    }

    @Test
    void noticesOfFunctionAndJobArriveInOrder() throws SQLException {
        install();
        run("""
                CREATE FUNCTION noisy() RETURNS void LANGUAGE plpgsql AS $$
                BEGIN
                  RAISE NOTICE 'function 1';
                  PERFORM * FROM pg_background_result(pg_background_launch(
                    $j$DO 'BEGIN RAISE NOTICE ''job''; END'$j$)) AS r(v text);
                  RAISE NOTICE 'function 2';
                END $$""");
        assertThat(notices(connection, "SELECT noisy()")).containsExactly("function 1", "job", "function 2");
    }

    @Test
    void rowsThatAreFetchedInPortionsCallMeanwhile() throws SQLException {
        install();
        run("CREATE FUNCTION square(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(pg_background_launch('SELECT ' || (a * a)::text)) AS r(v int)); END $$");
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(2);
            try (ResultSet rows = statement.executeQuery("SELECT square(g) FROM generate_series(1, 7) AS g")) {
                assertThat(Sql.rows(rows)).containsExactly("1", "4", "9", "16", "25", "36", "49");
            }
        }
    }

    @Test
    void everyIsolationLevelServes() throws SQLException {
        install();
        run("CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$");
        connection.setAutoCommit(false);
        for (int level : new int[] {2, 4, 8}) {
            connection.setTransactionIsolation(level);
            assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
            assertThat(Sql.value(connection, "SELECT answer()")).isEqualTo("7");
            connection.commit();
        }
    }

    @Test
    void theDirectAndTheComposedFormSeeTheSameJobs() throws SQLException {
        install();
        run("CREATE FUNCTION launched() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN"
                + " pg_background_launch('SELECT 7'); END $$");
        int pid = Integer.parseInt(Sql.value(connection, "SELECT launched()"));
        assertThat(Sql.result(connection, pid)).containsExactly("7");
        run("CREATE FUNCTION read(p int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(p) AS r(v int)); END $$");
        assertThat(Sql.value(connection, "SELECT read(" + Sql.launch(connection, "SELECT 8") + ")")).isEqualTo("8");
        Sql.assertNoJobIsAttached(connection);
    }

    // Other connections

    @Test
    void connectionsThatWereOpenBeforeMayCallAtOnce() throws SQLException {
        try (Connection before = database.connect(); Connection used = database.connect()) {
            assertThat(Sql.value(before, "SELECT 1")).isEqualTo("1");
            Sql.result(used, Sql.launch(used, "SELECT 1"));
            install();
            run("CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                    + " pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$");
            for (Connection each : List.of(before, used)) {
                assertThat(Sql.value(each, "SELECT answer()")).isEqualTo("7");
            }
            try (Connection later = database.connect()) {
                assertThat(Sql.value(later, "SELECT answer()")).isEqualTo("7");
            }
        }
    }

    @Test
    void manySessionsCallAtTheSameTime() throws Exception {
        installFor(ROLE);
        run(AUDIT + EACH_ROW + "; GRANT ALL ON account, audit TO " + ROLE + "; GRANT USAGE ON ALL SEQUENCES IN SCHEMA"
                + " public TO " + ROLE);
        List<Running<Integer>> sessions = java.util.stream.IntStream.range(0, 6).mapToObj(i -> Running.start(() -> {
            try (Connection own = i % 2 == 0 ? database.connect() : database.connectAs(ROLE)) {
                for (int n = 0; n < 10; n++) {
                    Sql.run(own, "INSERT INTO account VALUES ('" + i + "." + n + "', 1)");
                }
            }
            return i;
        })).toList();
        for (Running<Integer> session : sessions) {
            session.get(Duration.ofSeconds(60));
        }
        assertThat(seen("SELECT count(DISTINCT what), count(DISTINCT who) FROM audit")).containsExactly("60,2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT pg_background_launch('SELECT 1')", "SELECT answer()",
        "INSERT INTO account VALUES ('bob', 1)"})
    void aSessionOfAnotherDriverIsToldSoon(String sql) throws Exception {
        install();
        run(AUDIT + EACH_ROW + "; CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN"
                + " pg_background_launch('SELECT 1'); END $$");
        try (Connection raw = database.connectRaw()) {
            Running<Void> call = Running.start(() -> {
                Sql.run(raw, sql);
                return null;
            });
            SQLException e = call.failure(Duration.ofSeconds(10));
            assertThat((Object) e).isInstanceOf(PSQLException.class);
            assertThat(e.getMessage()).contains("jdbc:pgbg:");
            assertThat(((PSQLException) e).getServerErrorMessage().getHint()).isNotBlank();
            assertThat(Sql.value(raw, "SELECT 1")).isEqualTo("1");
            new ServerState(raw).awaitNothingLeft();
        }
        assertThat(seen("SELECT count(*) FROM account")).containsExactly("0");
        assertThat(seen("SELECT count(*) FROM audit")).containsExactly("0");
    }

    @Test
    void aFunctionThatWasCancelledLeavesNothing() throws Exception {
        install();
        run("CREATE FUNCTION stuck() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM * FROM pg_background_result("
                + "pg_background_launch('SELECT 1 FROM pg_advisory_xact_lock_shared(1)')) AS r(v int); END $$");
        try (Connection gate = database.connectRaw(); Statement statement = connection.createStatement()) {
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
            Running<Boolean> running = Running.start(() -> statement.execute("SELECT stuck()"));
            new ServerState(gate).awaitValue("1", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                    + " AND NOT granted AND mode = 'ShareLock' AND objid = 1");
            statement.cancel();
            assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_unlock(1)");
            new ServerState(gate).awaitNothingLeft();
        }
    }

    @Test
    void withoutTheInstallationTheServerKnowsNoFunction() throws SQLException {
        run("CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN pg_background_launch('SELECT 1');"
                + " END $$");
        assertThatThrownBy(() -> Sql.value(connection, "SELECT answer()")).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo("42883"));
    }

    @Test
    void detachedJobsOfATriggerAllCommit() throws Exception {
        install();
        run("""
                CREATE TABLE item (id int);
                CREATE TABLE copied (id int);
                CREATE FUNCTION copy_item() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_background_detach(pg_background_launch(
                    'INSERT INTO copied VALUES (' || NEW.id::text || ')'));
                  RETURN NEW;
                END $$;
                CREATE TRIGGER copied BEFORE INSERT ON item FOR EACH ROW EXECUTE PROCEDURE copy_item()""");
        run("INSERT INTO item SELECT g FROM generate_series(1, 100) AS g");
        awaitSeen("SELECT count(DISTINCT id) FROM copied", "100");
    }
}
