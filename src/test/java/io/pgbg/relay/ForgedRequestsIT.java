package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerLog;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Notices that look like requests: without a proof nothing is done, with one no more than a call would do. */
@AlsoAmongTraps
@SinceRelease(value = 11, because = "SHA-256")
class ForgedRequestsIT extends OwnDatabase {

    /**
     * What a role can do that has logged in itself: it has a mailbox made, reads the secret, and proves a request that no
     * function of ours has made.
     */
    private static final String PROVEN = """
            CREATE FUNCTION public.prove(operation text, role text, session text, VARIADIC arguments text[])
            RETURNS void LANGUAGE plpgsql SET search_path TO pg_catalog AS $f$
            DECLARE
              number int8 := 4278190080 + floor(random() * 16777215)::int8;
              box text[];
              request text;
              f int;
            BEGIN
              RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'mailbox', DETAIL = ARRAY[number::text, md5('x')]::text;
              FOR i IN 1 .. 500 LOOP
                BEGIN
                  f := lo_open(number::oid, 393216);
                  box := convert_from(loread(f, 512), 'UTF8')::text[];
                  EXIT;
                EXCEPTION WHEN undefined_object THEN
                  PERFORM pg_catalog.pg_sleep(0.01);
                END;
              END LOOP;
              request := (ARRAY[md5(random()::text), operation, role, encode(sha256(session::bytea), 'hex'), session]
                || arguments)::text;
              RAISE INFO USING ERRCODE = 'BG001', DETAIL = request, MESSAGE = encode(sha256(convert_to(box[2]
                || encode(sha256(convert_to(request, 'UTF8')), 'hex') || box[2], 'UTF8')), 'hex');
              PERFORM pg_catalog.pg_sleep(0.5);
            END $f$""";

    @BeforeEach
    void prepare() throws SQLException {
        run("CREATE TABLE trace (who text DEFAULT current_user); GRANT ALL ON trace TO PUBLIC");
        run("GRANT USAGE ON SCHEMA public TO PUBLIC");
        run(PROVEN);
    }

