package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A launch that finds no room fails at once, says why, and leaves everything as it was. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class LimitsIT {

    private final TestDatabase database;

    LimitsIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void attachedJobsPerSession() throws SQLException {
        try (Connection connection = database.connect(); Connection second = database.connect()) {
            Sql.run(connection, "SET pg_background.max_workers = 2");
            int first = Sql.launch(connection, "SELECT 1");
            Sql.launch(connection, "SELECT 2");
            assertThatThrownBy(() -> Sql.launch(connection, "SELECT 3")).isInstanceOfSatisfying(SQLException.class,
                    e -> {
                        assertThat(e.getSQLState()).isEqualTo("53400");
                        assertThat(e.getMessage()).contains("too many background workers")
                                .contains("pg_background.max_workers is 2");
                    });
            Sql.launch(second, "SELECT 4");
            assertThat(Sql.result(connection, first)).containsExactly("1");
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 5"))).containsExactly("5");
        }
    }

    @Test
    void workersPerJvmAndUrl() throws SQLException {
        try (Connection connection = database.connect("pgbgMaxWorkers=2");
                Connection second = database.connect("pgbgMaxWorkers=2")) {
            int first = Sql.launch(connection, "SELECT 1");
            Sql.launch(second, "SELECT 2");
            assertThatThrownBy(() -> Sql.launch(connection, "SELECT 3")).isInstanceOfSatisfying(SQLException.class,
                    e -> {
                        assertThat(e.getSQLState()).isEqualTo("53400");
                        assertThat(e.getMessage()).contains("too many background workers")
                                .contains("pgbgMaxWorkers").doesNotContain("password");
                    });
            assertThat(Sql.result(connection, first)).containsExactly("1");
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 5"))).containsExactly("5");
        }
    }

    @Test
    void connectionsOfTheServer() throws SQLException {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, "DROP ROLE IF EXISTS few; CREATE ROLE few LOGIN CONNECTION LIMIT 2");
        }
        try (Connection connection = database.connect("user=few")) {
            int first = Sql.launch(connection, "SELECT 1");
            assertThatThrownBy(() -> Sql.launch(connection, "SELECT 2")).isInstanceOfSatisfying(SQLException.class,
                    e -> {
                        assertThat(e.getSQLState()).isEqualTo("53000");
                        assertThat(e.getMessage()).contains("could not register background process");
                        assertThat(e.getCause()).isInstanceOfSatisfying(SQLException.class,
                                cause -> assertThat(cause.getSQLState()).isEqualTo("53300"));
                    });
            assertThat(Sql.result(connection, first)).containsExactly("1");
            assertThat(Sql.result(connection, Sql.launch(connection, "SELECT 3"))).containsExactly("3");
        }
    }

    @Test
    void queueSizes() throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Sql.value(connection, "SELECT pg_background_launch('SELECT 1', 63)"))
                    .isInstanceOfSatisfying(SQLException.class, e -> {
                        assertThat(e.getSQLState()).isEqualTo("22023");
                        assertThat(e.getMessage()).contains("queue size must be at least 64 bytes");
                    });
            assertThatThrownBy(() -> Sql.value(connection, "SELECT pg_background_launch('SELECT 1', 268435457)"))
                    .isInstanceOfSatisfying(SQLException.class, e -> {
                        assertThat(e.getSQLState()).isEqualTo("22023");
                        assertThat(e.getMessage()).contains("queue size must not exceed 268435456 bytes");
                    });
            assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                    + "'SELECT g FROM generate_series(1, 1000) AS g', 64))")).hasSize(1000);
        }
    }
}
