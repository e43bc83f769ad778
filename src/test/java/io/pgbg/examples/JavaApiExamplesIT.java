package io.pgbg.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.Handle;
import io.pgbg.JobServer;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.RunOutcome;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples of docs/java-api.md, compiled and run. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class JavaApiExamplesIT {

    private final TestDatabase database;
    private JobSession session;
    private PgbgConnection jobs;

    JavaApiExamplesIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void open() throws SQLException {
        session = JobSession.open(database);
        jobs = session.jobs();
        Sql.run(session.connection(), "CREATE TABLE IF NOT EXISTS orders AS SELECT g AS id, g % 7 AS amount "
                + "FROM generate_series(1, 20000) AS g; CREATE TABLE IF NOT EXISTS audit (what text)");
    }

    @AfterEach
    void close() throws SQLException {
        session.close();
    }

    @Test
    void launchAndRead() throws SQLException {
        PgbgJob job = jobs.launch("SELECT id, amount FROM orders");
        // the connection is free for other work here
        long[] sum = {0};
        long count = job.forEachRow(row -> sum[0] += row.getLong("amount"));
        assertThat(count).isEqualTo(20_000);
        assertThat(sum[0]).isEqualTo(Long.parseLong(Sql.value(session.connection(), "SELECT sum(amount) FROM orders")));
    }

    @Test
    void submitAndForget() throws SQLException {
        PgbgJob audit = jobs.submit("INSERT INTO audit VALUES ('it was tried')");
        audit.detach();
    }

    @Test
    void noticesAndCompletion() throws Exception {
        List<SQLWarning> notices = new CopyOnWriteArrayList<>();
        PgbgJob vacuum = jobs.launch("VACUUM VERBOSE orders", LaunchOptions.DEFAULT.withLabel("nightly-orders"));
        vacuum.onNotice(notices::add);
        CompletableFuture<String> told = vacuum.completion().thenApply(Outcome::commandTag);
        assertThat(told.get(30, TimeUnit.SECONDS)).isEqualTo("VACUUM");
        assertThat(notices).isNotEmpty();
    }

    @Test
    void fanOut() throws SQLException {
        List<Handle> handles = new ArrayList<>();
        for (int part = 0; part < 4; part++) {
            handles.add(jobs.submit("SELECT count(*) FROM orders WHERE id % 4 = " + part).handle());
        }
        for (Outcome outcome : jobs.drain(handles, Duration.ofMinutes(1))) {
            assertThat(outcome.completed()).isTrue();
        }
    }

    @Test
    void race() throws SQLException {
        PgbgJob slow = jobs.launch("SELECT pg_catalog.pg_sleep(60)");
        PgbgJob quick = jobs.launch("SELECT 'quick'");
        Handle winner = jobs.awaitAny(List.of(slow.handle(), quick.handle()), Duration.ofSeconds(20)).orElseThrow();
        assertThat(winner).isEqualTo(quick.handle());
        slow.cancel();
        jobs.detachAll();
    }

    /** Where the URL names no standby the job runs on the primary. */
    @Test
    void onAStandby() throws SQLException {
        PgbgJob report = jobs.launch("SELECT sum(amount) FROM orders",
                LaunchOptions.DEFAULT.withServer(JobServer.PREFER_SECONDARY));
        assertThat(report.forEachRow(row -> assertThat(row.getLong(1)).isPositive())).isEqualTo(1);
        assertThat(report.server()).isNotNull();
    }

    @Test
    void withATimeLimit() throws SQLException {
        RunOutcome run = jobs.run("SELECT pg_catalog.pg_sleep(60)", LaunchOptions.DEFAULT, Duration.ofMillis(100));
        assertThat(run.timedOut()).isTrue();
        assertThat(run.outcome().sqlState()).isEqualTo("57014");
        assertThatThrownBy(() -> jobs.query("SELECT pg_catalog.pg_sleep(60)", LaunchOptions.DEFAULT,
                Duration.ofMillis(100),
                row -> { })).isInstanceOfSatisfying(SQLException.class,
                        e -> assertThat(e.getSQLState()).isEqualTo("57014"));
        assertThat(jobs.list()).isEmpty();
    }

    @Test
    void queriesWithAndWithoutATimeLimit() throws SQLException {
        for (Duration limit : List.of(Duration.ZERO, Duration.ofSeconds(30))) {
            List<Integer> ids = new ArrayList<>();
            assertThat(jobs.query("SELECT id FROM orders ORDER BY id", new LaunchOptions(64, null), limit,
                    row -> ids.add(row.getInt(1)))).isEqualTo(20_000);
            assertThat(ids).isSorted().hasSize(20_000);
            assertThat(jobs.query("CREATE TEMP TABLE t (); DROP TABLE t", LaunchOptions.DEFAULT, limit,
                    row -> assertThat(row.getString("result")).isIn("CREATE TABLE", "DROP TABLE"))).isEqualTo(2);
            assertThatThrownBy(() -> jobs.query("SELECT 1 / (id - 15000) FROM orders ORDER BY id",
                    LaunchOptions.DEFAULT, limit, row -> { })).isInstanceOfSatisfying(SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("22012"));
            assertThat(jobs.list()).isEmpty();
        }
    }

    @Test
    void aReaderThatStopsLeavesNothingBehind() throws SQLException {
        assertThatThrownBy(() -> jobs.query("SELECT id FROM orders", new LaunchOptions(64, null), Duration.ZERO,
                row -> {
                    throw new SQLException("enough", "02000");
                })).isInstanceOf(SQLException.class).hasMessage("enough");
        assertThat(jobs.list()).isEmpty();
    }

    @Test
    void queueSizesAreChecked() {
        assertThatThrownBy(() -> jobs.launch("SELECT 1", new LaunchOptions(63, null)))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
    }
}
