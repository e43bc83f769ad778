package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.Sql;
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
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.core.BaseConnection;

@AlsoAmongTraps
class SessionInheritanceIT extends WithConnection {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE ROLE inh_reader;
                CREATE ROLE inh_writer;
                CREATE ROLE inh_login LOGIN;
                CREATE ROLE inh_granted;
                GRANT inh_reader, inh_granted TO inh_login;
                CREATE SCHEMA side;
                CREATE TABLE public.place (name text);
                CREATE TABLE side.place (name text);
                INSERT INTO public.place VALUES ('public');
                INSERT INTO side.place VALUES ('side');
                CREATE TABLE written (name text);
                CREATE TABLE tenant_item (tenant text, name text);
                INSERT INTO tenant_item VALUES ('a', 'of a'), ('b', 'of b');
                ALTER TABLE tenant_item ENABLE ROW LEVEL SECURITY;
                CREATE POLICY of_tenant ON tenant_item USING (tenant = current_setting('app.tenant', true));
                GRANT SELECT ON tenant_item, public.place TO inh_reader, inh_login;
                CREATE FUNCTION set_hidden(v text) RETURNS text LANGUAGE sql AS
                  $$SELECT set_config('hidden.value', v, false)$$;
                """);
    }

    @AfterAll
    static void dropRoles(TestDatabase database) throws SQLException {
        database.execute("DROP OWNED BY inh_reader, inh_writer, inh_login, inh_granted;"
                + " DROP ROLE inh_reader, inh_writer, inh_login, inh_granted");
    }

    private void execute(String sql) throws SQLException {
        execute(connection, sql);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The one value a job gives. */
    private String run(String job) throws SQLException {
        return run(connection, job);
    }

    private static String run(Connection connection, String job) throws SQLException {
        return Grid.query(connection, "SELECT * FROM pg_background_result(pg_background_launch('"
                + job.replace("'", "''") + "'))").value();
    }

    private Connection connectAs(String user, String... parameters) throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl(parameters).replaceFirst("user=[^&]*", "user=" + user));
    }

    // Settings

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "search_path ~ side, public",
        "TimeZone ~ Asia/Tokyo",
        "DateStyle ~ ISO, DMY",
        "IntervalStyle ~ iso_8601",
        "work_mem ~ 7MB",
        "lock_timeout ~ 1234ms",
        "statement_timeout ~ 1min",
        "idle_in_transaction_session_timeout ~ 1h",
        "application_name ~ a 'name' \\ of mine",
        "client_min_messages ~ warning",
        "extra_float_digits ~ 0",
        "standard_conforming_strings ~ off",
        "bytea_output ~ escape",
        "default_transaction_isolation ~ serializable",
        "default_transaction_read_only ~ on",
        "synchronous_commit ~ off",
        "session_replication_role ~ replica",
        "log_min_messages ~ error",
        "enable_seqscan ~ off",
        "app.tenant ~ a",
        "App.Mixed ~ ä; $q$ 'x' \"y\" \\ z",
        "a.b.c ~ deep",
        "app.empty ~",
    })
    void aJobHasTheLaunchersSettings(String name, String value) throws SQLException {
        String expected = value == null ? "" : value;
        try (PreparedStatement set = connection.prepareStatement("SELECT set_config('" + name + "', ?, false)")) {
            set.setString(1, expected);
            set.execute();
        }
        assertThat(run("SELECT current_setting('" + name + "')"))
                .isEqualTo(Grid.query(connection, "SELECT current_setting('" + name + "')").value())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SET app.n = 'x'",
        "SET SESSION app.n TO 'x'",
        "set \"app\".\"n\" = 'x'",
        "SELECT set_config('app.n', 'x', false)",
        "SELECT set_config('app' || '.n', 'x', false)",
        "DO $$BEGIN PERFORM set_config('app.n', 'x', false); END$$",
        "DO 'BEGIN EXECUTE ''SET app.n = ''''x''''''; END'",
        "SELECT 1; SET app.n = 'x'; SELECT 2",
        "PREPARE s AS SELECT set_config('app.n', 'x', false); EXECUTE s"
    })
    void aJobHasTheCustomSettings(String sql) throws SQLException {
        if (sql.contains("||")) {
            // the name is hidden in an expression: the connection's property names it
            connection.close();
            connection = database.connect("pgbgInheritSettings=all,app.n");
        }
        execute(sql);
        assertThat(run("SELECT current_setting('app.n', true)")).isEqualTo("x");
    }

    @Test
    void aSettingsNameMayBeAParameter() throws SQLException {
        try (PreparedStatement set = connection.prepareStatement("SELECT set_config(?, ?, false)")) {
            set.setString(1, "app.by_parameter");
            set.setString(2, "x");
            set.execute();
            set.setString(1, "app.by_batch");
            set.addBatch();
            set.executeBatch();
        }
        assertThat(run("SELECT current_setting('app.by_parameter', true)")).isEqualTo("x");
        assertThat(run("SELECT current_setting('app.by_batch', true)")).isEqualTo("x");
    }

    @Test
    void aSettingsNameMayBeAParameterOfACall() throws SQLException {
        try (CallableStatement set = connection.prepareCall("{? = call set_config(?, ?, false)}")) {
            for (String name : List.of("app.by_call", "app.by_second_call")) {
                set.registerOutParameter(1, Types.VARCHAR);
                set.setString(2, name);
                set.setString(3, "x");
                set.execute();
            }
        }
        assertThat(run("SELECT current_setting('app.by_call', true)")).isEqualTo("x");
        assertThat(run("SELECT current_setting('app.by_second_call', true)")).isEqualTo("x");
    }

    @Test
    void settingsAreSeenThatTheConnectionItselfSets() throws SQLException {
        BaseConnection base = (BaseConnection) connection;
        base.execSQLUpdate("SET app.by_update = 'x'");
        base.execSQLQuery("SELECT set_config('app.by_query', 'x', false)");
        base.execSQLQuery("SELECT set_config('app.by_scroll', 'x', false)", ResultSet.TYPE_SCROLL_INSENSITIVE,
                ResultSet.CONCUR_READ_ONLY);
        assertThat(run("SELECT current_setting('app.by_update', true)")).isEqualTo("x");
        assertThat(run("SELECT current_setting('app.by_query', true)")).isEqualTo("x");
        assertThat(run("SELECT current_setting('app.by_scroll', true)")).isEqualTo("x");
    }

    @Test
    void aSettingOnlyAFunctionSetsIsNamedByTheProperty() throws SQLException {
        try (Connection naming = database.connect("pgbgInheritSettings=all,hidden.value")) {
            Grid.query(naming, "SELECT set_hidden('x')");
            assertThat(run(naming, "SELECT current_setting('hidden.value', true)")).isEqualTo("x");
            execute(naming, "SET work_mem = '6MB'");
            assertThat(run(naming, "SHOW work_mem")).isEqualTo("6MB");
        }
    }

    @Test
    void theSearchPathDecidesWhatAJobSees() throws SQLException {
        assertThat(run("SELECT name FROM place")).isEqualTo("public");
        execute("SET search_path = side");
        assertThat(run("SELECT name FROM place")).isEqualTo("side");
    }

    @Test
    void localSettingsAreInForce() throws SQLException {
        connection.setAutoCommit(false);
        execute("SET LOCAL search_path = side");
        execute("SET LOCAL app.tenant = 'local'");
        assertThat(run("SELECT name FROM place")).isEqualTo("side");
        assertThat(run("SELECT current_setting('app.tenant')")).isEqualTo("local");
        connection.rollback();
        assertThat(run("SELECT name FROM place")).isEqualTo("public");
        assertThat(run("SELECT coalesce(current_setting('app.tenant', true), '')")).isEmpty();
    }

    @Test
    void aResetSettingIsNotInherited() throws SQLException {
        execute("SET work_mem = '7MB'; SET app.n = 'x'");
        execute("RESET work_mem; RESET app.n");
        assertThat(run("SHOW work_mem")).isEqualTo(Grid.query(connection, "SHOW work_mem").value());
        assertThat(run("SELECT coalesce(current_setting('app.n', true), '')")).isEmpty();
    }

    @Test
    void aReadOnlyConnectionHasReadOnlyJobs() throws SQLException {
        for (int i = 0; i < 3; i++) {
            try (Connection reader = database.connect("readOnly=true", "readOnlyMode=always")) {
                assertThat(Failure.of(reader, "SELECT pg_background_result(pg_background_launch("
                        + "'INSERT INTO written VALUES (1)'))").state()).isEqualTo("25006");
            }
        }
    }

    @Test
    void theSettingsAreThoseOfTheLaunch() throws SQLException {
        execute("SET app.n = 'then'");
        String pid = Grid.query(connection,
                "SELECT pg_background_launch('SELECT pg_catalog.pg_sleep(0.05), current_setting(''app.n'')')").value();
        execute("SET app.n = 'now'");
        assertThat(Grid.query(connection, "SELECT * FROM pg_background_result(" + pid + ")").rows().get(0))
                .contains("then");
    }

    @Test
    void aJobsOwnSettingsStayItsOwn() throws SQLException {
        run("SET work_mem = '9MB'");
        assertThat(Grid.query(connection, "SHOW work_mem").value()).isNotEqualTo("9MB");
        assertThat(run("SHOW work_mem")).isNotEqualTo("9MB");
    }

    @Test
    void rowsOfATenantAreTheTenantsAlone() throws SQLException {
        try (Connection login = connectAs("inh_login")) {
            execute(login, "SET app.tenant = 'a'");
            assertThat(run(login, "SELECT name FROM tenant_item")).isEqualTo("of a");
            execute(login, "SELECT set_config('app.tenant', 'b', false)");
            assertThat(run(login, "SELECT name FROM tenant_item")).isEqualTo("of b");
        }
        try (Connection login = connectAs("inh_login")) {
            assertThat(run(login, "SELECT count(*) FROM tenant_item")).as("a warm worker knows no tenant")
                    .isEqualTo("0");
        }
    }

    @Test
    void settingsOfTheRoleAndTheDatabaseHold() throws SQLException {
        database.execute("ALTER ROLE inh_login SET work_mem = '5MB'");
        database.execute("ALTER ROLE inh_login SET app.of_role = 'r'");
        try (Connection login = connectAs("inh_login")) {
            assertThat(run(login, "SHOW work_mem")).isEqualTo("5MB");
            assertThat(run(login, "SELECT current_setting('app.of_role')")).isEqualTo("r");
            execute(login, "SET work_mem = '6MB'; SET app.of_role = 's'");
            assertThat(run(login, "SHOW work_mem")).isEqualTo("6MB");
            assertThat(run(login, "SELECT current_setting('app.of_role')")).isEqualTo("s");
            execute(login, "RESET work_mem; RESET app.of_role");
            assertThat(run(login, "SHOW work_mem")).isEqualTo("5MB");
            assertThat(run(login, "SELECT current_setting('app.of_role')")).isEqualTo("r");
        } finally {
            database.execute("ALTER ROLE inh_login RESET ALL");
        }
    }

    @Test
    void theUrlsOptionsHoldForTheWorker() throws SQLException {
        for (int i = 0; i < 2; i++) {
            // the second time the worker is warm
            assertUrlsOptionsHold();
        }
    }

    private void assertUrlsOptionsHold() throws SQLException {
        try (Connection given = database.connect("options=-c%20work_mem=5MB%20-c%20app.o=x", "currentSchema=side",
                "ApplicationName=mine")) {
            assertThat(run(given, "SHOW work_mem")).isEqualTo("5MB");
            assertThat(run(given, "SELECT current_setting('app.o')")).isEqualTo("x");
            assertThat(run(given, "SELECT name FROM place")).isEqualTo("side");
            assertThat(run(given, "SHOW application_name")).isEqualTo("mine");
        }
    }

    @Test
    void aLesserRoleInheritsWhatItMaySet() throws SQLException {
        try (Connection login = connectAs("inh_login")) {
            execute(login, "SET work_mem = '6MB'; SET app.n = 'x'");
            assertThat(run(login, "SHOW work_mem")).isEqualTo("6MB");
            assertThat(run(login, "SELECT current_setting('app.n')")).isEqualTo("x");
            assertThat(run(login, "SELECT session_user::text || ' ' || current_user::text"))
                    .isEqualTo("inh_login inh_login");
        }
    }

    // pgbgInheritSettings

    @Test
    void noneInheritsNothing() throws SQLException {
        try (Connection none = database.connect("pgbgInheritSettings=none")) {
            execute(none, "SET work_mem = '6MB'; SET app.n = 'x'; SET statement_timeout = '30s'");
            assertThat(run(none, "SHOW statement_timeout")).isEqualTo("0");
            assertThat(run(none, "SHOW work_mem")).isNotEqualTo("6MB");
            assertThat(run(none, "SELECT current_setting('app.n', true) IS NULL")).isEqualTo("t");
            execute(none, "SET statement_timeout = 0; SET ROLE inh_reader");
            assertThat(run(none, "SELECT current_user")).as("the role is no setting").isEqualTo("inh_reader");
        }
    }

    @Test
    void aListInheritsWhatItNames() throws SQLException {
        try (Connection some = database.connect("pgbgInheritSettings=TimeZone,app.n")) {
            execute(some, "SET work_mem = '6MB'; SET app.n = 'x'; SET app.m = 'y'; SET TimeZone = 'Asia/Tokyo'");
            assertThat(run(some, "SHOW TimeZone")).isEqualTo("Asia/Tokyo");
            assertThat(run(some, "SELECT current_setting('app.n', true)")).isEqualTo("x");
            assertThat(run(some, "SELECT current_setting('app.m', true) IS NULL")).isEqualTo("t");
            assertThat(run(some, "SHOW work_mem")).isNotEqualTo("6MB");
        }
    }

    // Roles

    @ParameterizedTest
    @ValueSource(strings = {"SET ROLE inh_reader", "SET SESSION ROLE \"inh_reader\"",
        "SELECT set_config('role', 'inh_reader', false)"})
    void aJobHasTheLaunchersRole(String sql) throws SQLException {
        execute(sql);
        assertThat(run("SELECT current_user::text || ' ' || session_user::text"))
                .isEqualTo(Grid.query(connection, "SELECT current_user::text || ' ' || session_user::text").value())
                .startsWith("inh_reader ");
        assertThat(Failure.of(connection, "SELECT pg_background_result(pg_background_launch("
                + "'INSERT INTO written VALUES (1)'))").state()).isEqualTo("42501");
        execute("RESET ROLE");
        assertThat(run("SELECT current_user = session_user")).isEqualTo("t");
    }

    @Test
    void aLocalRoleIsInForce() throws SQLException {
        connection.setAutoCommit(false);
        execute("SET LOCAL ROLE inh_reader");
        assertThat(run("SELECT current_user")).isEqualTo("inh_reader");
        connection.rollback();
        assertThat(run("SELECT current_user")).isNotEqualTo("inh_reader");
    }

    @Test
    void aJobHasTheLaunchersSessionUser() throws SQLException {
        execute("SET SESSION AUTHORIZATION inh_login");
        assertThat(run("SELECT session_user::text || ' ' || current_user::text")).isEqualTo("inh_login inh_login");
        execute("SET ROLE inh_granted");
        assertThat(run("SELECT session_user::text || ' ' || current_user::text")).isEqualTo("inh_login inh_granted");
        execute("RESET ROLE");
        execute("RESET SESSION AUTHORIZATION");
        assertThat(run("SELECT session_user <> 'inh_login'")).isEqualTo("t");
    }

    @Test
    void aJobDoesNotRunWhenItsRoleCannotBeTakenOn() throws SQLException {
        try (Connection login = connectAs("inh_login", "pgbgIdleWorkers=0")) {
            execute(login, "SET ROLE inh_granted");
            database.execute("GRANT INSERT ON written TO inh_granted, inh_login");
            database.execute("REVOKE inh_granted FROM inh_login");
            Failure failure = Failure.of(login, "SELECT pg_background_launch('INSERT INTO written VALUES (1)')");
            assertThat(failure.state()).isEqualTo("42501");
            assertThat(failure.message()).contains("inh_granted");
            execute(login, "RESET ROLE");
            assertThat(run(login, "SELECT count(*) FROM place")).isEqualTo("1");
        } finally {
            database.execute("GRANT inh_granted TO inh_login");
        }
        try (Connection raw = database.connectRaw()) {
            assertThat(Grid.query(raw, "SELECT count(*) FROM written").value()).isEqualTo("0");
        }
    }

    @Test
    void anotherRoleMayNotReadTheJob() throws SQLException {
        String pid = Grid.query(connection, "SELECT pg_background_launch('SELECT 7')").value();
        execute("SET ROLE inh_writer");
        for (String sql : new String[] {"SELECT pg_background_result(%s)", "SELECT pg_background_detach(%s)",
            "SELECT * FROM pg_background_result(%s) AS (n int)"}) {
            Failure failure = Failure.of(connection, String.format(sql, pid));
            assertThat(failure.state()).isEqualTo("42501");
            assertThat(failure.message())
                    .isEqualTo("permission denied for background worker with PID \"" + pid + "\"");
        }
        execute("RESET ROLE");
        assertThat(Grid.query(connection, "SELECT pg_background_result(" + pid + ")").value()).isEqualTo("7");
    }

    @Test
    void aMemberOfTheJobsRoleMayReadIt() throws SQLException {
        execute("SET ROLE inh_reader");
        String pid = Grid.query(connection, "SELECT pg_background_launch('SELECT current_user')").value();
        execute("RESET ROLE");
        assertThat(Grid.query(connection, "SELECT pg_background_result(" + pid + ")").value())
                .isEqualTo("inh_reader");
    }

    @Test
    void theWorkersLoginIsTheLaunchers() throws SQLException {
        try (Connection login = connectAs("inh_login")) {
            assertThat(run(login, "SELECT usename FROM pg_stat_activity WHERE pid = pg_backend_pid()"))
                    .isEqualTo("inh_login");
            assertThat(run(login, "SELECT current_database()")).isEqualTo(database.name());
        }
    }

    // Warm workers

    @Test
    void aWarmWorkerCarriesNothingOver() throws Exception {
        String leave = "SET work_mem = '9MB'; SET app.leftover = 'x'; SET search_path = side; SET ROLE inh_reader;"
                + " SET TimeZone = 'Asia/Tokyo'";
        String[] leftovers = {leave, "CREATE TEMP TABLE left_over (id int)", "PREPARE left_over AS SELECT 1",
            "SELECT pg_catalog.pg_advisory_lock(4711)", "DO $$ BEGIN LISTEN left_over; END $$",
            "SET SESSION AUTHORIZATION inh_login",
            "DECLARE left_over CURSOR WITH HOLD FOR SELECT 1", "CREATE TEMP SEQUENCE s; SELECT nextval('s')"};
        try (Connection own = database.connect("pgbgIdleWorkers=1", "ApplicationName=warm")) {
            int pid = 0;
            int again = 0;
            for (String job : leftovers) {
                int next = Integer.parseInt(
                        Grid.query(own, "SELECT pg_background_launch('" + job.replace("'", "''") + "')").value());
                again += next == pid ? 1 : 0;
                pid = next;
                Grid.query(own, "SELECT * FROM pg_background_result(" + pid + ")");
                assertClean(own);
            }
            assertThat(again).as("the worker was used again").isPositive();
        }
    }

    private void assertClean(Connection launcher) throws SQLException {
        assertThat(run(launcher, """
                SELECT concat_ws(' ', current_setting('work_mem'), current_setting('app.leftover', true),
                  current_setting('search_path'), current_user = session_user, current_setting('TimeZone'),
                  to_regclass('pg_temp.left_over'), (SELECT count(*) FROM pg_prepared_statements),
                  (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
                  (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors WHERE is_holdable))
                """)).isEqualTo(Grid.query(launcher, """
                SELECT concat_ws(' ', current_setting('work_mem'), current_setting('app.leftover', true),
                  current_setting('search_path'), current_user = session_user, current_setting('TimeZone'),
                  to_regclass('pg_temp.left_over'), 0, 0, 0, 0)
                """).value());
    }

    @Test
    void aWarmWorkerIsUsedAgain() throws Exception {
        try (Connection own = database.connect("pgbgIdleWorkers=1", "ApplicationName=again")) {
            String first = run(own, "SELECT pg_backend_pid()");
            Await.until("the same worker serves again", PATIENCE,
                    () -> run(own, "SELECT pg_backend_pid()").equals(first));
        }
    }

    @Test
    void aWarmWorkerTakesOnEachLaunchersState() throws SQLException {
        try (Connection one = database.connect(); Connection other = database.connect()) {
            execute(one, "SET app.n = 'one'; SET work_mem = '6MB'");
            execute(other, "SET app.n = 'other'; SET ROLE inh_reader");
            for (int i = 0; i < 6; i++) {
                assertThat(run(one, "SELECT current_setting('app.n') || current_setting('work_mem')"))
                        .isEqualTo("one6MB");
                assertThat(run(other, "SELECT current_setting('app.n') || current_user::text"))
                        .isEqualTo("otherinh_reader");
                assertThat(run("SELECT current_setting('app.n', true) IS NULL AND current_user = session_user"))
                        .isEqualTo("t");
            }
        }
    }

    @Test
    void namesOfSettingsAreNoSql() throws SQLException {
        try (Connection launcher = database.connect()) {
            Sql.run(launcher, "SET standard_conforming_strings = off");
            Sql.run(launcher, "SELECT $$ set \"a.x\\', true)]::text[], (select 1/0) -- \" = 1$$");
            assertThat(Sql.result(launcher, Sql.launch(launcher, "SELECT 1"))).containsExactly("1");
        }
    }

    @Test
    void manyNamesInALiteralDoNotHideASetting() throws SQLException {
        StringBuilder names = new StringBuilder("SELECT '");
        for (int i = 0; i < 900; i++) {
            names.append(" set a").append(i).append(".b = 1");
        }
        try (Connection launcher = database.connect()) {
            for (int i = 0; i < 3; i++) {
                Sql.run(launcher, names.toString().replace(".b", ".b" + i) + "'");
                Sql.run(launcher, "SET app.tenant = '42'");
                assertThat(Sql.result(launcher, Sql.launch(launcher, "SELECT current_setting('app.tenant', true)")))
                        .containsExactly("42");
            }
        }
    }

    @Test
    void aSettingThatEqualsTheOldConfigurationIsTakenOverAfterAReload() throws Exception {
        try (Connection launcher = database.connect(); Connection admin = TestDatabase.connectAdmin()) {
            assertThat(Sql.result(launcher, Sql.launch(launcher, "SHOW geqo_effort"))).containsExactly("5");
            Sql.run(launcher, "SET geqo_effort = 5");
            String loaded = Sql.value(launcher, "SELECT pg_conf_load_time()");
            Sql.run(admin, "ALTER SYSTEM SET geqo_effort = 7");
            try {
                Sql.run(admin, "SELECT pg_reload_conf()");
                Await.until("both sessions have it", Duration.ofSeconds(20),
                        () -> "7".equals(Sql.value(admin, "SHOW geqo_effort"))
                        && !loaded.equals(Sql.value(launcher, "SELECT pg_conf_load_time()")));
                for (int i = 0; i < 4; i++) {
                    assertThat(Sql.result(launcher, Sql.launch(launcher, "SHOW geqo_effort"))).containsExactly("5");
                }
            } finally {
                Sql.run(admin, "ALTER SYSTEM RESET geqo_effort");
                Sql.run(admin, "SELECT pg_reload_conf()");
            }
        }
    }
}
