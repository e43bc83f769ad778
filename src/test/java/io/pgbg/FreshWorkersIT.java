package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job runs as on a new connection, also when its worker is none. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class FreshWorkersIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String BACKEND =
            "SELECT pid::text || ' ' || backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";

    private static final String CONFIGURATION_LOADED = "SELECT pg_conf_load_time()::text";

    private final TestDatabase database;

    FreshWorkersIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void createObjects() throws SQLException {
        database.execute("""
                CREATE ROLE fresh_login LOGIN;
                CREATE ROLE fresh_group;
                GRANT fresh_group TO fresh_login;
                CREATE TABLE item (tenant text, name text);
                INSERT INTO item VALUES ('old', 'of old'), ('new', 'of new');
                ALTER TABLE item ENABLE ROW LEVEL SECURITY;
                CREATE POLICY of_tenant ON item USING (tenant = current_setting('app.tenant', true));
                GRANT SELECT ON item TO fresh_login;
                """);
    }

    @AfterEach
    void dropObjects() throws SQLException {
        database.execute("DROP TABLE item; ALTER DATABASE " + database.name() + " RESET ALL");
        database.execute("DROP ROLE IF EXISTS fresh_login; DROP ROLE fresh_group");
    }

    /** Each test has workers of its own. */
    private Connection connect(String name, String... parameters) throws SQLException {
        String[] all = new String[parameters.length + 1];
        all[0] = "ApplicationName=" + name;
        System.arraycopy(parameters, 0, all, 1, parameters.length);
        return database.connectAs("fresh_login", all);
    }

    private static String run(Connection launcher, String job) throws SQLException {
        return Sql.value(launcher, "SELECT * FROM pg_background_result(pg_background_launch($job$" + job + "$job$))");
    }

    /** Runs jobs until one has a worker that was used before, and gives all workers that there were. */
    private static Set<String> warm(Connection launcher) throws Exception {
        Set<String> seen = new HashSet<>();
        Await.until("a worker serves again", PATIENCE, () -> !seen.add(run(launcher, BACKEND)));
        return seen;
    }

    private static void assertRenewed(Connection launcher, Set<String> old) throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(run(launcher, BACKEND)).isNotIn(old);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pgbgInheritSettings=all", "pgbgInheritSettings=none"})
    void aSettingOfTheRole(String inherit) throws Exception {
        database.execute("ALTER ROLE fresh_login SET app.tenant = 'old'");
        try (Connection before = connect("of_role", inherit)) {
            warm(before);
            assertThat(run(before, "SELECT name FROM item")).isEqualTo("of old");
        }
        database.execute("ALTER ROLE fresh_login SET app.tenant = 'new'");
        try (Connection after = connect("of_role", inherit)) {
            assertThat(run(after, "SELECT string_agg(name, ' ') FROM item")).isEqualTo("of new");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pgbgInheritSettings=all", "pgbgInheritSettings=none"})
    void aSettingOfTheDatabase(String inherit) throws Exception {
        String alter = "ALTER DATABASE " + database.name() + " SET app.tenant = ";
        database.execute(alter + "'old'");
        try (Connection before = connect("of_database", inherit)) {
            warm(before);
            assertThat(run(before, "SELECT name FROM item")).isEqualTo("of old");
        }
        database.execute(alter + "'new'");
        try (Connection after = connect("of_database", inherit)) {
            assertThat(run(after, "SELECT string_agg(name, ' ') FROM item")).isEqualTo("of new");
        }
    }

    @Test
    void aSettingOfTheRoleInTheDatabase() throws Exception {
        try (Connection launcher = connect("of_both", "pgbgInheritSettings=none")) {
            warm(launcher);
            database.execute("ALTER ROLE fresh_login IN DATABASE " + database.name() + " SET app.tenant = 'new'");
            Sql.run(launcher, "SELECT 1");
            assertThat(run(launcher, "SELECT string_agg(name, ' ') FROM item")).isEqualTo("of new");
        }
    }

    @Test
    void aRoleThatMayNotLogInRunsNoJob() throws Exception {
        try (Connection launcher = connect("no_login")) {
            warm(launcher);
            database.execute("ALTER ROLE fresh_login NOLOGIN");
            Sql.run(launcher, "SELECT 1");
            assertThat(Sql.stateOf(() -> run(launcher, "SELECT 1"))).isEqualTo("28000");
            database.execute("ALTER ROLE fresh_login LOGIN");
            Sql.run(launcher, "SELECT 1");
            assertThat(run(launcher, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void aRoleThatMayNotConnectRunsNoJob() throws Exception {
        try (Connection launcher = connect("no_connect")) {
            warm(launcher);
            database.execute("REVOKE CONNECT ON DATABASE " + database.name() + " FROM PUBLIC");
            Sql.run(launcher, "SELECT 1");
            assertThat(Sql.stateOf(() -> run(launcher, "SELECT 1"))).isEqualTo("42501");
        } finally {
            database.execute("GRANT CONNECT ON DATABASE " + database.name() + " TO PUBLIC");
        }
    }

    @Test
    void aRoleThatIsGoneRunsNoJob() throws Exception {
        try (Connection launcher = connect("gone")) {
            warm(launcher);
            database.execute("DROP OWNED BY fresh_login; DROP ROLE fresh_login");
            assertThat(Sql.stateOf(() -> {
                Sql.run(launcher, "SELECT 1");
                run(launcher, "SELECT 1");
            })).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "ALTER ROLE fresh_login VALID UNTIL '2001-01-01'",
        "REVOKE fresh_group FROM fresh_login",
        "SELECT pg_reload_conf()"
    })
    void aChangeOfTheLoginAsksForANewConnection(String change) throws Exception {
        try (Connection launcher = connect("changed")) {
            Set<String> old = warm(launcher);
            String loaded = Sql.value(launcher, CONFIGURATION_LOADED);
            database.execute(change);
            if (change.contains("reload")) {
                Await.until("the launcher's process has loaded its configuration", PATIENCE,
                        () -> !loaded.equals(Sql.value(launcher, CONFIGURATION_LOADED)));
            }
            Sql.run(launcher, "SELECT 1");
            assertRenewed(launcher, old);
        }
    }

    @Test
    void aChangedPasswordAsksForANewConnection() throws Exception {
        try (Connection launcher = connect("password")) {
            assumeTrue(launcher.getMetaData().getDatabaseMajorVersion() >= 15, "statistics are slow to read");
            Set<String> old = warm(launcher);
            database.execute("ALTER ROLE fresh_login PASSWORD 'another one'");
            // the server tells its statistics when it has time; until then a worker may be new for other reasons
            Await.untilAsserted(PATIENCE, () -> {
                Sql.run(launcher, "SELECT 1");
                assertRenewed(launcher, old);
            });
        }
    }

    @Test
    void whoAsksNothingMoreSeesTheChangeSoon() throws Exception {
        try (Connection launcher = connect("silent")) {
            warm(launcher);
            database.execute("ALTER ROLE fresh_login SET app.tenant = 'new'");
            Await.until("the change is seen", PATIENCE,
                    () -> "of new".equals(run(launcher, "SELECT string_agg(name, ' ') FROM item")));
        }
    }

    /** One sees the login as it was for as long as its transaction lasts; the other one as it is. */
    @Test
    void launchersThatSeeDifferentThingsShareTheirWorkers() throws Exception {
        try (Connection old = connect("share"); Connection current = connect("share")) {
            warm(old);
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            Sql.run(old, "SELECT 1");
            database.execute("ALTER ROLE fresh_login SET app.tenant = 'new'; SELECT pg_reload_conf()");
            assertSharing(old, current);
        }
    }

    private static void assertSharing(Connection one, Connection other) throws Exception {
        Set<String> backends = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            for (Connection launcher : new Connection[] {one, other}) {
                Sql.run(launcher, "SELECT 1");
                backends.add(run(launcher, BACKEND));
            }
        }
        // four are kept; each of the two may have found the first ones out of date
        assertThat(backends).hasSizeLessThanOrEqualTo(8);
    }
}
