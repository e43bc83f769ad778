package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All SQL that the driver and its functions send or hold, in a database in which an ordinary role has planted operators
 * and functions for whatever is left to the search path. A superuser calls everything, in words that leave nothing to
 * it; that no trap was sprung is seen when the database is closed.
 */
@NotAmongTraps("has traps anyway")
@SinceRelease(value = 12, because = "the traps can be planted")
class DatabaseFullOfTrapsIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String[] NOTHING = {};
    private static final String[] INSTALLED = {"CREATE EXTENSION pg_background SCHEMA apart"};

    private TestDatabase database;
    private Connection connection;

    @BeforeEach
    void open() throws SQLException {
        database = create();
        database.execute("CREATE SCHEMA apart");
    }

    TestDatabase create() throws SQLException {
        return TestDatabase.createTrapped();
    }

    @AfterEach
    void noTrapWasSprung() throws SQLException {
        connection.close();
        database.close();
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE IF EXISTS pgbackground_role");
        }
    }

    /** Opens a session and makes it ready; whether it sees what is installed does not matter. */
    private void connect(boolean installed) throws SQLException {
        try (Connection first = database.connect()) {
            for (String sql : installed ? INSTALLED : NOTHING) {
                Sql.run(first, sql);
            }
        }
        connection = database.connect();
    }

    private List<String> rows(String sql) throws SQLException {
        return Sql.rows(connection, sql);
    }

    private void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void directCalls(boolean installed) throws Exception {
        connect(installed);
        run("SET app.tenant TO 'seven'");
        assertThat(rows("SELECT * FROM pg_background_result(pg_background_launch('SHOW app.tenant'))"))
                .containsExactly("seven");
        try (PreparedStatement launch = connection.prepareStatement("SELECT * FROM pg_background_launch_v2(?, ?, ?)")) {
            launch.setString(1, "SELECT pg_catalog.pg_sleep(60::pg_catalog.float8)");
            launch.setInt(2, 0);
            launch.setString(3, "label");
            try (ResultSet handle = launch.executeQuery()) {
                handle.next();
                String both = handle.getInt(1) + ", " + handle.getLong(2);
                assertThat(rows("SELECT pg_background_wait(" + both + ", 700)")).containsExactly("f");
                assertThat(rows("SELECT * FROM pg_background_get_progress(" + both + ")")).hasSize(1);
                assertThat(rows("SELECT pg_background_cancel_by_label('lab%')")).containsExactly("1");
                Await.until("it is cancelled", SOON, () -> rows("SELECT * FROM pg_background_outcome(" + both + ")")
                        .get(0).contains("canceled"));
                for (String function : List.of("result_info", "error_info", "full_sql", "detach")) {
                    rows("SELECT * FROM pg_background_" + function + "(" + both + ")");
                }
            }
        }
        for (String call : List.of("run('SELECT 1')", "run_query('SELECT 1', 0, 1000, NULL, 'a int')", "list()",
                "stats()", "stats_v2()", "list_v2()", "purge()", "cancel_all()", "detach_all()",
                "submit('SELECT 1')")) {
            run("SELECT * FROM pg_background_" + call);
        }
        try (CallableStatement call = connection.prepareCall("{? = call pg_background_launch(?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setString(2, "DO $$ BEGIN PERFORM pg_background_progress(7, 'seven'); END $$");
            call.execute();
            rows("SELECT * FROM pg_background_result(" + call.getInt(1) + ")");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRoleInForce(boolean installed) throws Exception {
        connect(installed);
        int pid = Sql.launch(connection, "SELECT 7");
        run("SET ROLE pg_monitor");
        assertThat(Sql.stateOf(connection, "SELECT * FROM pg_background_result(" + pid + ")")).isEqualTo("42501");
        run("RESET ROLE");
        assertThat(rows("SELECT * FROM pg_background_result(" + pid + ") AS (v int)")).containsExactly("7");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callsInOtherSql(boolean installed) throws SQLException {
        connect(installed);
        run("CREATE DOMAIN public.positive AS int");
        assertThat(rows("SELECT v, 1 FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)"))
                .containsExactly("7,1");
        assertThat(rows("SELECT a, b, c, 1 FROM pg_background_result(pg_background_launch("
                + "'SELECT ''ab''::varchar, 7::int, 1.5::numeric FROM pg_catalog.generate_series(1, 2)')) AS r(a varchar(3),"
                + " b public.positive, c numeric(5, 2))")).containsExactly("ab,7,1.50,1", "ab,7,1.50,1");
        run("DO $$ DECLARE q varchar := 'SELECT 7'; p int; v int; BEGIN p := pg_background_launch(q); SELECT n INTO STRICT v"
                + " FROM pg_background_result(p) AS r(n int); PERFORM pg_background_detach(pg_background_launch(q));"
                + " EXECUTE 'SELECT pg_background_launch($1)' INTO p USING q; END $$");
        for (String call : List.of("run('SELECT 1')", "run_query('SELECT 1', 0, 1000) AS r(a int)", "stats()",
                "cancel_all()", "detach_all()", "submit('SELECT 1')", "purge()", "stats_v2()",
                "wait_any('{}')", "drain('{}')")) {
            run("SELECT 1, * FROM pg_background_" + call);
        }
        assertThat(Sql.stateOf(connection, "SELECT 1, pg_background_result(1)")).isEqualTo("42704");
        if (installed) {
            run("SET search_path TO apart, traps, pg_catalog, public");
        }
        run("SELECT 1, pg_background_detach_all()");
        assertThat(rows("SELECT 1, pid FROM pg_background_list")).isEmpty();
        assertThat(rows("SELECT 1, pid FROM pg_background_activity")).isEmpty();
        run("SET ROLE pg_monitor");
        try {
            run("SELECT 1, pg_background_cancel_all()");
            assertThat(installed).isFalse();
        } catch (SQLException e) {
            assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo("42501");
            assertThat(installed).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void privileges(boolean installed) throws SQLException {
        connect(installed);
        for (String verb : List.of("grant", "revoke")) {
            for (String role : List.of("pg_monitor", "nobody_of_this_name")) {
                run("SELECT " + verb + "_pg_background_privileges('" + role + "', true)");
                run("SELECT 1, " + verb + "_pg_background_privileges('" + role + "', true)");
            }
        }
    }

    @Test
    void settingsAndPermanentUsesOfTheType() throws SQLException {
        connect(false);
        assertThat(rows("SHOW pg_background.default_queue_size")).containsExactly("64kB");
        run("SET pg_background.max_workers TO 3");
        assertThat(rows("SELECT pg_catalog.current_setting('pg_background.max_workers')")).containsExactly("3");
        assertThat(Sql.stateOf(connection, "CREATE TABLE public.kept (h pg_background_handle)")).isEqualTo("0A000");
        run("CREATE TEMPORARY TABLE passing (h pg_background_handle)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DROP EXTENSION pg_background", "DROP EXTENSION IF EXISTS pg_background CASCADE"})
    void installations(String drop) throws SQLException {
        connect(true);
        run("ALTER EXTENSION pg_background UPDATE");
        run("CREATE EXTENSION IF NOT EXISTS pg_background");
        run("CREATE FUNCTION public.stored() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM"
                + " apart.pg_background_detach(apart.pg_background_launch('SELECT 1')); RETURN 7; END $$");
        assertThat(rows("SELECT public.stored()")).containsExactly("7");
        run(drop);
        assertThat(rows("SELECT * FROM pg_background_result(pg_background_launch('SELECT 7')) AS (v int)"))
                .containsExactly("7");
    }
}