    private void awaitIdle() throws Exception {
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
            new ServerState(raw).awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                    + " current_database() AND state <> 'idle' AND pid <> pg_backend_pid()");
        }
    }

    /** The session text that the functions would send, of the login itself. */
    private static String session(String user, String role) {
        return "SELECT ARRAY[NULL, NULL, NULL, '0', '" + user + "', '" + role + "', '" + ("none".equals(role) ? user : role)
                + "', '10', '0', 'stamp', '{}', '{}', '{}', '{}']::text";
    }

    @Test
    void aProofWorksForWhoMayCall() throws Exception {
        // shows that the requests below fail for the reason that is meant, and not because they are badly made
        install();
        try (Connection session = database.connect("pgbgInheritSettings=none")) {
            Sql.run(session, "SELECT prove('submit', 'postgres', (" + session("postgres", "none")
                    + "), 'INSERT INTO trace DEFAULT VALUES', '0', NULL)");
        }
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitValue("1", "SELECT count(*) FROM trace");
        }
    }

    @ParameterizedTest
    @CsvSource({"relay_other, none", "postgres, none", "pg_monitor, pg_monitor", "nobody_of_this_name, none"})
    void aProofDoesNotStandInForExecute(String role, String setRole) throws Exception {
        install();
        run("GRANT CREATE ON SCHEMA public TO " + ROLE);
        try (Connection session = database.connectAs(ROLE, "pgbgInheritSettings=none")) {
            // a function of the same name beside ours, which everybody may call
            Sql.run(session, "CREATE FUNCTION public.pg_background_submit(point) RETURNS int LANGUAGE sql"
                    + " AS 'SELECT 1'");
            Sql.run(session, "SELECT prove('submit', '" + role + "', (" + session(ROLE, setRole)
                    + "), 'INSERT INTO trace DEFAULT VALUES', '0', NULL)");
            Sql.assertNoJobIsAttached(connection);
        }
        awaitIdle();
        assertThat(seen("SELECT who FROM trace")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"postgres, none, relay_other", "relay_other, postgres, relay_other", "relay_other, none, postgres"})
    void aProofMakesNobodyAnotherRole(String user, String setRole, String named) throws Exception {
        installFor(ROLE);
        try (Connection session = database.connectAs(ROLE, "pgbgInheritSettings=none")) {
            Sql.run(session, "SELECT prove('submit', '" + named + "', (" + session(user, setRole)
                    + "), 'INSERT INTO trace DEFAULT VALUES', '0', NULL)");
        }
        awaitIdle();
        assertThat(seen("SELECT who FROM trace WHERE who <> '" + ROLE + "'")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"'launch', 'postgres', NULL", "'nothing', 'postgres', NULL, 'x'",
        "'result', 'postgres', NULL, 'no number'", "'cancel', 'postgres', NULL", "'drain', 'postgres', NULL, '{', '0'",
        "'submit', 'postgres', '{}', 'SELECT 1', '0', NULL", "'next', 'postgres', NULL", "'', '', ''"})
    void aRequestThatIsBadlyMadeLeavesTheOthersAlone(String request) throws Exception {
        install();
        assertThat(Failure.of(connection, "DO $$ BEGIN PERFORM prove(" + request + (request.split(",").length == 3
                ? ", VARIADIC '{}'" : "") + "); PERFORM pg_background_detach(pg_background_launch('SELECT 1'));"
                + " RAISE EXCEPTION 'reached'; END $$").message()).isEqualTo("reached");
        awaitIdle();
    }

    @Test
    void thousandsOfThemWriteAHandfulOfLines() throws Exception {
        install();
        String storm = "DO $$ BEGIN FOR i IN 1 .. 20000 LOOP RAISE INFO USING ERRCODE = 'BG001', MESSAGE = CASE i % 4"
                + " WHEN 0 THEN 'mailbox' WHEN 1 THEN repeat('a', 64) WHEN 2 THEN 'taken' ELSE 'x' END, DETAIL = CASE i % 3"
                + " WHEN 0 THEN '{1}' WHEN 1 THEN ARRAY[(4278190080 + i)::text, md5(i::text)]::text ELSE '' END;"
                + " END LOOP; END $$";
        PrintStream err = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true));
        try {
            run(storm);
            try (Statement statement = connection.createStatement()) {
                statement.execute(storm);
                assertThat((Object) statement.getWarnings()).as("none of them is for the application").isNull();
            }
        } finally {
            System.setErr(err);
        }
        assertThat(log.toString().lines().filter(line -> line.contains("left aside")).count()).isLessThan(20);
        assertThat(Sql.value(connection, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                + " AS r(v int)")).isEqualTo("7");
        awaitIdle();
    }

    @Test
    void aMailboxThatIsPlantedIsNotBelieved() throws Exception {
        // granted to all, with the forged answer of a launch, and naming a backend that lives
        try (Connection stranger = database.connectAs(ROLE)) {
            String planted = Sql.value(stranger, "SELECT lo_from_bytea(4278190099, convert_to(rpad(ARRAY['pgbg2', 's',"
                    + " md5('x'), '77', pg_backend_pid()::text, '', '0', '', '40', '40', '0']::text, 512)"
                    + " || '{value,NULL,4711}', 'UTF8'::name))");
            Sql.run(stranger, "GRANT ALL ON LARGE OBJECT " + planted + " TO PUBLIC");
            install();
            run("CREATE FUNCTION call() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                    + " pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$");
            for (String isolation : new String[] {"READ COMMITTED", "REPEATABLE READ"}) {
                connection.setAutoCommit(false);
                run("SET TRANSACTION ISOLATION LEVEL " + isolation);
                run("SET pgbg.mailbox = '" + planted + "'");
                Running<String> running = Running.start(() -> Sql.value(connection, "SELECT call()"));
                assertThat(running.get(SOON)).as(isolation).isEqualTo("7");
                connection.commit();
                connection.setAutoCommit(true);
            }
            run("SET pgbg.mailbox = 'no number'");
            assertThat(Sql.value(connection, "SELECT call()")).isEqualTo("7");
            Sql.run(stranger, "SELECT lo_unlink(" + planted + "::oid)");
        }
    }

    /** As a role can do that sees a mailbox being swept, whose connection was lost, and takes its number. */
    @Test
    void nothingIsWrittenToWhatHasTakenAMailboxsPlace() throws Exception {
        try (Connection raw = database.connectRaw()) {
            Sql.run(raw, "SET search_path TO pg_catalog; SELECT pg_advisory_lock(5)");
            Running<String> call = Running.start(() -> Sql.value(connection, "SELECT v + 0 FROM pg_background_result("
                    + "pg_background_launch('SELECT 7 FROM pg_catalog.pg_advisory_lock_shared(5)')) AS r(v int)"));
            Await.until("the job waits", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_locks"
                    + " WHERE locktype = 'advisory' AND objid = 5 AND NOT granted")));
            String number = Sql.value(raw, "SELECT oid FROM pg_largeobject_metadata");
            raw.setAutoCommit(false);
            Sql.run(raw, "SELECT lo_unlink(" + number + "); SET LOCAL ROLE " + ROLE + "; SELECT lo_from_bytea(" + number
                    + ", 'trap'); GRANT ALL ON LARGE OBJECT " + number + " TO PUBLIC");
            raw.commit();
            raw.setAutoCommit(true);
            Sql.run(raw, "SELECT pg_advisory_unlock(5)");
            assertThat(call.get(SOON)).isEqualTo("7");
            assertThat(Sql.value(connection, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                    + " AS r(v int)")).isEqualTo("7");
            connection.close();
            Await.until("only that is left", SOON, () -> Sql.rows(raw, "SELECT oid FROM pg_largeobject_metadata")
                    .equals(List.of(number)));
            assertThat(Sql.value(raw, "SELECT convert_from(lo_get(" + number + "), 'UTF8')")).isEqualTo("trap");
        }
    }

    @Test
    void secretsAreNotInTheServersLog() throws Exception {
        run("ALTER SYSTEM SET log_min_messages = 'info'");
        run("SELECT pg_reload_conf()");
        try (Connection admin = database.connectRaw()) {
            ServerLog log = ServerLog.from(admin, database);
            assumeTrue(log != null);
            try (Connection session = database.connect()) {
                assertThat(Sql.value(session, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                        + " AS r(v int)")).isEqualTo("7");
                for (String mailbox : seen("SELECT convert_from(lo_get(oid, 0, 512), 'UTF8')"
                        + " FROM pg_largeobject_metadata")) {
                    String secret = mailbox.split(",")[1];
                    assertThat(String.join("\n", log.errors())).doesNotContain(secret);
                }
            }
        } finally {
            run("ALTER SYSTEM RESET log_min_messages");
            run("SELECT pg_reload_conf()");
        }
    }

    @Test
    void aRequestWithoutItsArgumentsLeavesTheOthersAlone() throws SQLException {
        install();
        for (String function : new String[] {"launch", "result", "cancel_by_label", "drain", "nothing"}) {
            Failure failure = Failure.of(connection, "DO $$ BEGIN RAISE INFO USING ERRCODE = 'BG001', MESSAGE ="
                    + " md5('x'), DETAIL = ARRAY['ask', '" + function + "', current_user]::text; PERFORM"
                    + " pg_background_detach(pg_background_launch('SELECT 1')); RAISE EXCEPTION 'reached'; END $$");
            assertThat(failure.message()).as(function).isEqualTo("reached");
        }
    }

    @Test
    void aRequestInTheNameOfNobodyLeavesTheOthersAlone() throws SQLException {
        install();
        for (String role : new String[] {"none", "public", "", "no such role"}) {
            Failure failure = Failure.of(connection, "DO $$ BEGIN RAISE INFO USING ERRCODE = 'BG001', MESSAGE ="
                    + " md5('x'), DETAIL = ARRAY['ask', 'launch', '" + role + "', 'SELECT 1', '65536']::text; PERFORM"
                    + " pg_background_detach(pg_background_launch('SELECT 1')); RAISE EXCEPTION 'reached'; END $$");
            assertThat(failure.message()).as(role).isEqualTo("reached");
        }
    }
}
