package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A pool tells the driver that a connection is given back, and the next one who gets it finds none of the jobs. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class ReturnedConnectionIT {

    private final TestDatabase database;
    private Connection raw;
    private ServerState server;

    ReturnedConnectionIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void prepare() throws SQLException {
        raw = database.connectRaw();
        server = new ServerState(raw);
        Sql.run(raw, "CREATE TABLE IF NOT EXISTS public.done (what text)");
        Sql.run(raw, "TRUNCATE public.done");
        Sql.run(raw, "SELECT pg_catalog.pg_advisory_lock(1)");
    }

    @AfterEach
    void cleanUp() throws SQLException {
        raw.close();
    }

    private int launchBlocked(Connection connection) throws Exception {
        int pid = Sql.launch(connection, "SELECT pg_catalog.pg_advisory_lock(1);"
                + " INSERT INTO public.done VALUES ('job')");
        server.awaitBlocked(pid);
        return pid;
    }

    @Test
    void detachesByDefault() throws Exception {
        try (Connection connection = database.connect()) {
            int pid = launchBlocked(connection);
            connection.beginRequest();
            connection.endRequest();

            Sql.assertNoJobIsAttached(connection);
            assertThat(Sql.stateOf(connection, "SELECT pg_background_detach(" + pid + ")")).isEqualTo("42704");
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(1)");
            server.awaitValue("job", "SELECT what FROM public.done");
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 42"))).containsExactly("42");
        }
    }

    @Test
    void cancelsWhenAskedTo() throws Exception {
        try (Connection connection = database.connect("pgbgOnReturn=cancel")) {
            int pid = launchBlocked(connection);
            connection.endRequest();

            Sql.assertNoJobIsAttached(connection);
            server.awaitValue("0", "SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks"
                    + " WHERE NOT granted AND pid = " + pid);
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(Sql.value(raw, "SELECT pg_catalog.count(*) FROM public.done")).isEqualTo("0");
        }
    }

    @Test
    void keepsWhenAskedTo() throws Exception {
        try (Connection connection = database.connect("pgbgOnReturn=keep")) {
            int pid = launchBlocked(connection);
            connection.endRequest();

            Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(Sql.result(connection, pid)).hasSize(2);
        }
    }

    /** The handle of a shared job is honoured on every connection, this one included; its pid alone is not. */
    @Test
    void leavesSharedJobsToTheirHandles() throws Exception {
        try (Connection connection = database.connect("pgbgScope=jvm")) {
            String pid = Sql.value(connection, "SELECT * FROM pg_background_launch_v2('SELECT 42')");
            connection.endRequest();

            assertThat(Sql.stateOf(connection, "SELECT pg_background_detach(" + pid + ")")).isEqualTo("42704");
            Sql.assertNoJobIsAttached(connection);
        }
    }
}
