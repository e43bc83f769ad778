package io.pgbg.protectedapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.jdbc.PgConnection;

/** The protected API where nothing was installed. */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class InSessionIT extends ComposedCases {

    InSessionIT(TestDatabase database) {
        super(database);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "CREATE TABLE permanent (h pg_background_handle)",
        "CREATE UNLOGGED TABLE permanent (h public.pg_background_handle[])",
        "CREATE TABLE permanent AS SELECT '(1,2)'::pg_background_handle AS h",
        "SELECT '(1,2)'::pg_background_handle AS h INTO permanent",
        "ALTER TABLE plain ADD COLUMN h pg_background_handle",
        "CREATE TYPE permanent AS (h pg_background_handle)",
        "CREATE TABLE permanent (h pg_background_stats)",
        "CREATE TABLE permanent AS SELECT pg_background_stats_v2() AS h",
        "CREATE FUNCTION permanent(h pg_background_handle) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION permanent(pg_background_handle) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION permanent() RETURNS SETOF pg_background_handle LANGUAGE sql AS 'SELECT 1, 2::int8'"})
    @SinceRelease(value = 10, because = "literals are of type text")
    void nothingThatStaysUsesTheTypeOfTheSession(String sql) throws SQLException {
        run("CREATE TABLE IF NOT EXISTS plain (x int)");
        Failure failure = failure(sql);
        assertThat(failure.state()).isEqualTo("0A000");
        assertThat(failure.hint()).contains("CREATE EXTENSION pg_background");
        assertThat(value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'plain'::regclass AND attnum > 0"))
                .isEqualTo("1");
        assertThat(value("SELECT count(*) FROM pg_class WHERE relname = 'permanent'")).isEqualTo("0");
        assertThat(value("SELECT count(*) FROM pg_proc WHERE proname = 'permanent'")).isEqualTo("0");
        connection.setAutoCommit(false);
        assertThat(failure(sql).state()).isEqualTo("0A000");
        assertThat(failure("SELECT 1").state()).isEqualTo("25P02");
        connection.rollback();
    }

    @Test
    @SinceRelease(value = 11, because = "domains over composite types")
    void noDomainUsesTheTypeOfTheSession() throws SQLException {
        nothingThatStaysUsesTheTypeOfTheSession("CREATE DOMAIN permanent AS pg_background_handle");
        assertThat(value("SELECT count(*) FROM pg_type WHERE typname = 'permanent'")).isEqualTo("0");
    }

    @Test
    void temporaryTablesTypesAndFunctionsMayUseIt() throws SQLException {
        run("CREATE TEMP TABLE t (h pg_background_handle)");
        run("ALTER TABLE t ADD COLUMN hs pg_background_handle[]");
        run("CREATE FUNCTION pg_temp.pid_of(h pg_background_handle) RETURNS int LANGUAGE sql AS 'SELECT ($1).pid'");
        run("INSERT INTO t SELECT pg_background_launch_v2('SELECT 1')");
        assertThat(value("SELECT pg_temp.pid_of(h) = (h).pid FROM t")).isEqualTo("t");
    }

    @Test
    void theObjectsComeBackWhenTheSessionHasLostThem() throws SQLException {
        launch("SELECT 1");
        run("DISCARD TEMP");
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("1");
        assertThat(value("SELECT count(*) FROM pg_background_activity")).isEqualTo("1");
        connection.setAutoCommit(false);
        run("DISCARD PLANS");
        connection.rollback();
        run("DROP VIEW pg_temp.pg_background_activity");
        connection.commit();
        connection.setAutoCommit(true);
        assertThat(value("SELECT count(*) FROM pg_background_activity")).isEqualTo("1");
    }

    @Test
    void whatSomebodyElsePutsInTheirPlaceIsNoticed() throws SQLException {
        String handle = launch("SELECT 1");
        run("CREATE TEMP TABLE kept AS SELECT ROW(" + handle + ")::pg_background_handle AS h");
        try (Statement raw = connection.unwrap(PgConnection.class).createStatement()) {
            raw.execute("CREATE OR REPLACE VIEW pg_temp.pg_background_list AS SELECT NULL::int4 AS pid,"
                    + " NULL::int8 AS cookie, NULL::timestamptz AS launched_at, NULL::oid AS user_id,"
                    + " NULL::int4 AS queue_size, 'forged'::text AS state, NULL::text AS sql_preview,"
                    + " NULL::text AS last_error, NULL::bool AS consumed, NULL::text AS label");
        }
        assertThat(value("SELECT state FROM pg_background_list")).isNotEqualTo("forged");
        // what depends on the type is still there
        assertThat(value("SELECT pg_background_wait((h).pid, (h).cookie)::text FROM kept")).isEqualTo("true");
    }

    @Test
    void aRolledBackFirstUseIsMadeUpFor() throws SQLException {
        connection.setAutoCommit(false);
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("0");
        assertThat(value("SHOW check_function_bodies")).isEqualTo("on");
        connection.rollback();
        assertThat(value("SELECT (pg_background_launch_v2('SELECT 1')).pid > 0")).isEqualTo("t");
        connection.rollback();
        connection.setAutoCommit(true);
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("1");
    }

    @Test
    @SinceRelease(value = 12, because = "the server gives a role back")
    void anotherRoleUsesTheViewsToo() throws SQLException {
        run("DROP ROLE IF EXISTS prot_reader");
        run("CREATE ROLE prot_reader");
        launch("SELECT 1");
        run("SET ROLE prot_reader");
        assertThat(value("SELECT count(*) FROM pg_background_list")).as("another role's job is not shown").isEqualTo("0");
        run("RESET ROLE");
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("1");
        run("DROP ROLE prot_reader");
    }

    @Test
    void aTextThatOnlyMentionsTheNamesNeedsNothing() throws SQLException {
        try (Connection fresh = open()) {
            assertThat(Sql.value(fresh, "SELECT 'pg_background_handle' AS pg_background_list")).isNotNull();
            assertThat(Sql.value(fresh, "SELECT 1 AS pg_background_handle")).isEqualTo("1");
            assertThat(Sql.value(fresh, "SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()"))
                    .isEqualTo("0");
        }
    }

    @Test
    void sessionsThatUseTheFirstFunctionsOnlyMakeNoMore() throws SQLException {
        assertThat(value("SELECT pg_background_launch('SELECT 1') > 0")).isEqualTo("t");
        assertThat(value("SELECT count(*) FROM pg_type WHERE typnamespace = pg_my_temp_schema()")).isEqualTo("0");
        assertThat(value("SELECT count(*) FROM pg_background_list")).isEqualTo("1");
        assertThat(value("SELECT pg_background_detach_all() + 0")).isEqualTo("1");
    }
}
