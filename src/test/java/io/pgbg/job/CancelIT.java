package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobState;
import io.pgbg.JobStatistics;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.RunOutcome;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ending jobs, and counting how they end. */
@ExtendWith(PostgresExtension.class)
@Timeout(180)
@AlsoAmongTraps
class CancelIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestDatabase database;
    private JobSession session;

    CancelIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void open() throws SQLException {
        session = JobSession.open(database);
    }

    @AfterEach
    void close() throws SQLException {
        session.close();
    }

    private void awaitNoJob(Connection raw) throws Exception {
        Await.until("no job runs", SOON, () -> "0".equals(Sql.value(raw, "SELECT count(*) FROM pg_stat_activity "
                + "WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()")));
    }

    @Test
    @NotAmongTraps("takes long, and others send the same SQL")
    @Tag("long")
    void atAnyMomentAfterTheLaunch() throws Exception {
        database.execute("CREATE TABLE moments (i int)");
        String[] texts = {"INSERT INTO moments SELECT 1 FROM pg_catalog.pg_sleep(60)",
            "INSERT INTO moments SELECT 1 FROM generate_series(1, 3), pg_catalog.pg_sleep(60) RETURNING i",
            "INSERT INTO moments VALUES (1); SELECT pg_catalog.pg_sleep(60)"};
        for (int i = 0; i < 1000; i++) {
            PgbgJob job = i % 2 == 0 ? session.jobs().launch(texts[i % 3]) : session.jobs().submit(texts[i % 3]);
            LockSupport.parkNanos((i % 51) * 100_000L);
            job.cancel();
            Outcome outcome = job.await();
            assertThat(outcome.state()).isEqualTo(JobState.CANCELED);
            assertThat(outcome.sqlState()).isEqualTo("57014");
            job.detach();
        }
        JobStatistics statistics = session.jobs().statistics();
        assertThat(statistics.launched()).isEqualTo(1000);
        assertThat(statistics.canceled()).isEqualTo(1000);
        assertThat(statistics.active()).isZero();
        try (Connection raw = database.connectRaw()) {
            awaitNoJob(raw);
            assertThat(Sql.value(raw, "SELECT count(*) FROM moments")).isEqualTo("0");
            Await.until("no worker is left but the warm ones", SOON, () -> Integer.parseInt(Sql.value(raw,
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")) <= 6);
        }
    }

    @Test
    void aPausedJob() throws Exception {
        PgbgJob job = session.jobs().launch("SELECT g FROM generate_series(1, 100000) AS g",
                new LaunchOptions(64, null));
        Await.until("it pauses", SOON, () -> job.outcome().rowCount() > 0);
        job.cancel();
        assertThat(job.await().state()).isEqualTo(JobState.CANCELED);
    }

    @Test
    void aJobThatHasCommittedBeforeItsRowsAreReadIsDone() throws Exception {
        database.execute("CREATE TABLE done (i int)");
        PgbgJob job = session.jobs().launch("INSERT INTO public.done VALUES (1); SET IntervalStyle = iso_8601;"
                + " SELECT make_interval(secs => g) FROM generate_series(1, 20000) AS g", new LaunchOptions(64, null));
        Await.until("it pauses", SOON, () -> job.outcome().rowCount() > 0);
        job.cancel();
        Outcome outcome = job.await();
        try (Connection raw = database.connectRaw()) {
            assertThat(Sql.value(raw, "SELECT count(*) FROM done")).isEqualTo("1");
        }
        assertThat(outcome.state()).isEqualTo(JobState.STOPPED);
        assertThat(outcome.sqlState()).isNull();
        assertThat(outcome.commandTag()).isEqualTo("SELECT 20000");
        assertThat(job.forEachRow(row -> { })).isEqualTo(20_000);
        assertThat(session.jobs().statistics().canceled()).isZero();
    }

    @Test
    @NotAmongTraps("takes long")
    void whatACancelledJobReportsIsTrue() throws Exception {
        database.execute("CREATE TABLE truth (i int)");
        for (int i = 0; i < 300; i++) {
            PgbgJob job = session.jobs().launch("INSERT INTO public.truth VALUES (" + i + "); SET IntervalStyle ="
                    + " iso_8601; SELECT make_interval(secs => g) FROM generate_series(1, 300) AS g",
                    new LaunchOptions(64, null));
            LockSupport.parkNanos((i % 51) * 100_000L);
            job.cancel();
            Outcome outcome = job.await();
            try (Connection raw = database.connectRaw()) {
                boolean committed = "1".equals(Sql.value(raw, "SELECT count(*) FROM truth WHERE i = " + i));
                // an error when the cancel has reached the server between the commit and the rows
                JobState[] possible = committed ? new JobState[] {JobState.STOPPED, JobState.ERROR}
                        : new JobState[] {JobState.CANCELED};
                assertThat(outcome.state()).as("cancelled at %d: %s", i % 51, outcome).isIn((Object[]) possible);
            }
            job.detach();
        }
    }

    @Test
    void aJobThatHasEndedStaysAsItIs() throws SQLException {
        PgbgJob job = session.jobs().launch("SELECT 1");
        job.await();
        job.cancel();
        assertThat(job.await().state()).isEqualTo(JobState.STOPPED);
        assertThat(job.forEachRow(row -> { })).isEqualTo(1);
    }

    private static final String STUBBORN = """
            DO $$ BEGIN
              LOOP
                BEGIN
                  PERFORM pg_catalog.pg_sleep(60);
                EXCEPTION WHEN query_canceled THEN
                  NULL;
                END;
              END LOOP;
            END $$""";

    /** A job at the point where no cancel ends it any more; before its block begins, one would. */
    private PgbgJob stubborn() throws Exception {
        PgbgJob job = session.jobs().submit(STUBBORN);
        try (Connection raw = database.connectRaw()) {
            Await.until("it sleeps", Duration.ofSeconds(10), () -> "1".equals(Sql.value(raw, "SELECT count(*) FROM"
                    + " pg_stat_activity WHERE pid = " + job.handle().pid() + " AND " + ServerState.SLEEPS)));
        }
        return job;
    }

    @Test
    void afterTheGraceTheSessionEnds() throws Exception {
        PgbgJob job = stubborn();
        long start = System.nanoTime();
        job.cancel(Duration.ofMillis(500));
        Outcome outcome = job.await();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(
                Duration.ofMillis(500));
        assertThat(outcome.state()).isEqualTo(JobState.CANCELED);
        assertThat(outcome.sqlState()).isEqualTo("57P01");
    }

    @Test
    void aShorterGraceCountsAlsoWhenItComesLater() throws Exception {
        PgbgJob job = stubborn();
        job.cancel(Duration.ofMinutes(30));
        assertThat(job.await(Duration.ofMillis(300))).isFalse();
        job.cancel(Duration.ofMillis(100));
        assertThat(job.await(SOON)).isTrue();
    }

    @Test
    void byLabelAndAll() throws SQLException {
        List<PgbgJob> jobs = new ArrayList<>();
        for (String label : new String[] {"nightly-a", "nightly-b", "weekly-a", null}) {
            jobs.add(session.jobs().submit("SELECT pg_catalog.pg_sleep(60)", LaunchOptions.DEFAULT.withLabel(label)));
        }
        PgbgJob ended = session.jobs().submit("SELECT 1", LaunchOptions.DEFAULT.withLabel("nightly-c"));
        ended.await();
        assertThat(session.jobs().cancelByLabel("nightly-%")).isEqualTo(2);
        assertThat(jobs.get(0).await().state()).isEqualTo(JobState.CANCELED);
        assertThat(jobs.get(1).await().state()).isEqualTo(JobState.CANCELED);
        assertThat(jobs.get(2).outcome().state().isEnded()).isFalse();
        assertThat(session.jobs().purge()).isEqualTo(3);
        assertThat(session.jobs().cancelAll()).isEqualTo(2);
        jobs.get(3).await();
        assertThat(session.jobs().detachAll()).isEqualTo(2);
        assertThat(session.jobs().list()).isEmpty();
    }

    @Test
    void everyJobIsCountedOnce() throws SQLException {
        Sql.run(session.connection(), "SET pg_background.max_workers = 40");
        assertThat(session.jobs().statistics()).isEqualTo(new JobStatistics(0, 0, 0, 0, 0, 0, 0, 40));
        session.jobs().submit("SELECT pg_catalog.pg_sleep(0.05)").await();
        session.jobs().submit("SELECT 1/0").await();
        PgbgJob canceled = session.jobs().submit("SELECT pg_catalog.pg_sleep(60)");
        canceled.cancel();
        canceled.cancel();
        canceled.await();
        Sql.run(session.connection(), "SET pg_background.worker_timeout = '50ms'");
        Outcome late = session.jobs().submit("SELECT pg_catalog.pg_sleep(60)").await();
        assertThat(late.state()).isEqualTo(JobState.ERROR);
        assertThat(late.sqlState()).isEqualTo("57014");
        Sql.run(session.connection(), "RESET pg_background.worker_timeout");
        RunOutcome overrun = session.jobs().run("SELECT pg_catalog.pg_sleep(60)", LaunchOptions.DEFAULT,
                Duration.ofMillis(50));
        assertThat(overrun.timedOut()).isTrue();
        assertThat(overrun.outcome().state()).isEqualTo(JobState.CANCELED);
        assertThat(overrun.elapsedMillis()).isGreaterThanOrEqualTo(50);
        PgbgJob active = session.jobs().submit("SELECT pg_catalog.pg_sleep(60)");
        JobStatistics statistics = session.jobs().statistics();
        assertThat(statistics).isEqualTo(new JobStatistics(6, 1, 1, 1, 2, 5, statistics.averageExecutionMillis(), 40));
        assertThat(statistics.averageExecutionMillis()).isGreaterThanOrEqualTo(10);
        active.cancel();
    }

    @Test
    void detachedJobsAreCountedWhenTheyEnd() throws Exception {
        PgbgJob job = session.jobs().submit("SELECT pg_catalog.pg_sleep(0.1)");
        job.detach();
        assertThat(session.jobs().statistics().active()).isZero();
        Await.until("it has ended", SOON, () -> session.jobs().statistics().completed() == 1);
    }

    @Test
    void aCancelFromAnotherSessionIsSeenAsOne() throws Exception {
        PgbgJob job = session.jobs().submit("SELECT pg_catalog.pg_sleep(60)");
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitSleep(job.handle().pid());
            Sql.run(raw, "SELECT pg_cancel_backend(" + job.handle().pid() + ")");
        }
        assertThat(job.await().state()).isEqualTo(JobState.CANCELED);
    }

    @Test
    void runGivesTheOutcomeAndForgetsTheJob() throws SQLException {
        RunOutcome run = session.jobs().run("CREATE TABLE ran (i int); INSERT INTO ran VALUES (1), (2)",
                new LaunchOptions(0, "ran"), Duration.ZERO);
        assertThat(run.timedOut()).isFalse();
        assertThat(run.outcome().completed()).isTrue();
        assertThat(run.outcome().rowCount()).isEqualTo(2);
        assertThat(run.outcome().label()).isEqualTo("ran");
        assertThat(session.jobs().run("SELECT 1/0", LaunchOptions.DEFAULT, Duration.ofSeconds(20)).outcome().sqlState())
                .isEqualTo("22012");
        assertThat(session.jobs().list()).isEmpty();
    }
}
