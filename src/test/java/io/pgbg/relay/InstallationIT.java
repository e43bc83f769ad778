package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CREATE, ALTER and DROP EXTENSION install, upgrade and remove the functions. */
@AlsoAmongTraps
class InstallationIT extends OwnDatabase {

    /** All that an installation can make which lasts, by name. */
    private static final List<String> CATALOGS = List.of(
            "SELECT 'function ' || p.oid::regprocedure::text || ' ' || coalesce(p.proacl::text, '') FROM pg_proc AS p"
                    + " JOIN pg_namespace AS n ON n.oid = pronamespace WHERE nspname::text !~ '^pg_temp' ORDER BY 1",
            "SELECT 'relation ' || nspname::text || '.' || relname::text FROM pg_class AS c JOIN pg_namespace AS n"
                    + " ON n.oid = relnamespace WHERE nspname::text !~ '^pg_(toast_)?temp' ORDER BY 1",
            "SELECT 'type ' || nspname::text || '.' || typname::text FROM pg_type AS t JOIN pg_namespace AS n"
                    + " ON n.oid = typnamespace WHERE nspname::text !~ '^pg_(toast_)?temp' ORDER BY 1",
            "SELECT 'schema ' || nspname::text || ' ' || coalesce(nspacl, acldefault('n', nspowner))::text FROM"
                    + " pg_namespace WHERE nspname::text !~ '^pg_(toast_)?temp' ORDER BY 1",
            "SELECT 'role ' || rolname::text FROM pg_roles ORDER BY 1",
            "SELECT 'member ' || roleid::text || member::text FROM pg_auth_members ORDER BY 1",
            "SELECT 'policy ' || polname::text FROM pg_policy ORDER BY 1",
            "SELECT 'default ' || defaclacl::text FROM pg_default_acl ORDER BY 1",
            "SELECT 'trigger ' || tgname::text FROM pg_trigger ORDER BY 1",
            "SELECT 'event trigger ' || evtname::text FROM pg_event_trigger ORDER BY 1",
            "SELECT 'extension ' || extname::text FROM pg_extension ORDER BY 1",
            "SELECT 'large object ' || oid::text FROM pg_largeobject_metadata ORDER BY 1",
            "SELECT 'setting ' || setdatabase::text || ' ' || setrole::text || ' ' || setconfig::text FROM"
                    + " pg_db_role_setting");

    private static final String SCHEMA = "SELECT DISTINCT pronamespace::regnamespace FROM pg_proc"
            + " WHERE proname = 'pg_background_launch'";

    private List<String> catalogs() throws SQLException {
        List<String> all = new ArrayList<>();
        for (String query : CATALOGS) {
            all.addAll(seen(query));
        }
        return all;
    }

