package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerLog;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.worker.WorkerPools;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Jobs whose connection has gone silent: the network drops what either side sends, and neither is told. */
@ExtendWith(PostgresExtension.class)
@Timeout(180)
@Tag("long")
@AlsoAmongTraps
class SilentWorkerIT {

    private static final Duration SOON = Duration.ofSeconds(40);
    private static final Duration GRACE = Duration.ofMillis(200);
    private static final int WORKER = 1;

    private final TestDatabase database;
    private Forwarder network;
    private Connection connection;
    private PgbgConnection jobs;

    SilentWorkerIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void connect() throws Exception {
        network = new Forwarder(database.jdbcUrl("pgbgMaxWorkers=1"));
        connection = DriverManager.getConnection(network.url());
        jobs = connection.unwrap(PgbgConnection.class);
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
        network.close();
    }

    private PgbgJob sleeping() throws Exception {
        PgbgJob job = jobs.launch("SELECT 1 FROM pg_catalog.pg_sleep(600)");
        awaitActive(job);
        return job;
    }

    private void awaitActive(PgbgJob job) throws Exception {
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitActive(job.handle().pid());
        }
    }

    /** Its end is seen, and another job gets its place, the only one there is. */
    private void assertEnds(PgbgJob job) throws Exception {
        Await.until("the job ends", SOON, () -> job.outcome().state().isEnded());
        Outcome outcome = job.outcome();
        assertThat(outcome.state()).isEqualTo(JobState.CANCELED);
        job.detach();
        assertThat(Running.start(() -> jobs.submit("SELECT 1").await()).get(SOON).state()).isEqualTo(JobState.STOPPED);
    }

    @Test
    void aCancelledJobEnds() throws Exception {
        try (Connection admin = TestDatabase.connectAdmin(); Connection raw = database.connectRaw()) {
            ServerLog log = ServerLog.from(admin, database);
            PgbgJob job = sleeping();
            network.silence(WORKER);
            Running<Long> reader = Running.start(() -> job.forEachRow(row -> { }));
            job.cancel(GRACE);
            assertThat(reader.failure(SOON).getMessage()).contains(Integer.toString(job.handle().pid()));
            assertEnds(job);
            assertThat(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + job.handle().pid()))
                    .isEqualTo("0");
            if (log != null) {
                assertThat(log.errors()).as("signals to a process that is gone")
                        .noneMatch(line -> line.contains("not a PostgreSQL"));
            }
        }
    }

    @Test
    void aCancelledJobEndsWhoseServerProcessIsGone() throws Exception {
        PgbgJob job = sleeping();
        network.silence(WORKER);
        database.execute("SELECT pg_terminate_backend(" + job.handle().pid() + ")");
        job.cancel(GRACE);
        assertEnds(job);
    }

    @Test
    void aPausedJobIsCancelled() throws Exception {
        PgbgJob job = jobs.launch("SELECT g FROM generate_series(1, 100000) AS g", new LaunchOptions(64, null));
        Await.until("it pauses", SOON, () -> job.outcome().rowCount() > 0);
        network.silence(WORKER);
        job.cancel(GRACE);
        assertEnds(job);
    }

    @Test
    void aJobEndsWhenTheServerCannotBeReachedAtAll() throws Exception {
        PgbgJob job = sleeping();
        network.silenceAll();
        network.hold();
        job.cancel(GRACE);
        Await.until("the job ends", SOON.multipliedBy(2), () -> job.outcome().state().isEnded());
        assertThat(job.outcome().state()).as("nobody knows how it ended").isEqualTo(JobState.ERROR);
        database.execute("SELECT pg_terminate_backend(" + job.handle().pid() + ")");
    }

    @Test
    void aWorkerThatCannotBeResetLeavesItsPlace() throws Exception {
        try (Connection raw = database.connectRaw()) {
            raw.setAutoCommit(false);
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_lock(77)");
            PgbgJob job = jobs.submit("DO $$ BEGIN CREATE TEMP TABLE kept (i int4); COMMIT;"
                    + " PERFORM pg_catalog.pg_advisory_lock(77); END $$");
            int pid = job.handle().pid();
            new ServerState(raw).awaitBlocked(pid);
            Sql.run(raw, "LOCK TABLE " + Sql.value(raw, "SELECT relnamespace::regnamespace::text || '.kept'"
                    + " FROM pg_class WHERE relname = 'kept' ORDER BY oid DESC LIMIT 1"));
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(77)");
            assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
            job.detach();
            // the reset waits for the lock, and its answer is never heard
            network.silence(WORKER);
            raw.rollback();
            Await.untilAsserted(SOON, () -> {
                try {
                    jobs.submit("SELECT 1").detach();
                } catch (SQLException e) {
                    throw new AssertionError("there is no place", e);
                }
            });
        }
    }

    @Test
    void aLaunchFindsAnotherWorker() throws Exception {
        PgbgJob first = jobs.submit("SELECT 1");
        first.await();
        first.detach();
        Await.until("the worker is idle", SOON, () -> WorkerPools.uses().stream().anyMatch(use ->
                use.getIdle() == 1 && network.url().contains(use.getSource())));
        network.silence(WORKER);
        // with other settings, which the worker has to take on
        Sql.run(connection, "SET work_mem = '5MB'");
        assertThat(Running.start(() -> jobs.submit("SELECT 1").await()).get(SOON).state()).isEqualTo(JobState.STOPPED);
    }
}
