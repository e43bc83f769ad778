package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.ClientMessages;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a worker takes on the launcher's session: nobody gets a hand or an eye in between. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class TakenSettingsIT {

    private final TestDatabase database;

    TakenSettingsIT(TestDatabase database) {
        this.database = database;
    }

    /** Operators and functions that come before the server's own, and are called by nobody. */
    @BeforeAll
    static void plant(TestDatabase database) throws SQLException {
        database.execute("CREATE ROLE taken_login LOGIN; CREATE ROLE taken_other; GRANT taken_other TO taken_login;"
                + " CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC");
        String raise = " LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'sprung'; END$$";
        for (String type : new String[] {"text", "name", "oid", "int4", "int8", "float8", "timestamptz", "bool"}) {
            database.execute("CREATE FUNCTION evil.compare(" + type + ", " + type + ") RETURNS boolean" + raise);
            for (String operator : new String[] {"=", "<>", "<", ">"}) {
                database.execute("CREATE OPERATOR evil." + operator + " (LEFTARG = " + type + ", RIGHTARG = " + type
                        + ", PROCEDURE = evil.compare)");
            }
        }
        for (String type : new String[] {"float8", "int8", "int4", "text"}) {
            database.execute("CREATE FUNCTION evil.combine(" + type + ", " + type + ") RETURNS " + type + raise);
            for (String operator : new String[] {"*", "||"}) {
                database.execute("CREATE OPERATOR evil." + operator + " (LEFTARG = " + type + ", RIGHTARG = " + type
                        + ", PROCEDURE = evil.combine)");
            }
        }
        for (String signature : new String[] {"unnest(text[]) RETURNS SETOF text", "concat(text, text) RETURNS text",
            "current_setting(text, boolean) RETURNS text", "current_setting(text) RETURNS text",
            "set_config(text, text, boolean) RETURNS text", "date_part(text, timestamptz) RETURNS float8",
            "pg_has_role(name, name, text) RETURNS boolean", "pg_has_role(name, text) RETURNS boolean"}) {
            database.execute("CREATE FUNCTION evil." + signature + raise);
        }
    }

    @AfterAll
    static void dropRoles(TestDatabase database) throws SQLException {
        database.execute("DROP OWNED BY taken_login, taken_other; DROP ROLE taken_login, taken_other");
    }

    @Test
    void nothingPlantedIsCalled() throws SQLException {
        try (Connection launcher = database.connectAs("taken_login", "ApplicationName=planted", "pgbgRelay=off")) {
            Sql.result(launcher, Sql.launch(launcher, "SELECT 1"));
            // that of the launcher, and that with which new workers begin
            Sql.run(launcher, "SET search_path = evil, pg_catalog");
            Sql.run(launcher, "ALTER ROLE taken_login SET search_path = evil, pg_catalog");
            for (int i = 0; i < 6; i++) {
                Sql.run(launcher, "SET app.n = 'x" + i + "'; SET work_mem = '" + (i + 5) + "MB'");
                int pid = Sql.launch(launcher, "SELECT pg_catalog.current_setting('app.n')");
                assertThat(Sql.result(launcher, pid)).containsExactly("x" + i);
            }
            int pid = Sql.launch(launcher, "SELECT 7");
            Sql.run(launcher, "SET ROLE taken_other");
            assertThat(Sql.stateOf(launcher, "SELECT pg_background_result(" + pid + ")")).isEqualTo("42501");
            Sql.run(launcher, "SET LOCAL work_mem = '5MB'");
            int others = Sql.launch(launcher, "SELECT current_user");
            Sql.run(launcher, "RESET ROLE");
            assertThat(Sql.result(launcher, others)).containsExactly("taken_other");
            assertThat(Sql.result(launcher, pid)).containsExactly("7");
        }
    }

    @Test
    void valuesStandInNoText() throws Exception {
        try (Forwarder forwarder = new Forwarder(database.jdbcUrl("pgbgIdleWorkers=0"))) {
            try (Connection launcher = DriverManager.getConnection(forwarder.url())) {
                Sql.run(launcher, "SELECT set_config('app.secret', 'hid' || 'den', false)");
                assertThat(Sql.result(launcher, Sql.launch(launcher, "SELECT current_setting('app.secret')")))
                        .containsExactly("hidden");
                Sql.run(launcher, "SELECT 1");
                assertThat(Sql.result(launcher, Sql.launch(launcher, "SELECT current_setting('app.secret')")))
                        .containsExactly("hidden");
            }
            assertThat(withSecret(forwarder.sent(0))).isEmpty();
            assertThat(withSecret(forwarder.sent(1))).containsExactly("B");
        }
    }

    /** The types of the messages that hold the secret. */
    private static List<String> withSecret(String sent) {
        return ClientMessages.of(sent).stream().filter(message -> message.contains("hidden"))
                .map(message -> message.substring(0, 1)).toList();
    }
}
