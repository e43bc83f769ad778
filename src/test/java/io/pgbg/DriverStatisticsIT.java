package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the driver counts for those who watch it, whichever connection has done it. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@NotAmongTraps("about numbers of this process")
class DriverStatisticsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final TestDatabase database;

    DriverStatisticsIT(TestDatabase database) {
        this.database = database;
    }

    private DriverStatistics.Workers workers(int maximum) {
        List<DriverStatistics.Workers> found = DriverStatistics.now().workers().stream()
                .filter(workers -> workers.source().endsWith("/" + database.name()) && workers.maximum() == maximum).toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static Object attribute(String name) throws Exception {
        return ManagementFactory.getPlatformMBeanServer().getAttribute(new ObjectName("io.pgbg:type=Jobs"), name);
    }

    @Test
    void countsJobsByTheirEndsAndRelayedCalls() throws Exception {
        // the numbers are those of the JVM, and what other classes have left behind ends when it likes
        Await.until("no job of another test runs", PATIENCE, () -> DriverStatistics.now().running() == 0);
        DriverStatistics before = DriverStatistics.now();
        try (Connection connection = database.connect()) {
            Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (x integer)");
            assertThatThrownBy(() -> Sql.value(connection, "SELECT * FROM pg_background_result("
                    + "pg_background_launch('SELECT 1 / 0')) AS (x integer)")).isInstanceOf(SQLException.class);
            Sql.run(connection, "DO $$ BEGIN PERFORM x FROM pg_background_result(pg_background_launch('SELECT 1'))"
                    + " AS (x integer); END $$");

            DriverStatistics now = DriverStatistics.now();
            assertThat(now.launched() - before.launched()).isEqualTo(3);
            assertThat(now.completed() - before.completed()).isEqualTo(2);
            assertThat(now.failed() - before.failed()).isEqualTo(1);
            assertThat(now.relayedCalls() - before.relayedCalls()).isGreaterThanOrEqualTo(2);
            assertThat(now.running()).isZero();
            assertThat(now.executionMillis()).isGreaterThan(before.executionMillis());
            assertThat(now.launchMillis()).isGreaterThan(before.launchMillis());
            assertThat(attribute("Launched")).isEqualTo(now.launched());
            assertThat(attribute("RelayedCalls")).isEqualTo(now.relayedCalls());
            assertThat((double) attribute("AverageLaunchMillis")).isPositive();
        }
    }

    @Test
    void showsWhoWaitsForAWorker() throws Exception {
        long exhausted = DriverStatistics.now().exhausted();
        try (Connection connection = database.connect("pgbgMaxWorkers=1", "pgbgOnExhaustion=queue")) {
            String pid = Sql.value(connection, "SELECT * FROM pg_background_launch('SELECT 1')");
            assertThat(workers(1)).isEqualTo(new DriverStatistics.Workers(workers(1).source(), 1, 0, 1, 0));

            try (Connection other = database.connect("pgbgMaxWorkers=1", "pgbgOnExhaustion=queue")) {
                Running<String> waits = Running.start(() ->
                        Sql.value(other, "SELECT * FROM pg_background_launch('SELECT 2')"));
                Await.until("the launch waits", PATIENCE, () -> workers(1).waiting() == 1);
                assertThat(DriverStatistics.now().exhausted() - exhausted).isEqualTo(1);
                assertThat(attribute("Exhausted")).isEqualTo(DriverStatistics.now().exhausted());
                Sql.run(connection, "SELECT pg_background_detach(" + pid + ")");
                assertThat(waits.get(PATIENCE)).isNotEmpty();
                assertThat(workers(1).waiting()).isZero();
            }
        }
    }
}
