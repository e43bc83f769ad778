package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.Handle;
import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.worker.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Waiting for the end of jobs, whether or not their rows are read. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@AlsoAmongTraps
class AwaitIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final TestDatabase database;
    private JobSession session;
    private Connection gate;

    AwaitIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void open() throws SQLException {
        session = JobSession.open(database);
        gate = database.connectRaw();
        Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
    }

    @AfterEach
    void close() throws SQLException {
        gate.close();
        session.close();
    }

    private PgbgJob gated() throws SQLException {
        return session.jobs().launch("SELECT 'through' FROM pg_advisory_lock_shared(1)");
    }

    private void openTheGate() throws SQLException {
        Sql.run(gate, "SELECT pg_advisory_unlock_all()");
    }

    @Test
    void zeroOnlyLooks() throws Exception {
        PgbgJob job = gated();
        // the gate is closed: who waited would do so for ever
        assertThat(job.await(Duration.ZERO)).isFalse();
        openTheGate();
        job.await();
        assertThat(job.await(Duration.ZERO)).isTrue();
        assertThat(job.outcome().consumed()).isFalse();
        assertThat(job.forEachRow(row -> assertThat(row.getString(1)).isEqualTo("through"))).isEqualTo(1);
    }

    @Test
    void whoOnlyLooksDoesNotMakeAJobGoOnThatWaitsForItsReader() throws Exception {
        PgbgJob job = session.jobs().launch("SELECT g FROM generate_series(1, 20000) AS g",
                new LaunchOptions(64, null));
        Await.until("it waits for its reader", SOON, () -> job.outcome().rowCount() > 0);
        for (int i = 0; i < 20; i++) {
            assertThat(job.await(Duration.ZERO)).isFalse();
            session.jobs().submit("SELECT pg_catalog.pg_sleep(0.02)").await();
            session.jobs().purge();
        }
        assertThat(job.outcome().rowCount()).isLessThan(20_000);
        assertThat(job.await(SOON)).isTrue();
        assertThat(job.forEachRow(row -> { })).isEqualTo(20_000);
    }

    @Test
    void aTimeoutEndsTheWaitAndNotTheJob() throws SQLException {
        PgbgJob job = gated();
        long start = System.nanoTime();
        assertThat(job.await(Duration.ofMillis(200))).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        assertThat(job.outcome().state().isEnded()).isFalse();
        openTheGate();
        assertThat(job.await(Duration.ofDays(1000))).isTrue();
    }

    @Test
    void theEndWakesWhoWouldWaitMuchLonger() throws Exception {
        PgbgJob job = gated();
        Running<Boolean> waiting = Running.start(() -> job.await(Duration.ofDays(1)));
        assertThat(job.await(Duration.ofMillis(50))).isFalse();
        assertThat(waiting.isDone()).isFalse();
        openTheGate();
        assertThat(waiting.get(SOON)).isTrue();
    }

    @Test
    void aJobWithUnreadRowsEndsAndIsReadLater() throws Exception {
        PgbgJob job = session.jobs().launch("SELECT g, repeat('x', g % 50), NULLIF(g % 3, 0) "
                + "FROM generate_series(1, 200000) AS g", new LaunchOptions(4096, null));
        Await.until("it pauses", SOON, () -> job.outcome().rowCount() > 0);
        Outcome outcome = job.await();
        assertThat(outcome.state()).isEqualTo(JobState.STOPPED);
        assertThat(outcome.rowCount()).isEqualTo(200_000);
        int[] count = {0};
        job.forEachRow(row -> {
            count[0]++;
            if (row.getInt(1) != count[0] || row.getString(2).length() != count[0] % 50
                    || row.getInt(3) != count[0] % 3 || row.wasNull() != (count[0] % 3 == 0)) {
                throw new SQLException("row " + count[0] + " is " + row.getInt(1));
            }
        });
        assertThat(count[0]).isEqualTo(200_000);
    }

    @Test
    void aReaderMayWaitForTheEndOfItsOwnJob() throws Exception {
        PgbgJob job = session.jobs().launch("SELECT g FROM generate_series(1, 100000) AS g",
                new LaunchOptions(64, null));
        int[] last = {0};
        job.forEachRow(row -> {
            if (row.getInt(1) == 10) {
                // the reader itself waits for the end
                assertThat(job.completion().orTimeout(20, TimeUnit.SECONDS).join().state()).isEqualTo(JobState.STOPPED);
            }
            last[0]++;
            assertThat(row.getInt(1)).isEqualTo(last[0]);
        });
        assertThat(last[0]).isEqualTo(100_000);
    }

    @Test
    @NotAmongTraps("takes long, and others send the same SQL")
    void memoryIsBounded() throws Exception {
        Process process = Jvm.start(List.of("-Xmx48m"), LargeAwait.class, database.rawUrl());
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    static final class LargeAwait {

        private LargeAwait() {
        }

        public static void main(String[] arguments) throws SQLException {
            try (JobSession session = JobSession.open(arguments[0])) {
                PgbgJob job = session.jobs()
                        .launch("SELECT g, repeat('x', 500) FROM generate_series(1, 300000) AS g");
                job.await();
                long count = job.forEachRow(row -> { });
                if (count != 300_000) {
                    throw new AssertionError(count);
                }
            }
        }
    }

    @Test
    void nothingIsLeftOfTheTemporaryFiles() throws Exception {
        List<Path> before = spoolFiles();
        PgbgJob read = session.jobs().launch("SELECT g FROM generate_series(1, 300000) AS g");
        PgbgJob detached = session.jobs().launch("SELECT g FROM generate_series(1, 300000) AS g");
        PgbgJob failed = session.jobs().launch("SELECT 1 / (299999 - g) FROM generate_series(1, 300000) AS g");
        read.await();
        detached.await();
        assertThat(failed.await().sqlState()).isEqualTo("22012");
        read.forEachRow(row -> { });
        detached.detach();
        assertThatThrownBy(() -> failed.forEachRow(row -> { })).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo("22012"));
        assertThat(spoolFiles()).isEqualTo(before);
    }

    private static List<Path> spoolFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().matches("pgbg.*\\.rows")).sorted().toList();
        }
    }

    @Test
    void theFirstOfSeveral() throws Exception {
        PgbgJob slow = gated();
        PgbgJob slower = gated();
        PgbgJob quick = session.jobs().launch("SELECT 1 FROM pg_catalog.pg_sleep(0.1)");
        List<Handle> handles = List.of(slow.handle(), slower.handle(), quick.handle());
        assertThat(session.jobs().awaitAny(handles, Duration.ZERO)).contains(quick.handle());
        assertThat(session.jobs().awaitAny(handles.subList(0, 2), Duration.ofMillis(50))).isEmpty();
        CompletableFuture<Handle> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return session.jobs().awaitAny(handles.subList(0, 2), Duration.ZERO).orElseThrow();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        openTheGate();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isIn(slow.handle(), slower.handle());
    }

    @Test
    void noJobNoWait() throws SQLException {
        assertThat(session.jobs().awaitAny(List.of(new Handle(1, 1)), Duration.ZERO)).isEmpty();
        assertThat(session.jobs().awaitAny(List.of(), Duration.ZERO)).isEmpty();
    }

    @Test
    void drainGivesOutcomesInOrderAndDetaches() throws SQLException {
        List<Handle> handles = new ArrayList<>();
        for (int i : IntStream.rangeClosed(1, 5).toArray()) {
            handles.add(session.jobs().launch("SELECT pg_catalog.pg_sleep(" + (5 - i) / 50.0 + "); SELECT g FROM"
                    + " generate_series(1, "
                    + i * 1000 + ") AS g", new LaunchOptions(64, "drain " + i)).handle());
        }
        handles.add(new Handle(1, 1));
        handles.add(handles.get(0));
        List<Outcome> outcomes = session.jobs().drain(handles, Duration.ZERO);
        assertThat(outcomes).extracting(Outcome::label).containsExactly("drain 1", "drain 2", "drain 3", "drain 4",
                "drain 5", null, "drain 1");
        assertThat(outcomes.subList(0, 5)).extracting(Outcome::rowCount).containsExactly(1000L, 2000L, 3000L, 4000L,
                5000L);
        assertThat(outcomes.get(5)).isEqualTo(Outcome.unknown(new Handle(1, 1)));
        assertThat(session.jobs().list()).isEmpty();
    }

    @Test
    void drainHasOneDeadline() throws SQLException {
        List<Handle> handles = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            handles.add(gated().handle());
        }
        PgbgJob another = gated();
        // twelve deadlines one after the other would be later than this
        Running<Boolean> later = Running.start(() -> another.await(Duration.ofSeconds(9)));
        List<Outcome> outcomes = session.jobs().drain(handles, Duration.ofMillis(800));
        assertThat(later.isDone()).isFalse();
        another.detach();
        assertThat(outcomes).extracting(Outcome::state).noneMatch(JobState::isEnded);
        assertThat(session.jobs().list()).isEmpty();
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        PgbgJob job = gated();
        CompletableFuture<String> state = new CompletableFuture<>();
        Thread waiter = new Thread(() -> {
            try {
                job.await();
                state.complete("ended");
            } catch (SQLException e) {
                state.complete(e.getSQLState());
            }
        });
        waiter.start();
        Await.until("it waits", SOON, () -> waiter.getState() == Thread.State.TIMED_WAITING);
        waiter.interrupt();
        assertThat(state.get(10, TimeUnit.SECONDS)).isEqualTo("57014");
        assertThat(job.outcome().state().isEnded()).isFalse();
    }

    @Test
    void closingEndsTheWait() throws Exception {
        PgbgJob job = gated();
        CompletableFuture<String> state = CompletableFuture.supplyAsync(() -> {
            try {
                job.await();
                return "ended";
            } catch (SQLException e) {
                return e.getSQLState();
            }
        });
        Await.until("it waits", SOON, () -> Thread.getAllStackTraces().values().stream().anyMatch(stack ->
                Stream.of(stack).anyMatch(frame -> frame.getClassName().equals(Wait.class.getName()))));
        session.close();
        assertThat(state.get(10, TimeUnit.SECONDS)).isEqualTo("08006");
    }

    @Test
    void waitingForAJobThatWaitsForTheWaiterIsADeadlock() throws SQLException {
        Sql.run(session.connection(), "CREATE TABLE locked (i int)");
        session.connection().setAutoCommit(false);
        Sql.run(session.connection(), "LOCK TABLE locked");
        PgbgJob job = session.jobs().submit("INSERT INTO locked VALUES (1)");
        assertThatThrownBy(job::await).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo("40P01"));
        session.connection().rollback();
        assertThat(job.await().completed()).isTrue();
    }

    @Test
    void completionIsToldToWhoAskedBeforeAndAfter() throws Exception {
        PgbgJob job = gated();
        CompletableFuture<Outcome> before = job.completion();
        assertThat(before).isNotDone();
        job.completion().cancel(true);
        openTheGate();
        assertThat(before.get(10, TimeUnit.SECONDS).completed()).isTrue();
        assertThat(job.completion()).isDone();
    }
}
