package io.pgbg.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The meters beside jobs that were run. */
@Timeout(120)
class PgbgMetricsIT {

    private static EmbeddedPostgres server;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().setOutputRedirector(Redirect.DISCARD)
                .setErrorRedirector(Redirect.DISCARD).start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static double ended(MeterRegistry registry, String outcome) {
        return registry.get("pgbg.jobs").tags("outcome", outcome, "application", "shop").functionCounter().count();
    }

    @Test
    void tellWhatTheDriverHasDone() throws SQLException {
        MeterRegistry registry = new SimpleMeterRegistry();
        new PgbgMetrics(Tags.of("application", "shop")).bindTo(registry);
        assertThat(ended(registry, "completed")).isZero();
        try (Connection connection = DriverManager.getConnection("jdbc:pgbg://localhost:" + server.getPort()
                + "/postgres?user=postgres&pgbgMaxWorkers=7")) {
            value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (x integer)");
            assertThatThrownBy(() -> value(connection, "SELECT * FROM pg_background_result("
                    + "pg_background_launch('SELECT 1 / 0')) AS (x integer)")).isInstanceOf(SQLException.class);
            value(connection, "SELECT pg_background_launch('SELECT pg_sleep(60)') + 0");

            assertThat(ended(registry, "completed")).isEqualTo(1);
            assertThat(ended(registry, "failed")).isEqualTo(1);
            assertThat(ended(registry, "canceled")).isZero();
            assertThat(registry.get("pgbg.jobs.running").gauge().value()).isEqualTo(1);
            assertThat(registry.get("pgbg.jobs.execution").functionTimer().count()).isEqualTo(2);
            assertThat(registry.get("pgbg.jobs.launch").functionTimer().count()).isEqualTo(3);
            assertThat(registry.get("pgbg.jobs.launch").functionTimer().totalTime(TimeUnit.MILLISECONDS)).isPositive();
            assertThat(registry.get("pgbg.workers").tag("state", "busy").gauge().value()).isEqualTo(1);
            assertThat(registry.get("pgbg.workers.max").gauge().value()).isEqualTo(7);
            assertThat(registry.get("pgbg.launches.waiting").gauge().value()).isZero();
            assertThat(registry.get("pgbg.launches.exhausted").functionCounter().count()).isZero();
            assertThat(registry.get("pgbg.relayed.calls").functionCounter().count()).isEqualTo(1);
        }
    }
}
