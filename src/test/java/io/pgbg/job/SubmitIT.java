package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Submitted jobs: their rows are thrown away, their outcome is kept, and they do not need the client any more. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@AlsoAmongTraps
class SubmitIT {

    private static final int KILLED = 9;

    private final TestDatabase database;

    SubmitIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void rowsAreThrownAwayAndTheOutcomeIsKept() throws SQLException {
        try (JobSession session = JobSession.open(database)) {
            PgbgJob job = session.jobs().submit("SELECT g FROM generate_series(1, 1000) AS g");
            Outcome outcome = job.await();
            assertThat(outcome.state()).isEqualTo(JobState.STOPPED);
            assertThat(outcome.rowCount()).isEqualTo(1000);
            assertThat(outcome.commandTag()).isEqualTo("SELECT 1000");
            assertThat(outcome.consumed()).isFalse();
            assertThatThrownBy(() -> job.forEachRow(row -> { })).isInstanceOfSatisfying(SQLException.class, e -> {
                assertThat(e.getSQLState()).isEqualTo("0A000");
                assertThat(e.getMessage()).contains("results are disabled for PID " + job.handle().pid()
                        + " (submitted via submit_v2)");
            });
            assertThat(session.jobs().list()).hasSize(1);
        }
    }

    @Test
    void theErrorIsKept() throws SQLException {
        try (JobSession session = JobSession.open(database)) {
            Outcome outcome = session.jobs().submit("SELECT 1 / 0").await();
            assertThat(outcome.sqlState()).isEqualTo("22012");
            assertThat(outcome.state()).isEqualTo(JobState.ERROR);
        }
    }

    @Test
    void vacuumRunsAtTopLevelAndSeveralStatementsAreOneTransaction() throws SQLException {
        try (JobSession session = JobSession.open(database)) {
            Sql.run(session.connection(), "CREATE TABLE topped (i int)");
            assertThat(session.jobs().submit("VACUUM topped").await().commandTag()).isEqualTo("VACUUM");
            Outcome failed = session.jobs().submit("INSERT INTO topped VALUES (1); SELECT 1/0").await();
            assertThat(failed.hasError()).isTrue();
            assertThat(Sql.value(session.connection(), "SELECT count(*) FROM topped")).isEqualTo("0");
        }
    }

    /** Needs far less memory than the rows take. */
    @Test
    @NotAmongTraps("takes long, and others send the same SQL")
    void memoryIsBounded() throws Exception {
        Process process = Jvm.start(List.of("-Xmx48m"), LargeSubmit.class, database.rawUrl());
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    static final class LargeSubmit {

        private LargeSubmit() {
        }

        public static void main(String[] arguments) throws SQLException {
            try (JobSession session = JobSession.open(arguments[0])) {
                Outcome outcome = session.jobs()
                        .submit("SELECT g, repeat('x', 500) FROM generate_series(1, 400000) AS g").await();
                if (outcome.rowCount() != 400_000) {
                    throw new AssertionError(outcome);
                }
            }
        }
    }

    @Test
    @NotAmongTraps("takes long, and others send the same SQL")
    @Tag("long")
    void commitsEvenIfTheClientDiesRightAfter() throws Exception {
        database.execute("CREATE TABLE survivors (i int)");
        int jobs = 1000;
        int perProcess = 50;
        for (int first = 0; first < jobs; first += perProcess) {
            Process process = Jvm.start(List.of("-XX:TieredStopAtLevel=1"), Dying.class, database.rawUrl(),
                    Integer.toString(first), Integer.toString(perProcess));
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(KILLED);
        }
        try (Connection connection = database.connectRaw()) {
            Await.until("all jobs have committed", Duration.ofSeconds(20), () -> Integer.toString(jobs)
                    .equals(Sql.value(connection, "SELECT count(DISTINCT i) FROM survivors")));
        }
    }

    /** Submits jobs one after the other and dies at once after the last. */
    static final class Dying {

        private Dying() {
        }

        public static void main(String[] arguments) throws SQLException {
            int first = Integer.parseInt(arguments[1]);
            int count = Integer.parseInt(arguments[2]);
            JobSession session = JobSession.open(arguments[0]);
            Sql.run(session.connection(), "SET pg_background.max_workers = 1000");
            for (int i = first; i < first + count; i++) {
                session.jobs().submit("INSERT INTO survivors VALUES (" + i + ")").detach();
            }
            Runtime.getRuntime().halt(KILLED);
        }
    }

    @Test
    @NotAmongTraps("takes long, and others send the same SQL")
    void theTextHasLeftWhenSubmitReturns() throws Exception {
        // one process, one job: a client that dies right after the submit has had no time for anything else
        database.execute("CREATE TABLE only_one (i int)");
        for (int i = 0; i < 5; i++) {
            Process process = Jvm.start(List.of(), DyingOnce.class, database.rawUrl());
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        try (Connection connection = DriverManager.getConnection(database.rawUrl(), new Properties())) {
            Await.until("all have committed", Duration.ofSeconds(20),
                    () -> "5".equals(Sql.value(connection, "SELECT count(*) FROM only_one")));
        }
    }

    static final class DyingOnce {

        private DyingOnce() {
        }

        public static void main(String[] arguments) throws SQLException {
            JobSession session = JobSession.open(arguments[0]);
            session.jobs().submit("INSERT INTO only_one SELECT 1 FROM pg_catalog.pg_sleep(0.2)");
            Runtime.getRuntime().halt(KILLED);
        }
    }
}
