package io.pgbg.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.LeftInProcess;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions end at random, of jobs, of launchers and of connections for answers, while all of the driver is used. */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("long")
@NotAmongTraps("about sessions that end; others send the same SQL")
class EndedSessionsIT {

    private static final long SECONDS = Long.getLong("pgbg.test.seconds", 30);
    private static final int THREADS = 6;
    private static final Duration BOUND = Duration.ofSeconds(60);

    /** Ends a session of the load, not the one that asks. */
    private static final String END = "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            + " ORDER BY random() LIMIT 1) AS a";

    private static final String OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

    private final TestDatabase database;

    EndedSessionsIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void loseNothingDoNothingTwiceAndLeaveNothing() throws Exception {
        try (Connection raw = database.connectRaw()) {
            Load.prepare(raw);
            Load load = new Load(database.jdbcUrl("pgbgIdleTimeout=5", "connectTimeout=20", "pgbgOnClose=cancel"));
            load.start(THREADS);
            Random random = new Random(1);
            long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            while (System.nanoTime() < end) {
                Thread.sleep(50 + random.nextInt(300));
                Sql.run(raw, END);
            }
            int before = load.successes();
            Await.until("jobs end well again when no session is ended any more", BOUND,
                    () -> load.successes() > before + THREADS);
            load.end(BOUND);

            // what a connection that was ended has left goes with the next session of the login
            new ServerState(raw).awaitValue("0", OTHERS);
            try (Connection next = database.connect("pgbgIdleTimeout=5")) {
                assertThat(Sql.value(next, "SELECT n + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                        + " AS r(n int)")).isEqualTo("7");
            }
            new ServerState(raw).awaitNothingLeft();
            LeftInProcess.awaitNothing();
            load.verify(raw);
            assertThat(before).as(load.toString()).isPositive();
        }
    }
}
