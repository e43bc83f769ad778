package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of the driver's own that are lost: the caller's connection is as it was, in the eyes of a pool, too. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@AlsoAmongTraps
class LostConnectionsIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final TestDatabase database;
    private Forwarder network;
    private HikariDataSource pool;
    private Connection pooled;
    private PgbgConnection jobs;
    private Connection raw;

    LostConnectionsIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void connect() throws Exception {
        network = new Forwarder(database.jdbcUrl("socketTimeout=2"));
        raw = database.connectRaw();
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(network.url());
        config.setMaximumPoolSize(1);
        pool = new HikariDataSource(config);
        pooled = pool.getConnection();
        jobs = pooled.unwrap(PgbgConnection.class);
    }

    @AfterEach
    void disconnect() throws Exception {
        pooled.close();
        pool.close();
        raw.close();
        network.close();
    }

    private void end(int pid) throws Exception {
        Sql.run(raw, "SELECT pg_catalog.pg_terminate_backend(" + pid + ")");
    }

    /** The pool has not closed the connection, and with it let go of its other job. */
    private void assertKeeps(PgbgJob other) throws SQLException {
        assertThat(Sql.value(pooled, "SELECT 7")).isEqualTo("7");
        assertThat(Sql.result(pooled, other.handle().pid())).containsExactly("other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT * FROM pg_background_result(%d) AS (i int)",
        "SELECT i + 0 FROM pg_background_result(%d) AS r(i int)",
        "DO $$ BEGIN PERFORM * FROM pg_background_result(%d) AS (i int); END $$"})
    void aWorkerThatTheServerEnds(String read) throws Exception {
        PgbgJob other = jobs.launch("SELECT 'other'");
        PgbgJob job = jobs.launch("SELECT 1 FROM pg_catalog.pg_sleep(600)");
        int pid = job.handle().pid();
        new ServerState(raw).awaitActive(pid);
        Running<String> reader = Running.start(() -> {
            Sql.run(pooled, String.format(read, pid));
            return "all";
        });
        end(pid);
        SQLException failure = reader.failure(SOON);
        assertThat(failure.getSQLState()).isEqualTo("58000");
        assertThat(failure.getMessage()).contains("terminating connection");
        assertKeeps(other);
    }

    @Test
    void aWorkerThatTheNetworkLoses() throws Exception {
        PgbgJob other = jobs.launch("SELECT 'other'");
        PgbgJob job = jobs.launch("SELECT 1 FROM pg_catalog.pg_sleep(600)");
        new ServerState(raw).awaitActive(job.handle().pid());
        network.reset(2);
        SQLException failure = Running.start(() -> Sql.result(pooled, job.handle().pid())).failure(SOON);
        assertThat(failure.getSQLState()).isEqualTo("58000");
        assertThat(failure.getMessage()).contains("lost connection to worker process with PID " + job.handle().pid());
        assertThat((Throwable) failure).hasRootCauseInstanceOf(java.io.IOException.class);
        assertKeeps(other);
        end(job.handle().pid());
    }

    @Test
    void theOutcomeTellsTheServersState() throws Exception {
        PgbgJob job = jobs.submit("SELECT pg_catalog.pg_sleep(600)");
        new ServerState(raw).awaitActive(job.handle().pid());
        end(job.handle().pid());
        Outcome outcome = job.await();
        assertThat(outcome.state()).isEqualTo(JobState.ERROR);
        assertThat(outcome.sqlState()).isEqualTo("57P01");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT pg_background_launch('SELECT 1')", "SELECT pg_background_launch('SELECT 1'), 2"})
    void aConnectionThatCannotBeMade(String sql) throws Exception {
        PgbgJob other = jobs.launch("SELECT 'other'");
        other.await();
        network.hold();
        // the URL's socketTimeout ends it
        SQLException failure = Running.start(() -> Sql.value(pooled, sql)).failure(SOON);
        assertThat(failure.getSQLState()).isEqualTo("58000");
        network.pass();
        assertKeeps(other);
    }

    @Test
    void theConnectionItselfIsStillTold() throws Exception {
        network.reset(0);
        SQLException failure = Running.start(() -> Sql.value(pooled, "SELECT pg_background_launch('SELECT 1')"))
                .failure(SOON);
        assertThat(failure.getSQLState()).startsWith("08");
    }
}
