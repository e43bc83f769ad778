package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobProgress;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** How far a job has come, told by the job or by the server. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class ProgressIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestDatabase database;
    private JobSession session;
    private Connection gate;

    ProgressIT(TestDatabase database) {
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

    private void openTheGate() throws SQLException {
        Sql.run(gate, "SELECT pg_advisory_unlock_all()");
    }

    private static void awaitProgress(PgbgJob job, Integer percent, String message) throws Exception {
        Await.until("progress " + percent, SOON,
                () -> job.progress().equals(new JobProgress(percent, message)));
    }

    @Test
    void isSeenWhileTheJobRunsInOneTransaction() throws Exception {
        Sql.run(session.connection(), "CREATE TABLE steps (i int)");
        for (boolean submitted : new boolean[] {false, true}) {
            String sql = "INSERT INTO steps VALUES (1); SELECT pg_background_progress(40, 'half'); "
                    + "SELECT pg_advisory_xact_lock_shared(1); SELECT PG_BACKGROUND_REPORT_PROGRESS(250); "
                    + "INSERT INTO steps VALUES (2); SELECT 1/0";
            PgbgJob job = submitted ? session.jobs().submit(sql) : session.jobs().launch(sql);
            List<SQLWarning> notices = new CopyOnWriteArrayList<>();
            job.onNotice(notices::add);
            awaitProgress(job, 40, "half");
            openTheGate();
            assertThat(job.await().sqlState()).isEqualTo("22012");
            assertThat(job.progress()).isEqualTo(new JobProgress(100, null));
            assertThat(notices).isEmpty();
            assertThat(Sql.value(session.connection(), "SELECT count(*) FROM steps")).isEqualTo("0");
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
        }
    }

    @Test
    void fromPlpgsqlAndFromQueriesWithManyRows() throws Exception {
        PgbgJob block = session.jobs().launch("DO $$ BEGIN PERFORM pg_background_progress(pct => -5, msg => 'it''s'); "
                + "PERFORM pg_advisory_xact_lock_shared(1); END $$");
        awaitProgress(block, 0, "it's");
        PgbgJob query = session.jobs().launch("SELECT pg_background_progress(g / 100), g "
                + "FROM generate_series(1, 10000) AS g");
        assertThat(query.forEachRow(row -> { })).isEqualTo(10_000);
        assertThat(query.progress()).isEqualTo(new JobProgress(100, null));
        openTheGate();
        block.await();
    }

    @Test
    void fromSqlThatABlockExecutes() throws Exception {
        PgbgJob job = session.jobs().launch("DO $$ BEGIN EXECUTE 'SELECT pg_background_progress($1, ''it'')' USING 30; "
                + "EXECUTE format('SELECT pg_background_progress(%s, %L)', 60, 'it''s'); END $$");
        assertThat(job.await().errorMessage()).isNull();
        assertThat(job.progress()).isEqualTo(new JobProgress(60, "it's"));
    }

    @Test
    void workersAreUsedAgain() throws Exception {
        for (int i = 1; i <= 10; i++) {
            PgbgJob job = session.jobs().launch("SELECT pg_background_progress(" + i + ", NULL)");
            assertThat(job.forEachRow(row -> { })).isEqualTo(1);
            assertThat(job.progress()).isEqualTo(new JobProgress(i, null));
        }
    }

    @Test
    void positionsOfErrorsAreThoseOfTheText() throws SQLException {
        String sql = "SELECT pg_background_progress(1); SELECT nothing FROM nowhere";
        PgbgJob job = session.jobs().launch(sql);
        job.await();
        try {
            job.forEachRow(row -> { });
        } catch (SQLException e) {
            assertThat(((org.postgresql.util.PSQLException) e).getServerErrorMessage().getPosition())
                    .isEqualTo(sql.indexOf("nowhere") + 1);
            return;
        }
        throw new AssertionError("it does not fail");
    }

    @Test
    void whereTransactionsOnlyRead() throws SQLException {
        Sql.run(session.connection(), "SET default_transaction_read_only = on");
        Outcome outcome = session.jobs().launch("SELECT pg_background_progress(7, 'reading')").await();
        assertThat(outcome.errorMessage()).isNull();
    }

    @Test
    void nothingIsKnownWhereNothingIsReported() throws Exception {
        PgbgJob job = session.jobs().launch("SELECT pg_advisory_xact_lock_shared(1)");
        assertThat(job.progress()).isEqualTo(JobProgress.NONE);
        openTheGate();
        job.await();
        assertThat(job.progress()).isEqualTo(JobProgress.NONE);
    }

    @Test
    void askingTheServerTakesOneConnectionHoweverOftenItIsDone() throws Exception {
        try (JobSession counted = JobSession.of(database).parameters("ApplicationName=progress").open()) {
            PgbgJob job = counted.jobs().launch("SELECT pg_advisory_xact_lock_shared(1)");
            job.progress();
            String connections = "SELECT pg_catalog.array_agg(pid ORDER BY pid) FROM pg_stat_activity "
                    + "WHERE application_name = 'progress'";
            String before = Sql.value(gate, connections);
            job.progress();
            // the launcher's, the job's, and the one by which the driver asks
            assertThat(Sql.value(gate, connections)).isEqualTo(before).matches("\\{\\d+,\\d+,\\d+}");
            openTheGate();
            job.await();
        }
    }

    @Test
    @SinceRelease(value = 12, because = "progress of CREATE INDEX")
    void theServerTellsOfItsOwnCommands() throws Exception {
        Sql.run(session.connection(), "CREATE TABLE large AS SELECT g AS i, repeat('x', 100) AS t "
                + "FROM generate_series(1, 50000) AS g; CREATE FUNCTION slow(i int) RETURNS int IMMUTABLE "
                + "LANGUAGE plpgsql AS $$ BEGIN IF i = 40000 THEN PERFORM pg_advisory_xact_lock_shared(1); "
                + "END IF; RETURN i; END $$");
        PgbgJob job = session.jobs().launch("SET max_parallel_maintenance_workers = 0; "
                + "CREATE INDEX large_slow ON large (slow(i))", new LaunchOptions(0, null));
        // while the server reads the very first page, its view says that all are done
        Await.until("the server tells", SOON, () -> {
            Integer percent = job.progress().percent();
            return percent != null && percent > 50 && percent < 100;
        });
        assertThat(job.progress().percent()).isBetween(50, 99);
        assertThat(job.progress().message()).startsWith("CREATE INDEX: building index");
        openTheGate();
        assertThat(job.await().completed()).isTrue();
        assertThat(job.progress()).isEqualTo(JobProgress.NONE);
    }
}
