package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.WithConnection;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@AlsoAmongTraps
class SettingsIT extends WithConnection {

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String show(String name) throws SQLException {
        return Grid.query(connection, "SHOW " + name).value();
    }

    private Failure fail(String sql) throws SQLException {
        return Failure.of(connection, sql);
    }

    @ParameterizedTest
    @CsvSource({"max_workers,16", "default_queue_size,64kB", "worker_timeout,0"})
    void hasDefaults(String name, String value) throws SQLException {
        Grid shown = Grid.query(connection, "SHOW pg_background." + name);
        assertThat(shown).isEqualTo(
                new Grid(List.of("pg_background." + name), List.of("text"), List.of(List.of(value))));
        assertThat(Grid.query(connection, "SELECT current_setting('pg_background." + name + "') AS v"))
                .isEqualTo(new Grid(List.of("v"), List.of("text"), List.of(List.of(value))));
        assertThat(Grid.query(connection, "show Pg_Background.\"" + name + "\" ;").value()).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "max_workers = 5 ~ 5",
        "max_workers TO '7' ~ 7",
        "max_workers = 1000 ~ 1000",
        "max_workers = '0x10' ~ 16",
        "max_workers = ' +010 ' ~ 8",
        "max_workers = 1.5e1 ~ 15",
        "worker_timeout = 2.5 ~ 2ms",
        "worker_timeout = 1500 ~ 1500ms",
        "worker_timeout = '2 s' ~ 2s",
        "worker_timeout = '2min' ~ 2min",
        "worker_timeout = '1.5h' ~ 90min",
        "worker_timeout = '1d' ~ 1d",
        "worker_timeout = '1000us' ~ 1ms",
        "worker_timeout = 0 ~ 0",
        "default_queue_size = 64 ~ 64B",
        "default_queue_size = '128kB' ~ 128kB",
        "default_queue_size = '1MB' ~ 1MB",
        "default_queue_size = 268435456 ~ 256MB",
        "default_queue_size = '0.5kB' ~ 512B"
    })
    void takesValuesWithUnits(String assignment, String shown) throws SQLException {
        String name = "pg_background." + assignment.substring(0, assignment.indexOf(' '));
        execute("SET pg_background." + assignment);
        assertThat(show(name)).isEqualTo(shown);
        execute("RESET " + name);
        execute("SET SESSION pg_background." + assignment);
        assertThat(show(name)).isEqualTo(shown);
        execute("SET " + name + " TO DEFAULT");
        assertThat(show(name)).isEqualTo(Map.of("pg_background.max_workers", "16",
                "pg_background.worker_timeout", "0", "pg_background.default_queue_size", "64kB").get(name));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "max_workers = 0 ~ 0 is outside the valid range for parameter \"pg_background.max_workers\" (1 .. 1000) ~",
        "max_workers = 1001 ~ 1001 is outside the valid range for parameter \"pg_background.max_workers\" "
                + "(1 .. 1000) ~",
        "max_workers = -1 ~ -1 is outside the valid range for parameter \"pg_background.max_workers\" (1 .. 1000) ~",
        "max_workers = 'many' ~ invalid value for parameter \"pg_background.max_workers\": \"many\" ~",
        "max_workers = on ~ invalid value for parameter \"pg_background.max_workers\": \"on\" ~",
        "max_workers = '' ~ invalid value for parameter \"pg_background.max_workers\": \"\" ~",
        "default_queue_size = 63 ~ 63 B is outside the valid range for parameter \"pg_background.default_queue_size\" "
                + "(64 B .. 268435456 B) ~",
        "default_queue_size = '1 TB' ~ invalid value for parameter \"pg_background.default_queue_size\": \"1 TB\" ~ "
                + "Value exceeds integer range.",
        "max_workers = '1e30' ~ invalid value for parameter \"pg_background.max_workers\": \"1e30\" ~ "
                + "Value exceeds integer range.",
        "default_queue_size = '5 min' ~ invalid value for parameter \"pg_background.default_queue_size\": \"5 min\" ~ "
                + "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".",
        "worker_timeout = -1 ~ -1 ms is outside the valid range for parameter \"pg_background.worker_timeout\" "
                + "(0 ms .. 2147483647 ms) ~",
        "worker_timeout = '1 kB' ~ invalid value for parameter \"pg_background.worker_timeout\": \"1 kB\" ~ "
                + "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
    })
    void refusesWrongValues(String assignment, String message, String hint) throws SQLException {
        Failure failure = fail("SET pg_background." + assignment);
        assertThat(failure.state()).isEqualTo("22023");
        assertThat(failure.message()).isEqualTo(message);
        assertThat(failure.hint()).isEqualTo(hint);
    }

    @Test
    @SinceRelease(value = 12, because = "the unit us")
    void wordsRefusalsAsTheServer() throws SQLException {
        assertThat(fail("SET pg_background.worker_timeout = 'soon'").message()
                .replace("pg_background.worker_timeout", "statement_timeout"))
                .isEqualTo(fail("SET statement_timeout = 'soon'").message());
        assertThat(fail("SET pg_background.worker_timeout = '1 x'").hint())
                .isEqualTo(fail("SET statement_timeout = '1 x'").hint());
        // releases differ in how they write the range
        assertThat(fail("SET pg_background.worker_timeout = -1").message()
                .replace("pg_background.worker_timeout", "statement_timeout").replaceFirst(" \\(.*", ""))
                .isEqualTo(fail("SET statement_timeout = -1").message().replaceFirst(" \\(.*", ""));
        assertThat(fail("SET pg_background.worker_timeout = 99999999999").message()
                .replace("pg_background.worker_timeout", "statement_timeout"))
                .isEqualTo(fail("SET statement_timeout = 99999999999").message());
        assertThat(fail("SET pg_background.worker_timeout = 99999999999").hint())
                .isEqualTo(fail("SET statement_timeout = 99999999999").hint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET pg_background.colour = 1", "SHOW pg_background.colour",
        "RESET pg_background.colour", "SET LOCAL pg_background.colour TO DEFAULT"})
    void refusesUnknownNames(String sql) throws SQLException {
        Failure failure = fail(sql);
        assertThat(failure.state()).isEqualTo("42602");
        assertThat(failure.message()).isEqualTo("invalid configuration parameter name \"pg_background.colour\"");
        assertThat(failure.detail()).isEqualTo("\"pg_background\" is a reserved prefix.");
    }

    @Test
    void setConfigIsTakenAsSetIs() throws SQLException {
        assertThat(Grid.query(connection, "SELECT set_config('pg_background.worker_timeout', '2s', false)").value())
                .isEqualTo("2s");
        assertThat(show("pg_background.worker_timeout")).isEqualTo("2s");
        assertThat(fail("SELECT * FROM pg_background_result(pg_background_launch('SELECT pg_catalog.pg_sleep(60)'))")
                .state())
                .isEqualTo("57014");
    }

    @Test
    void aWrongValueOfSetConfigIsRefusedAtTheLaunch() throws SQLException {
        execute("SELECT set_config('pg_background.max_workers', 'many', false)");
        Failure failure = fail("SELECT pg_background_launch('SELECT 1')");
        assertThat(failure.state()).isEqualTo("22023");
        assertThat(failure.message())
                .isEqualTo("invalid value for parameter \"pg_background.max_workers\": \"many\"");
    }

    @Test
    void currentSettingStandsInEveryQuery() throws SQLException {
        execute("SET pg_background.max_workers = 3");
        assertThat(Grid.query(connection, "SELECT"
                + " pg_catalog.current_setting('pg_background.max_workers')::int + 1 AS n,"
                + " current_setting('pg_background.worker_timeout', true) FROM (VALUES (1)) AS t WHERE"
                + " current_setting('PG_BACKGROUND.default_queue_size') = '64kB'").rows())
                .containsExactly(List.of("4", "0"));
        assertThat(Grid.query(connection, "SELECT current_setting('pg_background.max_workers')").label())
                .isEqualTo("current_setting");
    }

    @Test
    void preparedStatementsReadSettings() throws SQLException {
        try (PreparedStatement show = connection.prepareStatement("SHOW pg_background.max_workers");
                PreparedStatement set = connection.prepareStatement("SET pg_background.max_workers = 9");
                PreparedStatement read = connection.prepareStatement(
                        "SELECT current_setting('pg_background.max_workers')::int + ?");
                CallableStatement reset = connection.prepareCall("RESET pg_background.max_workers")) {
            read.setInt(1, 1);
            assertThat(set.execute()).isFalse();
            assertThat(set.getUpdateCount()).isZero();
            try (ResultSet shown = show.executeQuery(); ResultSet sum = read.executeQuery()) {
                assertThat(Grid.of(shown).value()).isEqualTo("9");
                assertThat(Grid.of(sum).value()).isEqualTo("10");
            }
            reset.execute();
            assertThat(show("pg_background.max_workers")).isEqualTo("16");
        }
    }

    // How long a value lasts

    @Test
    void localValuesLastAsLongAsTheTransaction() throws SQLException {
        execute("SET pg_background.max_workers = 5");
        connection.setAutoCommit(false);
        execute("SET LOCAL pg_background.max_workers = 6");
        assertThat(show("pg_background.max_workers")).isEqualTo("6");
        execute("SET LOCAL pg_background.max_workers TO DEFAULT");
        assertThat(show("pg_background.max_workers")).isEqualTo("16");
        connection.commit();
        assertThat(show("pg_background.max_workers")).isEqualTo("5");
    }

    @Test
    void aRollbackUndoesASet() throws SQLException {
        connection.setAutoCommit(false);
        execute("SET pg_background.max_workers = 5");
        connection.rollback();
        assertThat(show("pg_background.max_workers")).isEqualTo("16");
        execute("SET pg_background.max_workers = 5");
        connection.commit();
        execute("RESET pg_background.max_workers");
        connection.rollback();
        assertThat(show("pg_background.max_workers")).isEqualTo("5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DISCARD ALL", "RESET ALL"})
    void resettingEverythingResetsTheSettings(String sql) throws SQLException {
        execute("SET pg_background.max_workers = 5");
        execute(sql);
        assertThat(show("pg_background.max_workers")).isEqualTo("16");
        assertThat(Grid.query(connection, "SELECT pg_background_launch('SELECT 1')").rows()).hasSize(1);
    }

    @Test
    void defaultsOfRolesAndDatabasesHold() throws SQLException {
        database.execute("CREATE ROLE tuned LOGIN SUPERUSER");
        database.execute("ALTER ROLE tuned SET pg_background.max_workers = 7");
        database.execute("ALTER DATABASE " + database.name() + " SET pg_background.worker_timeout = '3s'");
        try (Connection tuned = DriverManager.getConnection(
                database.jdbcUrl().replaceFirst("user=[^&]*", "user=tuned"))) {
            assertThat(Grid.query(tuned, "SELECT session_user").value()).isEqualTo("tuned");
            assertThat(Grid.query(tuned, "SHOW pg_background.max_workers").value()).isEqualTo("7");
            assertThat(Grid.query(tuned, "SHOW pg_background.worker_timeout").value()).isEqualTo("3s");
            Grid.query(tuned, "SELECT set_config('pg_background.max_workers', '8', false)");
            try (Statement statement = tuned.createStatement()) {
                statement.execute("RESET pg_background.max_workers");
            }
            assertThat(Grid.query(tuned, "SHOW pg_background.max_workers").value()).isEqualTo("7");
            try (Statement statement = tuned.createStatement()) {
                statement.execute("SET pg_background.max_workers = 9; SET pg_background.max_workers TO DEFAULT");
            }
            assertThat(Grid.query(tuned, "SHOW pg_background.max_workers").value()).isEqualTo("7");
        } finally {
            database.execute("ALTER DATABASE " + database.name() + " RESET pg_background.worker_timeout");
            database.execute("DROP ROLE tuned");
        }
    }

    @Test
    void theUrlsOptionsHold() throws SQLException {
        try (Connection tuned = database.connect("options=-c%20pg_background.max_workers=2")) {
            assertThat(Grid.query(tuned, "SHOW pg_background.max_workers").value()).isEqualTo("2");
        }
    }

    // What the values do

    @Test
    void theNumberOfAttachedJobsIsLimited() throws SQLException {
        execute("SET pg_background.max_workers = 2");
        String pid = Grid.query(connection, "SELECT pg_background_launch('SELECT 1')").value();
        execute("SELECT pg_background_launch('SELECT 2')");
        Failure failure = fail("SELECT pg_background_launch('SELECT 3')");
        assertThat(failure.state()).isEqualTo("53400");
        assertThat(failure.message()).isEqualTo("too many background workers");
        assertThat(failure.detail()).contains("pg_background.max_workers").contains("2");
        execute("SELECT pg_background_detach(" + pid + ")");
        execute("SELECT pg_background_launch('SELECT 3')");
        assertThat(fail("SELECT pg_background_launch('SELECT 4')").state()).isEqualTo("53400");
        execute("SET pg_background.max_workers = 3");
        execute("SELECT pg_background_launch('SELECT 4')");
    }

    @Test
    void aFailedLaunchIsNotCounted() throws SQLException {
        execute("SET pg_background.max_workers = 1");
        assertThat(fail("SELECT pg_background_launch('SELECT 1', 1)").state()).isEqualTo("22023");
        assertThat(Grid.query(connection, "SELECT pg_background_result(pg_background_launch('SELECT 7'))").value())
                .isEqualTo("7");
        assertThat(fail("SELECT pg_background_result(pg_background_launch('SELECT 1 / 0'))").state())
                .isEqualTo("22012");
        assertThat(Grid.query(connection, "SELECT pg_background_result(pg_background_launch('SELECT 7'))").value())
                .isEqualTo("7");
    }

    @Test
    void jobsAreLimitedPerSession() throws SQLException {
        execute("SET pg_background.max_workers = 1");
        execute("SELECT pg_background_launch('SELECT 1')");
        try (Connection other = database.connect(); Statement statement = other.createStatement()) {
            statement.execute("SET pg_background.max_workers = 1; SELECT pg_background_launch('SELECT 1')");
        }
    }

    @Test
    void theTimeoutEndsAJob() throws SQLException {
        execute("SET pg_background.worker_timeout = '50ms'");
        Failure failure = fail("SELECT pg_background_result(pg_background_launch('SELECT pg_catalog.pg_sleep(60)'))");
        assertThat(failure.state()).isEqualTo("57014");
        assertThat(failure.message()).isEqualTo("canceling statement due to statement timeout");
        execute("RESET pg_background.worker_timeout");
        assertThat(Grid.query(connection, "SELECT pg_background_result(pg_background_launch('SELECT"
                + " pg_catalog.pg_sleep(0.1)'))")
                .rows()).hasSize(1);
    }

    @Test
    void theTimeoutTakesThePlaceOfTheStatementTimeout() throws SQLException {
        execute("SET statement_timeout = '2s'; SET pg_background.worker_timeout = '1min'");
        String pid = Grid.query(connection,
                "SELECT pg_background_launch('SELECT current_setting(''statement_timeout''),"
                        + " pg_catalog.pg_sleep(2.1)')").value();
        execute("SET statement_timeout = 0");
        assertThat(Grid.query(connection, "SELECT * FROM pg_background_result(" + pid + ")").rows().get(0).get(0))
                .isEqualTo("1min");
    }

    @Test
    void theStatementTimeoutEndsAJob() throws SQLException {
        execute("SET statement_timeout = '1s'");
        String pid = Grid.query(connection, "SELECT pg_background_launch('SELECT pg_catalog.pg_sleep(60)')").value();
        execute("SET statement_timeout = 0");
        assertThat(fail("SELECT pg_background_result(" + pid + ")").state()).isEqualTo("57014");
    }

    @Test
    void theDefaultQueueSizeIsUsedByALaunchWithoutOne() throws SQLException {
        execute("SET pg_background.default_queue_size = '1MB'");
        assertThat(Grid.query(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT generate_series(1, 10000)'))").rows()).hasSize(10_000);
        execute("SET pg_background.default_queue_size = 64");
        assertThat(Grid.query(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT generate_series(1, 100)'))").rows()).hasSize(100);
    }

    @Test
    void theSettingsOfOthersAreLeftAlone() throws SQLException {
        execute("SET pg_backgroundx.max_workers = 0; SET my.pg_background = 'x'");
        assertThat(show("pg_backgroundx.max_workers")).isEqualTo("0");
        assertThat(show("my.pg_background")).isEqualTo("x");
        assertThat(Grid.query(connection, "SELECT 'SHOW pg_background.colour'").value())
                .isEqualTo("SHOW pg_background.colour");
    }
}
