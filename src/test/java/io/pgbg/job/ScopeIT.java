package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.Handle;
import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.session.SessionOptions;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.worker.WorkerSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where the handle of a job is honoured. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class ScopeIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final TestDatabase database;

    ScopeIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void makeRoles() throws SQLException {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE IF EXISTS scope_lesser; DROP ROLE IF EXISTS scope_login; "
                    + "CREATE ROLE scope_lesser; CREATE ROLE scope_login LOGIN SUPERUSER");
        }
    }

    private JobSession shared() throws SQLException {
        return JobSession.of(database).shared().open();
    }

    private static void assertFails(Failure.Step step, String state, String message) throws SQLException {
        Failure failure = Failure.of(step);
        assertThat(failure.state()).isEqualTo(state);
        assertThat(failure.message()).isEqualTo(message);
    }

    @Test
    void cookiesAreCompared() throws SQLException {
        try (JobSession session = JobSession.open(database); JobSession other = JobSession.open(database)) {
            Handle handle = session.jobs().launch("SELECT 1").handle();
            Handle wrong = new Handle(handle.pid(), handle.cookie() ^ 1);
            assertThat(session.jobs().job(handle).handle()).isEqualTo(handle);
            assertFails(() -> session.jobs().job(wrong), "55000", "cookie mismatch for PID " + handle.pid());
            assertFails(() -> other.jobs().job(handle), "42704",
                    "PID " + handle.pid() + " is not attached to this session");
            AttachedJobs attached = new AttachedJobs();
            assertFails(() -> attached.getForResult(handle), "42704",
                    "PID " + handle.pid() + " is not attached to this session");
        }
    }

    @Test
    void anotherConnectionOfTheJvmReadsWhatOneHasLaunched() throws SQLException {
        try (JobSession launcher = shared(); JobSession reader = shared()) {
            PgbgJob launched = launcher.jobs().launch("SELECT 42");
            PgbgJob found = reader.jobs().job(launched.handle());
            assertThat(found.forEachRow(row -> assertThat(row.getInt(1)).isEqualTo(42))).isEqualTo(1);
            assertThat(launcher.jobs().list()).isEmpty();
            assertThat(launcher.jobs().statistics().active()).isZero();
            assertFails(() -> reader.jobs().job(launched.handle()), "42704",
                    "PID " + launched.handle().pid() + " is not attached to this session");
        }
    }

    @Test
    void theJobOutlivesItsLauncher() throws Exception {
        Handle handle;
        try (JobSession launcher = shared()) {
            handle = launcher.jobs().launch("SELECT 'late' FROM pg_catalog.pg_sleep(0.2)").handle();
        }
        try (JobSession reader = shared()) {
            assertThat(reader.jobs().list()).isEmpty();
            assertThat(reader.jobs().job(handle).forEachRow(row -> assertThat(row.getString(1)).isEqualTo("late")))
                    .isEqualTo(1);
            assertThat(reader.jobs().outcome(handle)).isEqualTo(Outcome.unknown(handle));
        }
    }

    @Test
    void aCancellingLauncherTakesItsJobsWithIt() throws Exception {
        Handle handle;
        try (JobSession launcher = JobSession.of(database).shared().onClose(SessionOptions.OnClose.CANCEL).open()) {
            handle = launcher.jobs().launch("SELECT pg_catalog.pg_sleep(60)").handle();
        }
        try (JobSession reader = shared()) {
            assertThat(reader.jobs().outcome(handle)).isEqualTo(Outcome.unknown(handle));
        }
    }

    @Test
    void aWaitingLauncherLeavesEndedJobs() throws Exception {
        Handle handle;
        try (JobSession launcher = JobSession.of(database).shared().onClose(SessionOptions.OnClose.WAIT).open()) {
            handle = launcher.jobs().launch("SELECT g FROM generate_series(1, 100000) AS g, pg_catalog.pg_sleep(0.1)")
                    .handle();
        }
        try (JobSession reader = shared()) {
            assertThat(reader.jobs().outcome(handle).state()).isEqualTo(JobState.STOPPED);
            assertThat(reader.jobs().job(handle).forEachRow(row -> { })).isEqualTo(100_000);
        }
    }

    @Test
    void whoDoesNotShareFindsNothing() throws SQLException {
        try (JobSession launcher = shared(); JobSession reader = JobSession.open(database)) {
            Handle handle = launcher.jobs().launch("SELECT 1").handle();
            assertThatThrownBy(() -> reader.jobs().job(handle)).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("42704"));
        }
    }

    @Test
    void anotherLoginFindsNothingAndALesserRoleIsRefused() throws SQLException {
        try (JobSession launcher = shared(); JobSession lesser = shared();
                JobSession stranger = JobSession.of(database).parameters("user=scope_login").shared().open()) {
            PgbgJob job = launcher.jobs().launch("SELECT 1");
            assertThatThrownBy(() -> stranger.jobs().job(job.handle())).isInstanceOfSatisfying(SQLException.class,
                    e -> assertThat(e.getSQLState()).isEqualTo("42704"));
            Sql.run(lesser.connection(), "SET ROLE scope_lesser");
            assertFails(() -> lesser.jobs().job(job.handle()), "42501",
                    "permission denied for background worker with PID \"" + job.handle().pid() + "\"");
            assertThat(lesser.jobs().outcome(job.handle())).isEqualTo(Outcome.unknown(job.handle()));
        }
    }

    @Test
    void aJobIsDetachedWhenNoLauncherHasAskedForItForATime() throws Exception {
        try (JobSession keeper = shared()) {
            AttachedJobs home = new AttachedJobs();
            WorkerSource source = TestSources.of(database);
            home.shareWith(source);
            Handle handle = keeper.jobs().launch("SELECT 1").handle();
            keeper.jobs().job(handle).await();
            SharedJobs shared = SharedJobs.of(source);
            Job job = home.find(handle);
            shared.orphan(job, Duration.ofMillis(50));
            Await.until("it is forgotten", SOON, () -> keeper.jobs().outcome(handle).state() == null);
            assertThat(home.find(handle)).isNull();
        }
    }
}
