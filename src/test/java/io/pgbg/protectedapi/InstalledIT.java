package io.pgbg.protectedapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protected API where its functions are installed. */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class InstalledIT extends ComposedCases {

    InstalledIT(TestDatabase database) {
        super(database);
    }

    @BeforeAll
    static void install(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE EXTENSION pg_background");
        }
    }

    /** The role that comes with an installation belongs to the whole server, and other tests begin without it. */
    @AfterAll
    static void remove(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "DROP EXTENSION pg_background CASCADE");
        }
    }

    /** What is installed decides what launch gives to statements that the server executes. */
    @Override
    @Test
    void inTheSecondVersionLaunchGivesAHandleAndAllElseIsTheSame() throws SQLException {
        try (TestDatabase own = TestDatabase.create(); Connection second = own.connect("pgbgApi=2")) {
            Sql.run(second, "CREATE EXTENSION pg_background");
            assertThat(Sql.value(second, "SELECT (public.pg_background_launch('SELECT 4', label => 'two')).cookie"
                    + " <> 0")).isEqualTo("t");
            assertThat(Sql.value(second, "SELECT label FROM public.pg_background_list")).isEqualTo("two");
            Sql.run(second, "DROP EXTENSION pg_background");
        }
    }

    @Test
    void theNamedVersionDecidesWhatLaunchGives() throws SQLException {
        try (TestDatabase own = TestDatabase.create(); Connection first = own.connect()) {
            Sql.run(first, "CREATE EXTENSION pg_background VERSION '2.0'");
            assertThat(Sql.value(first, "SELECT (pg_background_launch('SELECT 4')).cookie <> 0")).isEqualTo("t");
            Sql.run(first, "ALTER EXTENSION pg_background UPDATE");
            assertThat(Sql.value(first, "SELECT (pg_background_launch('SELECT 4')).cookie <> 0")).isEqualTo("t");
            Sql.run(first, "ALTER EXTENSION pg_background UPDATE TO '1.8'");
            assertThat(Sql.value(first, "SELECT pg_background_launch('SELECT 4') + 0 > 0")).isEqualTo("t");
            assertThat(Sql.value(first, "SELECT count(*) FROM pg_proc WHERE proname = 'pg_background_launch'"))
                    .isEqualTo("1");
            Sql.run(first, "DROP EXTENSION pg_background");
            assertNothingIsLeft(first);
        }
    }

    private static void assertNothingIsLeft(Connection connection) throws SQLException {
        assertThat(Sql.value(connection, "SELECT count(*) FROM pg_proc WHERE proname LIKE '%pg_background%'"))
                .isEqualTo("0");
        assertThat(Sql.value(connection, "SELECT count(*) FROM pg_class WHERE relname LIKE 'pg_background%'"))
                .isEqualTo("0");
        assertThat(Sql.value(connection, "SELECT count(*) FROM pg_type WHERE typname LIKE '%pg_background%'"))
                .isEqualTo("0");
    }

    @Test
    void theBookOfJobsIsATable() throws SQLException {
        run("CREATE TABLE IF NOT EXISTS book (id serial, h pg_background_handle, at timestamptz DEFAULT now())");
        run("INSERT INTO book (h) SELECT pg_background_launch_v2('SELECT ' || n::text, label => 'book') FROM"
                + " generate_series(1, 3) AS n");
        assertThat(rows("SELECT x FROM book, LATERAL pg_background_result((h).pid, (h).cookie) AS (x int) ORDER BY id"))
                .containsExactly("1", "2", "3");
        assertThat(Sql.stateOf(connection, "DROP EXTENSION pg_background")).isEqualTo("2BP01");
        run("DROP TABLE book");
    }

    @Test
    void storedFunctionsUseEverything() throws SQLException {
        run("""
                CREATE OR REPLACE FUNCTION run_with_timeout(q text, ms int) RETURNS text LANGUAGE plpgsql AS $f$
                DECLARE
                  h pg_background_handle;
                  o record;
                BEGIN
                  h := pg_background_launch_v2(q, 0, 'stored');
                  IF NOT pg_background_wait_v2_timeout(h.pid, h.cookie, ms) THEN
                    PERFORM pg_background_cancel_v2_grace(h.pid, h.cookie, 500);
                    PERFORM pg_background_wait_v2(h.pid, h.cookie);
                  END IF;
                  SELECT * INTO o FROM pg_background_outcome_v2(h.pid, h.cookie);
                  PERFORM pg_background_detach_v2(h.pid, h.cookie);
                  RETURN o.state;
                END $f$""");
        assertThat(value("SELECT run_with_timeout('SELECT 1', 60000)")).isEqualTo("stopped");
        assertThat(value("SELECT run_with_timeout('SELECT pg_catalog.pg_sleep(60)', 100)")).isEqualTo("canceled");
        assertThat(value("SELECT run_with_timeout('SELECT 1/0', 60000)")).isEqualTo("error");
    }

    @Test
    @SinceRelease(value = 11, because = "procedures")
    void storedFunctionsHaveVariablesOfTheTypes() throws SQLException {
        run("""
                CREATE OR REPLACE FUNCTION percent(pid int, cookie bigint) RETURNS int LANGUAGE plpgsql AS $f$
                DECLARE
                  x pg_background_progress;
                  s pg_background_stats%ROWTYPE;
                BEGIN
                  x := pg_background_get_progress_v2(pid, cookie);
                  s := pg_background_stats_v2();
                  RETURN COALESCE(x.progress_pct, s.max_workers);
                END $f$""");
        assertThat(value("SELECT percent(1, 1)")).isEqualTo("16");
        run("DROP FUNCTION percent");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_background_progress", "public.pg_background_report_progress"})
    void storedFunctionsReportTheProgressOfTheirJob(String name) throws Exception {
        run("CREATE OR REPLACE FUNCTION work() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN PERFORM " + name
                + "(30, 'a third'); PERFORM pg_catalog.pg_sleep(60); END $f$");
        for (int i = 0; i < 2; i++) {
            // by a new worker, and by one that was used
            String handle = launch("SELECT work()");
            Await.until("progress", Duration.ofSeconds(30), () -> rows("SELECT p.* FROM pg_background_get_progress("
                    + handle + ") AS p").equals(List.of("30,a third")));
            run("SELECT 1 FROM pg_background_cancel(" + handle + ") AS c");
            assertThat(value("SELECT pg_background_wait(" + handle + ")::text")).isEqualTo("true");
            run("SELECT 1 FROM pg_background_detach(" + handle + ") AS c");
            ended("SELECT 1");
            run("SELECT pg_background_detach_all() + 0");
        }
        assertThat(Sql.stateOf(connection, "SELECT work()")).isEqualTo("0A000");
    }

    @Test
    void grantsReachFunctionsAndViews() throws SQLException {
        run("DO $$ BEGIN CREATE ROLE prot_user LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        try (Connection other = database.connectAs("prot_user")) {
            assertThat(Sql.stateOf(other, "SELECT count(*) FROM pg_background_list")).isEqualTo("42501");
            assertThat(Sql.stateOf(other, "SELECT (pg_background_launch_v2('SELECT 1')).pid")).isEqualTo("42501");
            assertThat(value("SELECT pg_background_grant_privileges(role_name => 'prot_user')::text"))
                    .isEqualTo("true");
            assertThat(Sql.value(other, "SELECT (pg_background_launch_v2('SELECT 1')).pid > 0")).isEqualTo("t");
            assertThat(Sql.value(other, "SELECT count(*) FROM pg_background_activity")).isEqualTo("1");
            assertThat(value("SELECT pg_background_revoke_privileges('prot_user')::text")).isEqualTo("true");
            assertThat(Sql.stateOf(other, "SELECT count(*) FROM pg_background_list")).isEqualTo("42501");
        }
        run("GRANT pgbackground_role TO prot_user");
        try (Connection member = database.connectAs("prot_user")) {
            assertThat(Sql.value(member, "SELECT count(*) FROM pg_background_list")).isEqualTo("0");
        }
        run("DROP ROLE prot_user");
    }
}
