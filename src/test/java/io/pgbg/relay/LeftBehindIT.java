package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The connection over which functions are answered may be lost at any time, and so may the driver's process. */
@Tag("long")
@AlsoAmongTraps
class LeftBehindIT extends OwnDatabase {

    private static final String CALL = "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
            + " AS r(v int)";

    /** Ends the backends that hold an answer lock. */
    private static final String END = "SELECT count(pg_terminate_backend(pid)) FROM (SELECT DISTINCT pid FROM pg_locks"
            + " WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted AND database = (SELECT oid FROM"
            + " pg_database WHERE datname = current_database())) AS l";

    /** For SQL of the test itself, which is not to spring a trap. */
    private static final String OUR_OWN_PATH = "SET search_path TO pg_catalog";

    private void awaitNothingLeft() throws Exception {
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
        }
    }

    @Test
    void aConnectionThatIsLostWhileAFunctionWaits() throws Exception {
        Running<String> call = Running.start(() -> Sql.value(connection, "SELECT v + 0 FROM pg_background_result("
                + "pg_background_launch('SELECT 7 FROM pg_catalog.pg_sleep(1.5)')) AS r(v int)"));
        try (Connection raw = database.connectRaw()) {
            Await.until("the job runs", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND " + ServerState.SLEEPS)));
            assertThat(Sql.value(raw, END)).isEqualTo("1");
        }
        assertThat(call.get(SOON)).isEqualTo("7");
        assertThat(Sql.rows(connection, CALL)).containsExactly("7");
        connection.close();
        awaitNothingLeft();
    }

    /** Longer than a function waits for a driver that has gone. */
    @Test
    void aConnectionThatIsLostWhileAFunctionWaitsForLong() throws Exception {
        Running<String> call = Running.start(() -> Sql.value(connection, "SELECT v + 0 FROM pg_background_result("
                + "pg_background_launch('SELECT 7 FROM pg_catalog.pg_sleep(9)')) AS r(v int)"));
        try (Connection raw = database.connectRaw()) {
            Await.until("the job runs", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND " + ServerState.SLEEPS)));
            assertThat(Sql.value(raw, END)).isEqualTo("1");
        }
        assertThat(call.get(SOON)).isEqualTo("7");
    }

    /** As another session of the login does that sweeps what lost connections have left. */
    @Test
    void aMailboxThatIsRemovedWhileAFunctionWaits() throws Exception {
        Running<String> call = Running.start(() -> Sql.value(connection, "SELECT v + 0 FROM pg_background_result("
                + "pg_background_launch('SELECT 7 FROM pg_catalog.pg_sleep(2)')) AS r(v int)"));
        try (Connection raw = database.connectRaw()) {
            Await.until("the job runs", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND " + ServerState.SLEEPS)));
            Sql.value(raw, "SELECT count(lo_unlink(oid)) FROM pg_largeobject_metadata");
        }
        assertThat(call.get(SOON)).isEqualTo("7");
        assertThat(Sql.rows(connection, CALL)).containsExactly("7");
    }

    @Test
    void aConnectionThatIsLostBetweenTwoLongReplies() throws Exception {
        for (int i = 0; i < 3; i++) {
            Running<String> call = Running.start(() -> Sql.value(connection, "SELECT count(v) FROM"
                    + " pg_background_result(pg_background_launch($$SELECT repeat('x', 100) FROM"
                    + " generate_series(1, 300000)$$)) AS r(v text)"));
            try (Connection raw = database.connectRaw()) {
                ServerState server = new ServerState(raw);
                Await.until("a long reply is there", SOON, () -> server.largeObjects() > 1 || call.isDone());
                Sql.value(raw, END);
            }
            assertThat(call.get(SOON)).isEqualTo("300000");
        }
        connection.close();
        awaitNothingLeft();
    }

    @Test
    void aConnectionThatIsLostBetweenTwoCalls() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(Sql.rows(connection, CALL)).containsExactly("7");
            try (Connection raw = database.connectRaw()) {
                Sql.value(raw, END);
            }
        }
        assertThat(Sql.rows(connection, CALL)).containsExactly("7");
        connection.close();
        awaitNothingLeft();
    }

    @Test
    void connectionsThatAreLostAgainAndAgainWhileRowsAreRelayed() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Running<Void> ending = Running.start(() -> {
            try (Connection raw = database.connectRaw()) {
                while (!over.get()) {
                    Sql.value(raw, END);
                    Sql.run(raw, "SELECT pg_catalog.pg_sleep(0.1)");
                }
            }
            return null;
        });
        int served = 0;
        Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> uncaught.add(failure));
        try {
            for (int i = 0; i < 10; i++) {
                try {
                    assertThat(Sql.value(connection, "SELECT concat(count(*), ' ', sum(v)) FROM pg_background_result("
                            + "pg_background_launch('SELECT generate_series(1, 200000)')) AS r(v int)"))
                            .as("all rows, or an error").isEqualTo("200000 20000100000");
                    served++;
                } catch (SQLException e) {
                    assertThat(e.getSQLState()).as(e.getMessage()).matches("58000|55000|57014");
                }
            }
        } finally {
            over.set(true);
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        ending.get(SOON);
        assertThat(uncaught).as("threads that ended in the middle of their work").isEmpty();
        assertThat(Sql.rows(connection, CALL)).as("after " + served + " of 10").containsExactly("7");
        connection.close();
        awaitNothingLeft();
    }

    @Test
    void aProcessThatIsKilled() throws Exception {
        Process client = Jvm.start(List.of(), Client.class, database.jdbcUrl());
        try (Connection raw = database.connectRaw()) {
            Await.until("rows are relayed", SOON, () -> !Sql.rows(raw, "SELECT 1 FROM pg_largeobject_metadata").isEmpty()
                    && "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                    + " current_database() AND " + ServerState.SLEEPS)));
            client.destroyForcibly().waitFor();
            Await.until("its connections are gone", SOON, () -> Sql.value(raw, "SELECT count(*) FROM pg_locks WHERE"
                    + " locktype = 'advisory'").equals("0"));
            assertThat(new ServerState(raw).largeObjects()).isPositive();
        }
        // the next session of the login, and not of another one, clears it away
        assertThat(Sql.rows(connection, CALL)).containsExactly("7");
        connection.close();
        awaitNothingLeft();
    }

    /** As after a restart of the server, or when its pids have gone once round. */
    @Test
    void aProcessThatIsKilledAndWhosePidAnotherOneHas() throws Exception {
        Process client = Jvm.start(List.of(), Client.class, database.jdbcUrl());
        try (Connection raw = database.connectRaw()) {
            Sql.run(raw, OUR_OWN_PATH);
            Await.until("a job runs", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND " + ServerState.SLEEPS)));
            client.destroyForcibly().waitFor();
            Await.until("its connections are gone", SOON, () -> Sql.value(raw, "SELECT count(*) FROM pg_locks WHERE"
                    + " locktype = 'advisory'").equals("0"));
            assertThat(Sql.rows(raw, "SELECT lo_put(m.oid, 0, convert_to(rpad((h.a[:4] || pg_backend_pid()::text ||"
                    + " h.a[6:])::text, 512), 'UTF8')) FROM pg_largeobject_metadata AS m, LATERAL (SELECT"
                    + " convert_from(substr(lo_get(m.oid, 0, 512), 1, 512), 'UTF8')::text[]) AS h(a)")).isNotEmpty();
            assertThat(Sql.rows(connection, CALL)).containsExactly("7");
            connection.close();
            new ServerState(raw).awaitNothingLeft();
        }
    }

    /** A crash may undo that a mailbox was removed, because the server has not written that down yet. */
    @Test
    void aMailboxThatIsThereAgainAfterACrash() throws Exception {
        try (Connection raw = database.connectRaw(); Connection first = database.connect()) {
            Sql.run(raw, OUR_OWN_PATH);
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 7"))).containsExactly("7");
            assertThat(Sql.rows(first, CALL)).containsExactly("7");
            first.close();
            Sql.run(raw, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname ="
                    + " current_database() AND pid <> pg_backend_pid()");
            Sql.run(raw, "SELECT lo_from_bytea(4278190099, convert_to(rpad(ARRAY['pgbg2', 's', 't', '77', '1', '', '0',"
                    + " '', '40', '40', '0', '', '1000000000']::text, 512), 'UTF8'))");
            // an idle connection is taken untested for so long
            Sql.run(raw, "SELECT pg_catalog.pg_sleep(0.6)");
            try (Connection next = database.connect()) {
                assertThat(Sql.rows(next, CALL)).containsExactly("7");
            }
            Await.until("it is swept", SOON, () -> Sql.rows(raw, "SELECT 1 FROM pg_largeobject_metadata"
                    + " WHERE oid = 4278190099").isEmpty());
        }
    }

    @Test
    void aMailboxThatIsInUseIsLeftAlone() throws Exception {
        try (Connection raw = database.connectRaw()) {
            Sql.run(raw, OUR_OWN_PATH);
            Sql.run(raw, "SELECT pg_advisory_lock(5)");
            Running<String> call = Running.start(() -> Sql.value(connection, "SELECT v + 0 FROM pg_background_result("
                    + "pg_background_launch('SELECT 7 FROM pg_catalog.pg_advisory_lock_shared(5)')) AS r(v int)"));
            Await.until("the job runs", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_locks"
                    + " WHERE locktype = 'advisory' AND objid = 5 AND NOT granted")));
            List<String> mailboxes = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                assertThat(Jvm.start(List.of(), Sweeper.class, database.jdbcUrl()).waitFor()).isZero();
                // the job may have begun to run before the second call had its mailbox
                mailboxes.add(Sql.value(raw, "SELECT oid FROM pg_largeobject_metadata"));
            }
            assertThat(mailboxes.get(1)).isEqualTo(mailboxes.get(0));
            Sql.run(raw, "SELECT pg_advisory_unlock(5)");
            assertThat(call.get(SOON)).isEqualTo("7");
        }
    }

    /** The answer is written in the very moment in which another session sweeps the mailbox. */
    @Test
    void aMailboxThatIsRemovedWhileItIsWritten() throws Exception {
        try (Connection raw = database.connectRaw(); Connection sweeper = database.connectRaw()) {
            Sql.run(raw, OUR_OWN_PATH);
            Sql.run(sweeper, OUR_OWN_PATH);
            Sql.run(raw, "SELECT pg_advisory_lock(5)");
            Running<String> call = Running.start(() -> Sql.value(connection, "SELECT v + 0 FROM pg_background_result("
                    + "pg_background_launch('SELECT 7 FROM pg_catalog.pg_advisory_lock_shared(5)')) AS r(v int)"));
            Await.until("the job runs", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_locks"
                    + " WHERE locktype = 'advisory' AND objid = 5 AND NOT granted")));
            sweeper.setAutoCommit(false);
            Sql.run(sweeper, "SELECT count(lo_unlink(oid)) FROM pg_largeobject_metadata");
            Sql.run(raw, "SELECT pg_advisory_unlock(5)");
            Await.until("the answer waits", SOON, () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM pg_locks"
                    + " WHERE locktype = 'transactionid' AND NOT granted")));
            sweeper.commit();
            assertThat(call.get(SOON)).isEqualTo("7");
        }
    }

    /** Makes a call, and sweeps after it. */
    public static final class Sweeper {

        private Sweeper() {
        }

        public static void main(String[] arguments) throws SQLException {
            try (Connection connection = DriverManager.getConnection(arguments[0])) {
                Sql.rows(connection, CALL);
            }
        }
    }

    /** Waits for a job in a relayed call until it is killed. */
    public static final class Client {

        private Client() {
        }

        public static void main(String[] arguments) throws SQLException {
            try (Connection connection = DriverManager.getConnection(arguments[0])) {
                Sql.rows(connection, "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7 FROM"
                        + " pg_catalog.pg_sleep(600)')) AS r(v int)");
            }
        }
    }

    @Test
    void nothingOfWhatIsRelayedIsSeenInTheTextsOfTheConnection() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Running<Integer> watching = Running.start(() -> {
            int looks = 0;
            try (Connection raw = database.connectRaw()) {
                while (!over.get()) {
                    // that of a job is the job's own text
                    for (String query : Sql.rows(raw, "SELECT query FROM pg_stat_activity WHERE pid IN (SELECT pid FROM"
                            + " pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted)")) {
                        assertThat(query).doesNotContain("hush").doesNotContainPattern("[0-9a-f]{32}");
                        looks++;
                    }
                }
            }
            return looks;
        });
        try {
            Sql.run(connection, "SET app.secret = 'hush'");
            for (int i = 0; i < 50; i++) {
                assertThat(Sql.rows(connection, "SELECT v, 1 FROM pg_background_result(pg_background_launch("
                        + "'SELECT ''hush''')) AS r(v text)")).containsExactly("hush,1");
            }
        } finally {
            over.set(true);
        }
        assertThat(watching.get(SOON)).as("looks").isPositive();
    }
}
