package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A stranger in the same database who takes all that he can see of a session's conversation ends none of its calls. */
@AlsoAmongTraps
class HeldUpIT extends OwnDatabase {

    private static final String CALL = "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
            + " AS r(v int)";

    private static final String ONE_ANSWERER = "pgbgMaxAnswerers=1";

    /** The processes that hold an answer lock. */
    private static final String ANSWERERS = "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            + " AND mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname ="
            + " current_database())";

    /** Waits for each advisory lock that others hold, and keeps what it gets. */
    private static void takeLocks(Connection stranger, AtomicInteger taken) throws SQLException {
        for (String key : Sql.rows(stranger, "SELECT (classid::int8 << 32) | objid::int8 FROM pg_locks WHERE locktype ="
                + " 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid() AND granted")) {
            try {
                Sql.run(stranger, "SET lock_timeout = '500ms'; SELECT pg_catalog.pg_advisory_lock(" + key + ")");
                taken.incrementAndGet();
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("55P03");
            }
        }
    }

    @Test
    void byAdvisoryLocks() throws Exception {
        install();
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger taken = new AtomicInteger();
        try (Connection first = database.connectRawAs(ROLE); Connection second = database.connectRawAs(ROLE)) {
            Running<Void> one = Running.start(() -> {
                while (!over.get()) {
                    takeLocks(first, taken);
                }
                return null;
            });
            Running<Void> other = Running.start(() -> {
                while (!over.get()) {
                    takeLocks(second, taken);
                }
                return null;
            });
            try {
                Running<Void> calls = Running.start(() -> {
                    // one of them also waits for a lock that is held as long as the connection for answers is
                    for (int i = 0; i < 8 || taken.get() < 3; i++) {
                        assertThat(Sql.rows(connection, CALL)).containsExactly("7");
                    }
                    return null;
                });
                // less than a second for each of two calls, however late a loaded machine is
                calls.get(SOON.multipliedBy(2));
            } finally {
                over.set(true);
            }
            one.get(SOON);
            other.get(SOON);
        }
        assertThat(taken.get()).as("the locks that were taken away").isPositive();
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitNothingLeft();
        }
    }

    @Test
    void byLargeObjects() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (Connection stranger = database.connectRawAs(ROLE)) {
            Running<Void> taking = Running.start(() -> {
                for (long number = 4278190080L; !over.get() && number < 4278190080L + 20_000; number += 100) {
                    // those at the beginning of the range, and the next ones of what is seen
                    Sql.run(stranger, "SELECT lo_create(n::oid) FROM generate_series(" + number + ", " + (number + 99)
                            + ") AS n UNION ALL SELECT lo_create((oid::int8 + 1)::oid) FROM pg_largeobject_metadata AS m"
                            + " WHERE oid >= 4278290080::oid AND NOT EXISTS (SELECT FROM pg_largeobject_metadata AS o"
                            + " WHERE o.oid::int8 = m.oid::int8 + 1)");
                }
                return null;
            });
            for (int i = 0; i < 10; i++) {
                try (Connection victim = database.connect()) {
                    assertThat(Sql.rows(victim, CALL)).containsExactly("7");
                }
            }
            over.set(true);
            taking.get(SOON);
        }
    }

    /** A server process that writes its number waits until the stranger's transaction ends. */
    @Test
    void byALargeObjectThatIsNotCommitted() throws Exception {
        install();
        try (Connection stranger = database.connectRawAs(ROLE); Connection asking = database.connect(ONE_ANSWERER);
                Connection victim = database.connect(ONE_ANSWERER); Connection raw = database.connectRaw()) {
            stranger.setAutoCommit(false);
            Sql.run(stranger, "SELECT pg_catalog.lo_create(4278190099)");
            assertThat(Sql.rows(victim, CALL)).containsExactly("7");
            String before = Sql.value(raw, ANSWERERS);
            Running<Void> storm = Running.start(() -> {
                Sql.run(asking, "DO $$ BEGIN FOR i IN 1 .. 600 LOOP RAISE INFO USING ERRCODE = 'BG001', MESSAGE ="
                        + " 'mailbox', DETAIL = ARRAY['4278190099', pg_catalog.md5('x')]::text;"
                        + " PERFORM pg_catalog.pg_sleep(0.005); END LOOP; END $$");
                return null;
            });
            do {
                Running<List<String>> call = Running.start(() -> Sql.rows(victim, CALL));
                assertThat(call.get(SOON)).containsExactly("7");
            } while (!storm.isDone());
            assertThat(Sql.value(raw, ANSWERERS)).as("the connection for answers is not given up").isEqualTo(before);
            storm.get(SOON);
        }
    }

    /** Where the functions are installed the driver looks for column definition lists in views. */
    @Test
    void byATableThatAViewIsOver() throws Exception {
        install();
        try (Connection stranger = database.connectRawAs(ROLE)) {
            Sql.run(stranger, "CREATE TEMP TABLE held (a int); CREATE TEMP VIEW over_it AS SELECT a FROM held");
            Sql.run(stranger, "CREATE TEMP VIEW with_call AS SELECT h.a FROM held AS h,"
                    + " public.pg_background_result(1) AS r(v varchar(3))");
            stranger.setAutoCommit(false);
            Sql.run(stranger, "LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
            Running<String> call = Running.start(() -> Sql.value(connection, CALL));
            assertThat(call.get(SOON)).isEqualTo("7");
        }
    }

    /** One thread of the driver's looks at the notices of all sessions whose statements show no call. */
    @Test
    void byNoticesThatTakeLongToRead() throws Exception {
        install();
        run("CREATE FUNCTION call() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT v FROM"
                + " pg_background_result(pg_background_launch('SELECT 7')) AS r(v int)); END $$");
        try (Connection asking = database.connect(); Connection victim = database.connect()) {
            Running<Void> storm = Running.start(() -> {
                Sql.run(asking, "DO $$ DECLARE long text := concat('{', repeat('a,', 500000), 'a}');"
                        + " until timestamptz := clock_timestamp() OPERATOR(pg_catalog.+) '7 s'::interval;"
                        + " BEGIN WHILE clock_timestamp() OPERATOR(pg_catalog.<) until LOOP"
                        + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'taken', DETAIL = long; END LOOP; END $$");
                return null;
            });
            do {
                Running<String> call = Running.start(() -> Sql.value(victim, "SELECT call()"));
                assertThat(call.get(SOON)).isEqualTo("7");
            } while (!storm.isDone());
            storm.get(SOON);
        }
    }
}
