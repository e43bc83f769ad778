package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.Warnings;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLWarning;

/** The statements about the extension pg_background where the server has none. */
@AlsoAmongTraps
class ExtensionIT extends WithConnection {

    private static final String OURS = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'pg!_background!_%' ESCAPE '!'"
            + " OR proname::text ~ '_pg_background_privileges$'";

    private Statement statement;

    @BeforeEach
    void createStatement() throws SQLException {
        statement = connection.createStatement();
    }

    @AfterEach
    void clear() throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
        }
        statement.execute("RESET ALL");
        statement.execute("DROP EXTENSION IF EXISTS pg_background CASCADE");
        statement.execute("DROP SCHEMA IF EXISTS \"Other one\" CASCADE");
        statement.execute("DROP SCHEMA IF EXISTS apart CASCADE");
        assertThat(functions()).isEqualTo("0");
    }

    private String functions() throws SQLException {
        return raw(OURS);
    }

    private String raw(String sql) throws SQLException {
        try (Connection other = database.connectRaw()) {
            return Sql.value(other, sql);
        }
    }

    private Connection connectAs(String role) throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl().replaceFirst("user=[^&]*", "user=" + role));
    }

    /** What pg_proc has of a function: of the one with the fewest parameters where there are several. */
    private String text(String column, String function) throws SQLException {
        return raw("SELECT " + column + " FROM pg_proc WHERE proname = '" + function + "' ORDER BY pronargs");
    }

    @Test
    void createInstallsInTheCurrentSchema() throws SQLException {
        assertThat(statement.executeUpdate("CREATE EXTENSION pg_background")).isZero();
        assertThat(Warnings.messages(statement)).isEmpty();
        assertThat(text("pronamespace::regnamespace", "pg_background_launch")).isEqualTo("public");
        assertThat(text("proowner::regrole", "pg_background_result")).isEqualTo("postgres");
        assertThat(text("obj_description(oid)", "pg_background_launch")).contains("pgbg-jdbc").contains("background");
        assertThat(text("split_part(prosrc, '''', 2)", "pg_background_relay_version"))
                .isEqualTo(Installation.VERSION);
        assertThat(raw("SELECT count(*) FROM pg_proc WHERE proname LIKE '%pg!_background!_%' ESCAPE '!'"
                + " AND (has_function_privilege('public', oid, 'EXECUTE') AND proname <> 'pg_background_call'"
                + " OR NOT has_function_privilege('pgbackground_role', oid, 'EXECUTE'))")).isEqualTo("0");
        assertThat(raw("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'pgbackground_role'")).isEqualTo("f");
    }

    @Test
    void createTakesTheSchemaThatIsNamed() throws SQLException {
        statement.execute("CREATE SCHEMA \"Other one\"");
        statement.execute("CREATE EXTENSION IF NOT EXISTS \"pg_background\" WITH SCHEMA \"Other one\""
                + " VERSION '1.8' CASCADE");
        assertThat(text("pronamespace::regnamespace", "pg_background_launch")).isEqualTo("\"Other one\"");
        assertThat(raw("SELECT has_schema_privilege('pgbackground_role', 'Other one', 'USAGE')")).isEqualTo("t");
        assertThat(Sql.value(connection, "SELECT \"Other one\".pg_background_result("
                + "\"Other one\".pg_background_launch('SELECT 7'))")).isEqualTo("7");
        assertThat(Sql.value(connection, "SELECT sum(x) FROM generate_series(1, 2) g, LATERAL"
                + " \"Other one\".pg_background_result(\"Other one\".pg_background_launch('SELECT ' || g::text)) AS"
                + " (x int)"))
                .isEqualTo("3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SCHEMA nowhere ~ 3F000 ~ schema \"nowhere\" does not exist",
        "VERSION '9.9' ~ 22023 ~ extension \"pg_background\" has no installation script"
            + " nor update path for version \"9.9\""
    })
    void createRefusesWhatTheServerWouldRefuse(String options, String state, String message) throws SQLException {
        Failure failure = Failure.of(connection, "CREATE EXTENSION pg_background " + options);
        assertThat(failure).isEqualTo(new Failure(state, message, null, null, null, 0));
        assertThat(functions()).isEqualTo("0");
    }

    @Test
    void createNeedsASchema() throws SQLException {
        statement.execute("SET search_path = ''");
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background").state()).isEqualTo("3F000");
        statement.execute("SET search_path = pg_temp");
        statement.execute("CREATE TEMP TABLE t (i int)");
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background").state()).isEqualTo("3F000");
        statement.execute("RESET search_path");
        statement.execute("CREATE SCHEMA \"a$b\"");
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background SCHEMA \"a$b\"").message())
                .startsWith("invalid character in extension \"pg_background\" schema");
        statement.execute("DROP SCHEMA \"a$b\"");
    }

    @Test
    void aSecondCreateIsRefusedOrSkipped() throws SQLException {
        statement.execute("CREATE EXTENSION pg_background");
        String before = raw("SELECT string_agg(oid::text || ':' || xmin::text, ' ' ORDER BY oid) FROM pg_proc");
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background"))
                .isEqualTo(new Failure("42710", "extension \"pg_background\" already exists", null, null, null, 0));
        assertThat(statement.executeUpdate("CREATE EXTENSION IF NOT EXISTS pg_background SCHEMA nowhere")).isZero();
        assertThat(Warnings.messages(statement))
                .containsExactly("extension \"pg_background\" already exists, skipping");
        assertThat(((PSQLWarning) statement.getWarnings()).getSQLState()).isEqualTo("42710");
        assertThat(raw("SELECT string_agg(oid::text || ':' || xmin::text, ' ' ORDER BY oid) FROM pg_proc"))
                .isEqualTo(before);
    }

    @Test
    void createIsRefusedInAReadOnlyOrFailedTransaction() throws SQLException {
        connection.setAutoCommit(false);
        statement.execute("SET TRANSACTION READ ONLY");
        Failure failure = Failure.of(connection, "CREATE EXTENSION pg_background");
        assertThat(failure.state()).isEqualTo("25006");
        assertThat(failure.message()).isEqualTo("cannot execute CREATE EXTENSION in a read-only transaction");
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background").state()).isEqualTo("25P02");
    }

    @Test
    void anotherFunctionOfTheNameIsInTheWay() throws SQLException {
        statement.execute("CREATE FUNCTION pg_background_detach(int) RETURNS int LANGUAGE sql AS 'SELECT 1'");
        Failure failure = Failure.of(connection, "CREATE EXTENSION pg_background");
        assertThat(failure.state()).isEqualTo("42723");
        assertThat(failure.context()).isNull();
        assertThat(functions()).isEqualTo("1");
        statement.execute("DROP FUNCTION pg_background_detach(int)");
    }

    @Test
    void createIsUndoneWithItsTransaction() throws SQLException {
        connection.setAutoCommit(false);
        statement.execute("SET LOCAL search_path = public, pg_temp");
        statement.execute("CREATE EXTENSION pg_background");
        assertThat(Sql.value(connection, "SHOW search_path")).isEqualTo("public, pg_temp");
        assertThat(Sql.value(connection, OURS)).isNotEqualTo("0");
        connection.rollback();
        assertThat(functions()).isEqualTo("0");
    }

    @Test
    void twoAtTheSameTimeInstallOnce() throws SQLException {
        try (Connection first = database.connect()) {
            first.setAutoCommit(false);
            Sql.run(first, "CREATE EXTENSION pg_background");
            // the second one waits for the first, and can be ended
            statement.setQueryTimeout(1);
            assertThat(Failure.of(() -> statement.execute("CREATE EXTENSION pg_background")).state())
                    .isEqualTo("57014");
            statement.setQueryTimeout(0);
            first.commit();
        }
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background").state()).isEqualTo("42710");
    }

    @Test
    void aPreparedStatementDoesTheSame() throws SQLException {
        try (PreparedStatement create = connection.prepareStatement("CREATE EXTENSION pg_background");
                PreparedStatement drop = connection.prepareStatement("DROP EXTENSION pg_background")) {
            for (int i = 0; i < 2; i++) {
                assertThat(create.executeUpdate()).isZero();
                assertThat(functions()).isNotEqualTo("0");
                assertThat(drop.executeUpdate()).isZero();
                assertThat(functions()).isEqualTo("0");
            }
        }
    }

    @Test
    void severalStatementsInOneTextAreOneTransaction() throws SQLException {
        statement.execute("CREATE SCHEMA apart; CREATE EXTENSION pg_background SCHEMA apart");
        assertThat(text("pronamespace::regnamespace", "pg_background_launch")).isEqualTo("apart");
        assertThat(Failure.of(connection, "DROP EXTENSION pg_background; SELECT 1/0").state()).isEqualTo("22012");
        assertThat(functions()).isNotEqualTo("0");
    }

    @Test
    void dropRemovesWhatWasInstalledAndNothingElse() throws SQLException {
        statement.execute("CREATE EXTENSION pg_background");
        statement.execute("CREATE FUNCTION pg_background_mine() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        assertThat(statement.executeUpdate("DROP EXTENSION pg_background")).isZero();
        assertThat(functions()).isEqualTo("1");
        assertThat(raw("SELECT count(*) FROM pg_roles WHERE rolname = 'pgbackground_role'")).isEqualTo("0");
        statement.execute("DROP FUNCTION pg_background_mine()");
        assertThat(Failure.of(connection, "DROP EXTENSION pg_background")).extracting(Failure::state, Failure::message)
                .containsExactly("42704", "extension \"pg_background\" does not exist");
        statement.execute("DROP EXTENSION IF EXISTS pg_background");
        assertThat(Warnings.messages(statement))
                .containsExactly("extension \"pg_background\" does not exist, skipping");
    }

    @Test
    void dropKeepsTheUseOfTheSchemaThatWasThere() throws SQLException {
        statement.execute("CREATE ROLE pgbackground_role NOLOGIN");
        statement.execute("CREATE SCHEMA apart");
        statement.execute("CREATE EXTENSION pg_background SCHEMA apart");
        statement.execute("DROP EXTENSION pg_background");
        assertThat(raw("SELECT has_schema_privilege('pgbackground_role', 'apart', 'USAGE')")).isEqualTo("f");
        statement.execute("GRANT USAGE ON SCHEMA apart TO pgbackground_role");
        statement.execute("CREATE EXTENSION pg_background SCHEMA apart");
        statement.execute("DROP EXTENSION pg_background");
        assertThat(raw("SELECT has_schema_privilege('pgbackground_role', 'apart', 'USAGE')")).isEqualTo("t");
        statement.execute("REVOKE ALL ON SCHEMA apart FROM pgbackground_role");
        statement.execute("DROP ROLE pgbackground_role");
    }

    @Test
    void dropKeepsARoleThatIsInUse() throws SQLException {
        statement.execute("CREATE EXTENSION pg_background");
        statement.execute("CREATE ROLE ext_member");
        statement.execute("GRANT pgbackground_role TO ext_member");
        statement.execute("DROP EXTENSION pg_background");
        assertThat(Warnings.messages(statement)).containsExactly("role \"pgbackground_role\" was kept: it has members");
        statement.execute("DROP ROLE ext_member");
        statement.execute("CREATE TABLE readable (i int); GRANT SELECT ON readable TO pgbackground_role");
        statement.execute("CREATE EXTENSION pg_background");
        statement.execute("DROP EXTENSION pg_background");
        assertThat(Warnings.messages(statement)).singleElement().asString()
                .startsWith("role \"pgbackground_role\" was kept: ").contains("cannot be dropped");
        statement.execute("DROP TABLE readable");
        statement.execute("DROP ROLE pgbackground_role");
    }

    @Test
    void dropSparesWhatDependsUnlessToldTo() throws SQLException {
        statement.execute("CREATE EXTENSION pg_background");
        statement.execute("CREATE VIEW launching AS SELECT pg_background_launch('SELECT 1') AS pid");
        Failure failure = Failure.of(connection, "DROP EXTENSION pg_background RESTRICT");
        assertThat(failure.state()).isEqualTo("2BP01");
        assertThat(failure.message())
                .isEqualTo("cannot drop extension pg_background because other objects depend on it");
        assertThat(failure.detail()).contains("view launching depends on function pg_background_launch(text,integer)");
        assertThat(failure.hint()).isEqualTo("Use DROP ... CASCADE to drop the dependent objects too.");
        assertThat(failure.context()).isNull();
        statement.execute("DROP EXTENSION pg_background CASCADE");
        assertThat(Warnings.messages(statement)).containsExactly("drop cascades to view launching");
        assertThat(((PSQLWarning) statement.getWarnings()).getServerErrorMessage().getWhere()).isNull();
    }

    @Test
    void dropPassesOtherExtensionsToTheServer() throws SQLException {
        statement.execute("CREATE EXTENSION pg_background");
        assertThat(Failure.of(connection, "DROP EXTENSION pg_background, no_such_one").message())
                .isEqualTo("extension \"no_such_one\" does not exist");
        assertThat(functions()).isNotEqualTo("0");
        statement.execute("DROP EXTENSION IF EXISTS \"No such\", pg_background, no_such_one CASCADE");
        assertThat(Warnings.messages(statement)).containsExactly("extension \"No such\" does not exist, skipping",
                "extension \"no_such_one\" does not exist, skipping");
        assertThat(functions()).isEqualTo("0");
    }

    @Test
    void onlyTheOwnerMayDropOrUpdate() throws SQLException {
        statement.execute("CREATE EXTENSION pg_background");
        statement.execute("CREATE ROLE ext_other LOGIN");
        try (Connection other = connectAs("ext_other")) {
            for (String sql : List.of("DROP EXTENSION pg_background", "ALTER EXTENSION pg_background UPDATE")) {
                assertThat(Failure.of(other, sql)).extracting(Failure::state, Failure::message)
                        .containsExactly("42501", "must be owner of extension pg_background");
            }
        }
        statement.execute("DROP ROLE ext_other");
    }

    @Test
    void aRoleWithoutMuchInstallsInASchemaOfItsOwn() throws SQLException {
        statement.execute("CREATE ROLE ext_plain LOGIN");
        statement.execute("CREATE SCHEMA apart AUTHORIZATION ext_plain");
        own("ext_plain");
        try (Connection other = connectAs("ext_plain"); Statement plain = other.createStatement()) {
            plain.execute("CREATE EXTENSION pg_background SCHEMA apart");
            assertThat(Warnings.messages(plain)).singleElement().asString()
                    .startsWith("role \"pgbackground_role\" was not created: ");
            assertThat(text("proowner::regrole", "pg_background_launch")).isEqualTo("ext_plain");
            assertThat(Sql.value(other, "SELECT sum(x) FROM generate_series(1, 2) g, LATERAL"
                    + " apart.pg_background_result(apart.pg_background_launch('SELECT ' || g::text)) AS (x int)"))
                    .isEqualTo("3");
            plain.execute("DROP EXTENSION pg_background");
        }
        statement.execute("DROP SCHEMA apart");
        own("CURRENT_USER");
        statement.execute("DROP ROLE ext_plain");
    }

    /** Only a superuser or the owner of the database may install for others. */
    private void own(String role) throws SQLException {
        statement.execute("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database()::text || ' OWNER TO " + role
                + "'; END $$");
    }

    @Test
    void aRoleThatMayMakeRolesCleansUp() throws SQLException {
        statement.execute("CREATE ROLE ext_maker LOGIN CREATEROLE");
        statement.execute("CREATE SCHEMA apart AUTHORIZATION ext_maker");
        own("ext_maker");
        try (Connection other = connectAs("ext_maker"); Statement plain = other.createStatement()) {
            plain.execute("CREATE EXTENSION pg_background SCHEMA apart");
            assertThat(Warnings.messages(plain)).isEmpty();
            assertThat(raw("SELECT count(*) FROM pg_roles WHERE rolname = 'pgbackground_role'")).isEqualTo("1");
            plain.execute("DROP EXTENSION pg_background");
            assertThat(Warnings.messages(plain)).isEmpty();
            assertThat(raw("SELECT count(*) FROM pg_roles WHERE rolname = 'pgbackground_role'")).isEqualTo("0");
        }
        statement.execute("DROP SCHEMA apart");
        own("CURRENT_USER");
        statement.execute("DROP ROLE ext_maker");
    }

    @Test
    void updateRenewsAndKeepsTheGrants() throws SQLException {
        statement.execute("CREATE ROLE ext_granted");
        statement.execute("CREATE EXTENSION pg_background");
        statement.execute("GRANT EXECUTE ON FUNCTION pg_background_relay_version() TO ext_granted WITH GRANT OPTION");
        statement.execute("GRANT EXECUTE ON FUNCTION pg_background_launch(text, int) TO ext_granted");
        statement.execute("CREATE VIEW launching AS SELECT pg_background_launch('SELECT 1') AS pid");
        makeOlder();
        try (Connection later = database.connect()) {
            // one that the server has not got makes the driver look again what is installed
            assertThat(Failure.of(later, "SELECT 1, pg_background_detach(1)").state()).isEqualTo("42883");
            Failure older = Failure.of(later, "SELECT 1, pg_background_launch('SELECT 1')");
            assertThat(older.state()).isEqualTo("55000");
            assertThat(older.hint()).contains("ALTER EXTENSION pg_background UPDATE");
        }
        assertThat(statement.executeUpdate("ALTER EXTENSION pg_background UPDATE TO '1.8'")).isZero();
        assertThat(Warnings.messages(statement)).isEmpty();
        assertThat(text("split_part(prosrc, '''', 2)", "pg_background_relay_version"))
                .isEqualTo(Installation.VERSION);
        assertThat(text("oid", "pg_background_stale")).isNull();
        assertThat(text("prosrc", "pg_background_launch")).contains("pg_background_call");
        assertThat(text("has_function_privilege('public', oid, 'EXECUTE')", "pg_background_detach")).isEqualTo("f");
        assertThat(text("has_function_privilege('ext_granted', oid, 'EXECUTE WITH GRANT OPTION')",
                "pg_background_detach")).isEqualTo("t");
        assertThat(text("has_function_privilege('pgbackground_role', oid, 'EXECUTE')", "pg_background_detach"))
                .isEqualTo("t");
        assertThat(text("has_function_privilege('ext_granted', oid, 'EXECUTE')", "pg_background_launch"))
                .isEqualTo("t");
        statement.execute("ALTER EXTENSION pg_background UPDATE");
        assertThat(Warnings.messages(statement))
                .containsExactly("version \"" + Installation.VERSION + "\" of extension \"pg_background\" is already installed");
        assertThat(Sql.value(connection, "SELECT pid > 0 FROM launching")).isEqualTo("t");
        statement.execute("DROP EXTENSION pg_background CASCADE");
        statement.execute("DROP ROLE ext_granted");
    }

    /** As if an older driver had installed it: one function is another one, one is missing, one is too many. */
    private void makeOlder() throws SQLException {
        database.execute("CREATE FUNCTION pg_background_stale(text[], int) RETURNS int LANGUAGE sql AS 'SELECT 1'");
        database.execute("DROP FUNCTION pg_background_detach(int)");
        database.execute("CREATE OR REPLACE FUNCTION pg_background_launch(sql text, queue_size int DEFAULT 65536)"
                + " RETURNS int LANGUAGE plpgsql STRICT AS 'BEGIN RETURN 0; END'");
        database.execute("DO $do$ BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION pg_background_relay_version()"
                + " RETURNS text LANGUAGE sql IMMUTABLE AS %L', (SELECT replace(replace(prosrc, 'SELECT ''" + Installation.VERSION + "''',"
                + " 'SELECT ''0'''), '-- pgbg-jdbc', E'-- pgbg-jdbc\\n-- pg_background_stale(text[], integer)')"
                + " FROM pg_proc WHERE proname = 'pg_background_relay_version')); END $do$");
    }

    @Test
    @SinceRelease(value = 10, because = "DROP FUNCTION of several")
    void updateGivesFunctionsTheirTypesAndTakesNothingFromTheirUsers() throws SQLException {
        statement.execute("CREATE ROLE ext_counting; CREATE ROLE ext_nobody");
        statement.execute("CREATE EXTENSION pg_background");
        makeWithoutTypes();
        statement.execute("ALTER EXTENSION pg_background UPDATE");
        assertThat(Sql.value(connection, "SELECT pg_catalog.pg_typeof(pg_background_stats_v2())::text"))
                .isEqualTo("pg_background_stats");
        assertThat(text("prorettype::regtype", "pg_background_get_progress")).isEqualTo("pg_background_progress");
        assertThat(text("has_function_privilege('ext_counting', oid, 'EXECUTE WITH GRANT OPTION')",
                "pg_background_stats_v2")).isEqualTo("t");
        assertThat(text("has_function_privilege('ext_counting', oid, 'EXECUTE')", "pg_background_get_progress"))
                .isEqualTo("f");
        assertThat(text("has_function_privilege('ext_nobody', oid, 'EXECUTE')", "pg_background_stats_v2"))
                .isEqualTo("f");
        statement.execute("DROP EXTENSION pg_background");
        assertThat(raw("SELECT count(*) FROM pg_type WHERE typname LIKE '%pg!_background%' ESCAPE '!'")).isEqualTo("0");
        statement.execute("DROP ROLE ext_counting; DROP ROLE ext_nobody");
    }

    /** As an older driver has installed it. */
    private void makeWithoutTypes() throws SQLException {
        database.execute("DROP TYPE pg_background_stats, pg_background_progress CASCADE");
        for (String function : List.of("stats_v2(OUT workers_launched bigint, OUT workers_completed bigint)",
                "get_progress(pid int, cookie bigint, OUT pct int, OUT msg text)")) {
            database.execute("CREATE FUNCTION pg_background_" + function + " LANGUAGE plpgsql AS 'BEGIN END'");
        }
        database.execute("REVOKE ALL ON FUNCTION pg_background_stats_v2, pg_background_get_progress FROM PUBLIC;"
                + " GRANT EXECUTE ON FUNCTION pg_background_stats_v2 TO ext_counting WITH GRANT OPTION");
        database.execute("DO $do$ BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION pg_background_relay_version()"
                + " RETURNS text LANGUAGE sql IMMUTABLE AS %L', (SELECT regexp_replace(replace(prosrc, 'SELECT ''"
                + Installation.VERSION + "''', 'SELECT ''3'''), '-- TYPE pg_background_(stats|progress)\n', '', 'g')"
                + " FROM pg_proc WHERE proname = 'pg_background_relay_version')); END $do$");
    }

    @Test
    void updateRepairsARenamedSchema() throws SQLException {
        statement.execute("CREATE SCHEMA before");
        statement.execute("CREATE EXTENSION pg_background SCHEMA before");
        statement.execute("ALTER SCHEMA before RENAME TO apart");
        statement.execute("ALTER EXTENSION pg_background UPDATE");
        assertThat(text("prosrc", "pg_background_launch")).contains("apart.").doesNotContain("before.");
        assertThat(Failure.of(connection, "ALTER EXTENSION pg_background UPDATE TO '77'").state()).isEqualTo("22023");
        statement.execute("DROP EXTENSION pg_background");
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "off"})
    void whereInstalledFunctionsAreNotAnsweredTheServerGetsTheStatement(String relay) throws SQLException {
        try (Connection other = database.connect("pgbgRelay=" + relay)) {
            assertThat(Failure.of(other, "CREATE EXTENSION pg_background").state()).isIn("0A000", "58P01", "22023");
        }
    }

    @Test
    void updateOfNothingIsTheServersBusiness() throws SQLException {
        assertThat(Failure.of(connection, "ALTER EXTENSION pg_background UPDATE").message())
                .isEqualTo("extension \"pg_background\" does not exist");
    }
}