    /** The driver's mailbox goes a moment after the last call. */
    private void awaitNothingLeft() throws Exception {
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
        }
    }

    private void assertServes(Connection connection, String schema) throws SQLException {
        Sql.run(connection, "CREATE OR REPLACE FUNCTION pg_temp.probe() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN"
                + " (SELECT v FROM " + schema + ".pg_background_result(" + schema
                + ".pg_background_launch('SELECT 7')) AS r(v int)); END $$");
        assertThat(Sql.value(connection, "SELECT pg_temp.probe()")).isEqualTo("7");
    }

    // CREATE

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "CREATE EXTENSION pg_background ~ public",
        "create extension if not exists \"pg_background\"; ~ public",
        "CREATE EXTENSION pg_background SCHEMA side ~ side",
        "CREATE EXTENSION PG_BACKGROUND WITH SCHEMA \"side\" ~ side",
        "CREATE EXTENSION IF NOT EXISTS pg_background WITH SCHEMA side VERSION '1.8' CASCADE ~ side",
        "/* c */ CREATE EXTENSION pg_background -- c ~ public",
        "SET search_path = side, public; CREATE EXTENSION pg_background ~ side"
    })
    void theFunctionsAreInTheSchema(String sql, String schema) throws SQLException {
        run("CREATE SCHEMA side");
        run(sql);
        assertThat(seen(SCHEMA)).containsExactly(schema);
        assertThat(seen("SELECT DISTINCT proname::text FROM pg_proc WHERE proname IN ('pg_background_launch',"
                + " 'pg_background_result', 'pg_background_detach', 'grant_pg_background_privileges',"
                + " 'revoke_pg_background_privileges') ORDER BY 1")).hasSize(5);
        assertServes(connection, schema);
    }

    @Test
    void theSignaturesAreThoseOfTheExtension() throws SQLException {
        install();
        // the default is what pg_background.default_queue_size says
        assertThat(seen("SELECT proname::text || '(' || regexp_replace(pg_get_function_arguments(oid), 'DEFAULT .*',"
                + " 'DEFAULT ..') || ') ' || pg_get_function_result(oid) FROM pg_proc WHERE proname IN"
                + " ('pg_background_launch', 'pg_background_result', 'pg_background_detach') ORDER BY 1")).contains(
                "pg_background_detach(pid integer) void",
                "pg_background_launch(sql text, queue_size integer DEFAULT ..) integer",
                "pg_background_result(pid integer) SETOF record");
    }

    @Test
    void theCallerOwnsThemAndNobodyElseMayCallThem() throws SQLException {
        install();
        assertThat(seen("SELECT DISTINCT proowner = current_user::regrole::oid FROM pg_proc"
                + " WHERE proname LIKE '%pg_background%'")).containsExactly("t");
        assertThat(seen("SELECT proname FROM pg_proc WHERE proname LIKE 'pg_background%'"
                + " AND has_function_privilege('" + ROLE + "', oid, 'EXECUTE') AND proname IN ('pg_background_launch',"
                + " 'pg_background_result', 'pg_background_detach')")).isEmpty();
        assertThat(seen("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'pgbackground_role'"))
                .containsExactly("f,f");
    }

    @Test
    void twiceIsRefused() throws SQLException {
        install();
        Failure failure = Failure.of(connection, "CREATE EXTENSION pg_background");
        assertThat(failure.state()).isEqualTo("42710");
        assertThat(failure.message()).isEqualTo("extension \"pg_background\" already exists");
        List<String> before = catalogs();
        assertThat(notices(connection, "CREATE EXTENSION IF NOT EXISTS pg_background"))
                .containsExactly("extension \"pg_background\" already exists, skipping");
        assertThat(catalogs()).isEqualTo(before);
        try (Connection other = database.connect()) {
            assertThat(Failure.of(other, "CREATE EXTENSION pg_background").state()).isEqualTo("42710");
        }
    }

    @Test
    void anUnknownSchemaIsRefused() throws SQLException {
        List<String> before = catalogs();
        Failure failure = Failure.of(connection, "CREATE EXTENSION pg_background SCHEMA nowhere");
        assertThat(failure.state()).isEqualTo("3F000");
        assertThat(failure.message()).isEqualTo("schema \"nowhere\" does not exist");
        assertThat(catalogs()).isEqualTo(before);
    }

    @Test
    void anUnknownVersionIsRefused() throws SQLException {
        List<String> before = catalogs();
        assertThat(Failure.of(connection, "CREATE EXTENSION pg_background VERSION '99'").state()).isEqualTo("22023");
        assertThat(catalogs()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE EXTENSION pg_background SCHEMA", "CREATE EXTENSION pg_background nonsense",
        "CREATE EXTENSION IF EXISTS pg_background", "DROP EXTENSION pg_background SCHEMA public",
        "ALTER EXTENSION pg_background UPGRADE"})
    void wrongSyntaxIsTheServersError(String sql) throws SQLException {
        Failure expected;
        try (Connection raw = database.connectRaw()) {
            expected = Failure.of(raw, sql);
        }
        assertThat(expected.state()).isEqualTo("42601");
        assertThat(Failure.of(connection, sql)).isEqualTo(expected);
    }

    @Test
    void whoMayNotCreateInTheSchemaIsRefused() throws SQLException {
        run("CREATE SCHEMA side");
        List<String> before = catalogs();
        try (Connection other = database.connectAs(ROLE)) {
            assertThat(Sql.stateOf(other, "CREATE EXTENSION pg_background SCHEMA side")).isEqualTo("42501");
        }
        assertThat(catalogs()).isEqualTo(before);
    }

    @Test
    void whoIsNoSuperuserMayInstallInASchemaOfHisOwn() throws SQLException {
        run("ALTER ROLE " + ROLE + " CREATEROLE");
        run("CREATE SCHEMA side AUTHORIZATION " + ROLE);
        try (Connection other = database.connectAs(ROLE)) {
            assertThat(Sql.stateOf(other, "CREATE EXTENSION pg_background SCHEMA side"))
                    .as("others would have to trust its functions").isEqualTo("42501");
            run("ALTER DATABASE " + database.name() + " OWNER TO " + ROLE);
            Sql.run(other, "CREATE EXTENSION pg_background SCHEMA side");
            assertThat(seen("SELECT DISTINCT proowner::regrole FROM pg_proc WHERE proname = 'pg_background_launch'"))
                    .containsExactly(ROLE);
            assertServes(other, "side");
            Sql.run(other, "DROP EXTENSION pg_background");
            run("ALTER DATABASE " + database.name() + " OWNER TO postgres");
        }
        assertThat(seen(SCHEMA)).isEmpty();
    }

    @Test
    void otherExtensionsAreTheServersOwn() throws SQLException {
        assertThat(Sql.stateOf(connection, "CREATE EXTENSION no_such_extension")).isIn("0A000", "58P01");
        run("CREATE EXTENSION IF NOT EXISTS plpgsql");
        assertThat(seen(SCHEMA)).isEmpty();
    }

    @Test
    void theRollbackUndoesIt() throws SQLException {
        List<String> before = catalogs();
        connection.setAutoCommit(false);
        install();
        run("SELECT pg_background_detach(pg_background_launch('SELECT 1'))");
        connection.rollback();
        connection.setAutoCommit(true);
        assertThat(catalogs()).isEqualTo(before);
        assertThat(Sql.value(connection, "SELECT count(*) FROM pg_background_result(pg_background_launch('SELECT 1'))"
                + " AS r(v int)")).isEqualTo("1");
        install();
        assertServes(connection, "public");
    }

    @Test
    void theTransactionThatInstallsMayUseIt() throws SQLException {
        connection.setAutoCommit(false);
        install();
        assertServes(connection, "public");
        connection.commit();
        assertServes(connection, "public");
    }

    // ALTER

    @Test
    void anUpdateKeepsWhatDependsAndWhatWasGranted() throws SQLException {
        installFor(ROLE);
        run("CREATE VIEW answer AS SELECT v FROM pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)");
        run("ALTER EXTENSION pg_background UPDATE");
        run("ALTER EXTENSION pg_background UPDATE TO '1.8'");
        assertThat(Sql.rows(connection, "TABLE answer")).containsExactly("7");
        try (Connection other = database.connectAs(ROLE)) {
            assertServes(other, "public");
        }
    }

    @Test
    void whatIsNotInstalledIsNotUpdated() throws SQLException {
        Failure failure = Failure.of(connection, "ALTER EXTENSION pg_background UPDATE");
        assertThat(failure.state()).isEqualTo("42704");
        assertThat(failure.message()).isEqualTo("extension \"pg_background\" does not exist");
    }

    // DROP

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "CREATE EXTENSION pg_background ~ DROP EXTENSION pg_background",
        "CREATE EXTENSION pg_background SCHEMA side ~ DROP EXTENSION IF EXISTS pg_background CASCADE",
        "CREATE EXTENSION pg_background ~ drop extension \"pg_background\" restrict;"
    })
    void dropRemovesExactlyWhatCame(String create, String drop) throws Exception {
        run("CREATE SCHEMA side");
        run("CREATE FUNCTION public.pg_background_mine() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        List<String> before = catalogs();
        run(create);
        assertThat(catalogs()).isNotEqualTo(before);
        run("SELECT 1, pg_background_detach(pg_background_launch('SELECT 1'))".replace("pg_b",
                seen(SCHEMA).get(0) + ".pg_b"));
        run(drop);
        awaitNothingLeft();
        assertThat(catalogs()).isEqualTo(before);
    }

    @Test
    void dropTakesTheGrantsAwayButKeepsARoleWithMembers() throws SQLException {
        List<String> before = catalogs();
        installFor(ROLE);
        run("GRANT pgbackground_role TO " + ROLE);
        run("DROP EXTENSION pg_background");
        assertThat(seen("SELECT count(*) FROM pg_roles WHERE rolname = 'pgbackground_role'")).containsExactly("1");
        run("DROP ROLE pgbackground_role");
        assertThat(catalogs()).isEqualTo(before);
    }

    @Test
    void whatDependsIsDroppedOnlyWithCascade() throws Exception {
        List<String> before = catalogs();
        install();
        run("CREATE VIEW answer AS SELECT pg_background_launch('SELECT 7') AS pid");
        Failure failure = Failure.of(connection, "DROP EXTENSION pg_background");
        assertThat(failure.state()).isEqualTo("2BP01");
        assertThat(Sql.value(connection, "SELECT pid > 0 FROM answer")).isEqualTo("t");
        run("DROP EXTENSION pg_background CASCADE");
        awaitNothingLeft();
        assertThat(catalogs()).isEqualTo(before);
    }

    @Test
    void whatIsNotInstalledIsNotDropped() throws SQLException {
        Failure failure = Failure.of(connection, "DROP EXTENSION pg_background");
        assertThat(failure.state()).isEqualTo("42704");
        assertThat(failure.message()).isEqualTo("extension \"pg_background\" does not exist");
        assertThat(notices(connection, "DROP EXTENSION IF EXISTS pg_background"))
                .containsExactly("extension \"pg_background\" does not exist, skipping");
    }

    @Test
    void afterTheDropTheSessionServesItselfAgain() throws SQLException {
        install();
        run("DROP EXTENSION pg_background");
        assertThat(Sql.rows(connection, "SELECT v, 1 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS r(v int)")).containsExactly("7,1");
        install();
        assertServes(connection, "public");
    }

    @Test
    void aJobOutlivesTheDrop() throws SQLException {
        install();
        int pid = Integer.parseInt(Sql.value(connection, "SELECT pg_background_launch('SELECT 7') + 0"));
        run("DROP EXTENSION pg_background");
        assertThat(Sql.result(connection, pid)).containsExactly("7");
    }

    @Test
    void eachDatabaseHasItsOwn() throws SQLException {
        installFor(ROLE);
        try (TestDatabase second = TestDatabase.create(); Connection there = second.connect()) {
            Sql.run(there, "CREATE EXTENSION pg_background");
            assertServes(there, "public");
            Sql.run(there, "DROP EXTENSION pg_background");
        }
        try (Connection other = database.connectAs(ROLE)) {
            assertServes(other, "public");
        }
        assertThat(seen("SELECT count(*) FROM pg_roles WHERE rolname = 'pgbackground_role'")).containsExactly("1");
    }
}
