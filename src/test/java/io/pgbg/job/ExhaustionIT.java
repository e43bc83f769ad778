package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.worker.OnExhaustion;
import io.pgbg.worker.Wait;
import io.pgbg.worker.WorkerSearch;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a launch does when there is no room for another worker. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class ExhaustionIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final TestDatabase database;

    ExhaustionIT(TestDatabase database) {
        this.database = database;
    }

    private static CompletableFuture<PgbgJob> launching(JobSession session, String sql) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return session.jobs().launch(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void awaitSearching() throws Exception {
        Await.until("a launch waits", SOON, () -> Thread.getAllStackTraces().values().stream().anyMatch(stack ->
                Stream.of(stack).anyMatch(frame -> frame.getClassName().equals(WorkerSearch.class.getName()))
                        && Stream.of(stack).anyMatch(frame -> frame.getClassName().equals(Wait.class.getName()))));
    }

    @Test
    void aQueuedLaunchGetsTheFirstFreeWorker() throws Exception {
        try (JobSession session = JobSession.of(database).maxWorkers(1).onExhaustion(OnExhaustion.QUEUE).open();
                JobSession second = JobSession.of(database).maxWorkers(1).onExhaustion(OnExhaustion.QUEUE).open()) {
            PgbgJob first = session.jobs().launch("SELECT 1");
            CompletableFuture<PgbgJob> next = launching(second, "SELECT 2");
            awaitSearching();
            assertThat(next).isNotDone();
            first.forEachRow(row -> { });
            assertThat(next.get(10, TimeUnit.SECONDS).forEachRow(row -> { })).isEqualTo(1);
        }
    }

    @Test
    void manyQueuedLaunchesAllGetThrough() throws Exception {
        launchOneAfterTheOther(10, 2, OnExhaustion.QUEUE, 20, "SELECT 1 FROM pg_catalog.pg_sleep(0.001)");
    }

    @Test
    void asManyLaunchersAsWorkersAllGetThrough() throws Exception {
        launchOneAfterTheOther(8, 8, OnExhaustion.ERROR, 100, "SELECT 1");
    }

    /** Has several launchers run so many jobs each, at the same time. */
    private void launchOneAfterTheOther(int launchers, int workers, OnExhaustion policy, int jobs, String sql)
            throws Exception {
        List<JobSession> sessions = new ArrayList<>();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < launchers; i++) {
            JobSession session = JobSession.of(database).maxWorkers(workers).onExhaustion(policy).open();
            sessions.add(session);
            all.add(CompletableFuture.runAsync(() -> {
                try {
                    for (int job = 0; job < jobs; job++) {
                        assertThat(session.jobs().launch(sql).forEachRow(row -> { })).isEqualTo(1);
                    }
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }, task -> new Thread(task).start()));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(40, TimeUnit.SECONDS);
        for (JobSession session : sessions) {
            session.close();
        }
    }

    /** A lock of a stranger's holds the reset up: the session's temporary tables cannot be dropped. */
    @Test
    void aWorkerThatIsBeingResetIsNoReasonToFail() throws Exception {
        try (Connection stranger = database.connectRaw("options=-csearch_path=pg_catalog");
                JobSession session = JobSession.of(database).maxWorkers(1).onExhaustion(OnExhaustion.ERROR).open()) {
            Sql.run(stranger, "SELECT pg_catalog.pg_advisory_lock(1)");
            PgbgJob first = session.jobs().launch("CREATE TEMP TABLE held (a integer);"
                    + " SELECT pg_catalog.pg_advisory_lock(1)");
            new ServerState(stranger).awaitBlocked(first.handle().pid());
            stranger.setAutoCommit(false);
            Sql.run(stranger, "LOCK TABLE pg_catalog.pg_depend IN SHARE MODE");
            Sql.run(stranger, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(first.forEachRow(row -> { })).isEqualTo(1);

            CompletableFuture<PgbgJob> next = launching(session, "SELECT 2");
            // longer than a reset usually takes by far
            assertThatThrownBy(() -> next.get(1500, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            stranger.rollback();
            assertThat(next.get(10, TimeUnit.SECONDS).forEachRow(row -> { })).isEqualTo(1);
        }
    }

    @Test
    void theStatementTimeoutEndsTheQueueing() throws SQLException {
        try (JobSession session = JobSession.of(database).maxWorkers(1).onExhaustion(OnExhaustion.QUEUE).open()) {
            session.jobs().launch("SELECT 1");
            Sql.run(session.connection(), "SET statement_timeout = '300ms'");
            assertThatThrownBy(() -> session.jobs().launch("SELECT 2")).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(session.jobs().list()).hasSize(1);
        }
    }

    @Test
    void aFullServerIsAskedAgain() throws Exception {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE IF EXISTS queueing; CREATE ROLE queueing LOGIN CONNECTION LIMIT 2");
        }
        try (JobSession session = JobSession.of(database).parameters("user=queueing")
                .onExhaustion(OnExhaustion.QUEUE).open()) {
            Connection other = database.connectRaw("user=queueing");
            CompletableFuture<PgbgJob> launching = launching(session, "SELECT 1");
            awaitSearching();
            assertThat(launching).isNotDone();
            other.close();
            assertThat(launching.get(10, TimeUnit.SECONDS).forEachRow(row -> { })).isEqualTo(1);
        }
    }

    @Test
    void idleConnectionsOfTheDriversMakeRoom() throws Exception {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE IF EXISTS crowded; CREATE ROLE crowded LOGIN CONNECTION LIMIT 3");
        }
        try (Connection connection = database.connectAs("crowded"); Connection raw = database.connectRaw()) {
            int first = Sql.launch(connection, "SELECT 1");
            int second = Sql.launch(connection, "SELECT 2");
            Sql.result(connection, first);
            Sql.result(connection, second);
            String idle = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'crowded' AND state = 'idle'";
            new ServerState(raw).awaitValue("3", idle);
            // the connection for answers takes a worker's place
            assertThat(Sql.value(connection, "SELECT 7, pg_background_cancel_all()")).isEqualTo("7");
            // one after the other a worker and the connection for answers give way
            first = Sql.launch(connection, "SELECT 1");
            int other = first;
            Await.until("the connection for answers is idle", SOON, () -> {
                try {
                    return Sql.launch(connection, "SELECT 2") != other;
                } catch (SQLException e) {
                    assertThat(e.getSQLState()).isEqualTo("53000");
                    return false;
                }
            });
            assertThat(Sql.result(connection, first)).containsExactly("1");
        }
    }

    @Test
    void syncRunsOneMoreJobAndReturnsWhenItHasEnded() throws Exception {
        try (JobSession session = JobSession.of(database).maxWorkers(1).onExhaustion(OnExhaustion.SYNC).open();
                Connection raw = database.connectRaw()) {
            PgbgJob first = session.jobs().launch("SELECT pg_catalog.pg_sleep(0.2)");
            assertThat(first.outcome().state().isEnded()).isFalse();
            long start = System.nanoTime();
            PgbgJob second = session.jobs().launch("SELECT g FROM generate_series(1, 100000) AS g,"
                    + " pg_catalog.pg_sleep(0.3)");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
            assertThat(second.outcome().state().isEnded()).isTrue();
            assertThat(second.forEachRow(row -> { })).isEqualTo(100_000);
            first.forEachRow(row -> { });
            Await.until("one worker is kept at most", SOON, () -> Integer.parseInt(Sql.value(raw,
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")) <= 3);
        }
    }

    @Test
    void aWorkerThatWasBeyondTheLimitIsOneLikeAnyOtherWhenItIsKept() throws Exception {
        try (JobSession session = JobSession.of(database).maxWorkers(1).onExhaustion(OnExhaustion.SYNC).open();
                Connection raw = database.connectRaw()) {
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_lock(1)");
            PgbgJob within = session.jobs().launch("SELECT 1");
            PgbgJob beyond = session.jobs().launch("SELECT 2");
            within.forEachRow(row -> { });
            new ServerState(raw).awaitValue("0", "SELECT count(*) FROM pg_stat_activity WHERE pid = "
                    + within.handle().pid());
            beyond.forEachRow(row -> { });

            PgbgJob next = launching(session, "SELECT 3 FROM pg_catalog.pg_advisory_lock(1)").get(10, TimeUnit.SECONDS);
            assertThat(next.handle().pid()).as("the worker that was kept").isEqualTo(beyond.handle().pid());
            assertThat(next.outcome().state().isEnded()).isFalse();
            Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(next.forEachRow(row -> { })).isEqualTo(1);
        }
    }

    @Test
    void attachedJobsAreLimitedAllTheSame() throws SQLException {
        try (JobSession session = JobSession.of(database).onExhaustion(OnExhaustion.QUEUE).open()) {
            Sql.run(session.connection(), "SET pg_background.max_workers = 1");
            session.jobs().launch("SELECT 1");
            assertThatThrownBy(() -> session.jobs().launch("SELECT 2")).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("53400"));
        }
    }
}
