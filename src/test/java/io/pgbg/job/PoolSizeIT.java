package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many workers stay for the next jobs. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@NotAmongTraps("about how many workers stay; others send the same SQL")
class PoolSizeIT {

    private static final int JOBS = 16;

    private final TestDatabase database;

    PoolSizeIT(TestDatabase database) {
        this.database = database;
    }

    /** Runs jobs at the same time and returns their backends. */
    private static Set<String> runMany(Connection launcher) throws SQLException {
        List<Integer> pids = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            pids.add(Sql.launch(launcher,
                    "SELECT pid::text || ' ' || backend_start::text FROM pg_stat_activity WHERE pid ="
                            + " pg_backend_pid()"));
        }
        Set<String> backends = new TreeSet<>();
        for (int pid : pids) {
            backends.addAll(Sql.result(launcher, pid));
        }
        return backends;
    }

    @Test
    void asManyStayForAWhileAsWereInUse() throws Exception {
        try (Connection launcher = database.connect("ApplicationName=many"); Connection raw = database.connectRaw()) {
            ServerState server = new ServerState(raw);
            Set<String> first = runMany(launcher);
            assertThat(first).hasSize(JOBS);
            // all sessions are reset
            server.awaitValue(Integer.toString(JOBS), "SELECT count(*) FROM pg_stat_activity WHERE application_name"
                    + " = 'many' AND state = 'idle' AND query LIKE '%pgbg.worker%' AND query NOT LIKE '%RESET%'");
            assertThat(runMany(launcher)).isEqualTo(first);
            server.awaitBackends("many", 1 + 4);
            assertThat(runMany(launcher)).hasSize(JOBS);
        }
    }

    @Test
    void aNumberThatIsGivenIsALimit() throws Exception {
        try (Connection launcher = database.connect("ApplicationName=limited", "pgbgIdleWorkers=4",
                "pgbgIdleTimeout=1000"); Connection raw = database.connectRaw()) {
            runMany(launcher);
            new ServerState(raw).awaitBackends("limited", 1 + 4);
        }
    }

    @Test
    void shortConnectionsShareTheConnectionsForAnswers() throws Exception {
        try (Connection raw = database.connectRaw()) {
            for (int i = 0; i < 40; i++) {
                try (Connection connection = database.connect("ApplicationName=short")) {
                    Sql.run(connection, "DO $$ BEGIN PERFORM pg_background_cancel_all(); END $$");
                }
            }
            assertThat(new ServerState(raw).backends("short")).isLessThanOrEqualTo(1 + 4);
        }
    }
}
