package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobState;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.ResultInfo;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is told of a job, from its launch to its end. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class JobFactsIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final TestDatabase database;
    private JobSession session;

    JobFactsIT(TestDatabase database) {
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

    @Test
    void cookiesAreNeverZeroAndNeverTheSame() throws SQLException {
        Set<Long> cookies = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            PgbgJob job = session.jobs().launch("SELECT 1");
            cookies.add(job.handle().cookie());
            assertThat(job.forEachRow(row -> { })).isEqualTo(1);
        }
        assertThat(cookies).hasSize(50).doesNotContain(0L);
    }

    @Test
    void aJobThatCompletes() throws SQLException {
        Instant before = Instant.now();
        PgbgJob job = session.jobs().launch("CREATE TABLE facts (i int); INSERT INTO facts VALUES (1), (2), (3)",
                new LaunchOptions(1024, "facts"));
        Outcome outcome = job.await();
        assertThat(outcome).isEqualTo(new Outcome(job.handle(), JobState.STOPPED, false, true, false, 3L, "INSERT 0 3",
                null, null, "facts", outcome.launchedAt()));
        assertThat(outcome.launchedAt()).isBetween(before, Instant.now());
        ResultInfo info = job.resultInfo();
        assertThat(info.rowCount()).isEqualTo(3);
        assertThat(info.commandTag()).isEqualTo("INSERT 0 3");
        assertThat(info.completed()).isTrue();
        assertThat(info.hasError()).isFalse();
        assertThat(info.startedAt()).isBetween(outcome.launchedAt(), info.finishedAt());
        assertThat(job.errorInfo()).isEmpty();
        JobInfo listed = session.jobs().list().get(0);
        long user = Long.parseLong(Sql.value(session.connection(),
                "SELECT oid FROM pg_roles WHERE rolname = current_user"));
        assertThat(listed).isEqualTo(new JobInfo(job.handle(), outcome.launchedAt(), user, 1024, JobState.STOPPED,
                "CREATE TABLE facts (i int); INSERT INTO facts VALUES (1), (2), (3)", null, false, "facts",
                job.server()));
        assertThat(job.server()).matches(".+:\\d+");
    }

    @Test
    void aJobThatFails() throws SQLException {
        Sql.run(session.connection(), "CREATE TABLE account (owner text CONSTRAINT one_each UNIQUE)");
        PgbgJob job = session.jobs().launch("INSERT INTO account VALUES ('bob'); INSERT INTO account VALUES ('bob')");
        Outcome outcome = job.await();
        assertThat(outcome.state()).isEqualTo(JobState.ERROR);
        assertThat(outcome.completed()).isFalse();
        assertThat(outcome.hasError()).isTrue();
        assertThat(outcome.sqlState()).isEqualTo("23505");
        assertThat(outcome.commandTag()).isNull();
        assertThat(outcome.errorMessage())
                .isEqualTo("duplicate key value violates unique constraint \"one_each\"");
        ErrorInfo error = job.errorInfo().orElseThrow();
        assertThat(error).isEqualTo(new ErrorInfo("23505", outcome.errorMessage(), "Key (owner)=(bob) already exists.",
                null, "background worker, pid " + job.handle().pid(), "public", "account", null, "one_each"));
        assertThat(job.info().lastError()).isEqualTo(outcome.errorMessage());
        assertThat(job.resultInfo().hasError()).isTrue();
    }

    @Test
    void rowsFetchedPieceByPieceAreCountedAsOne() throws Exception {
        PgbgJob job = session.jobs().launch("SELECT g, repeat('x', 100) FROM generate_series(1, 50000) AS g",
                new LaunchOptions(64, null));
        Await.until("the job pauses", SOON, () -> job.outcome().rowCount() > 0);
        assertThat(job.outcome().rowCount()).isLessThan(50_000);
        assertThat(job.outcome().state()).isEqualTo(JobState.RUNNING);
        assertThat(job.outcome().commandTag()).isNull();
        assertThat(job.forEachRow(row -> { })).isEqualTo(50_000);
        assertThat(job.outcome().rowCount()).isEqualTo(50_000);
        assertThat(job.outcome().commandTag()).isEqualTo("SELECT 50000");
        assertThat(job.outcome().consumed()).isTrue();
    }

    @Test
    void aWaitingJobIsRunningAndACanceledOneIsCanceled() throws Exception {
        try (Connection gate = database.connectRaw()) {
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(7)");
            PgbgJob job = session.jobs().launch("SELECT pg_advisory_lock_shared(7)");
            Await.until("it runs", SOON, () -> job.outcome().state() == JobState.RUNNING);
            assertThat(job.resultInfo().finishedAt()).isNull();
            job.cancel();
            assertThat(job.await().state()).isEqualTo(JobState.CANCELED);
            assertThat(job.outcome().sqlState()).isEqualTo("57014");
        }
    }

    @Test
    void longSqlIsCut() throws SQLException {
        String sql = "SELECT '" + "ä".repeat(70_000) + "'";
        PgbgJob job = session.jobs().launch(sql);
        assertThat(job.info().sqlPreview()).isEqualTo(sql.substring(0, 120));
        // the odd byte of a character that does not fit is left out
        assertThat(job.sql()).isEqualTo(sql.substring(0, 8 + (65_536 - 8) / 2));
    }

    @Test
    void nothingIsKnownOfAJobThatIsNotAttached() throws SQLException {
        PgbgJob job = session.jobs().launch("SELECT 1");
        job.detach();
        assertThat(session.jobs().outcome(job.handle())).isEqualTo(Outcome.unknown(job.handle()));
        Handle wrong = new Handle(job.handle().pid(), job.handle().cookie() + 1);
        assertThat(session.jobs().outcome(wrong)).isEqualTo(Outcome.unknown(wrong));
    }
}
