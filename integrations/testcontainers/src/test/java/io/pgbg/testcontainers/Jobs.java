package io.pgbg.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.testcontainers.containers.JdbcDatabaseContainer;
import org.testcontainers.utility.DockerImageName;

/** What the tests do with a connection to a container. */
final class Jobs {

    /** The image that the build was told to use, of whatever name. */
    static final DockerImageName IMAGE =
            DockerImageName.parse(System.getProperty("pgbg.test.image")).asCompatibleSubstituteFor("postgres");

    private Jobs() {
    }

    /** The one value that a statement gives. */
    static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Runs a job and gives its first value. */
    static String resultOf(Connection connection, String sql) throws SQLException {
        String pid = value(connection, "SELECT pg_background_launch('" + sql + "')");
        return value(connection, "SELECT * FROM pg_background_result(" + pid + ") AS (result text)");
    }

    /** Whether the URL's pgbgMaxWorkers=1 has reached the driver. */
    static void assertOneWorkerAtMost(Connection connection) throws SQLException {
        String pid = value(connection, "SELECT pg_background_launch('SELECT 1')");
        assertThatThrownBy(() -> value(connection, "SELECT pg_background_launch('SELECT 2')"))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("53400"))
                .hasMessageContaining("pgbgMaxWorkers");
        value(connection, "SELECT * FROM pg_background_result(" + pid + ") AS (result int)");
    }

    /** What docs/tools.md says of containers of Testcontainers' own classes; this one has pgbgMaxWorkers=1. */
    static void assertWorksWithAnotherPrefix(JdbcDatabaseContainer<?> container) throws SQLException {
        String url = container.getJdbcUrl().replace("jdbc:postgresql:", "jdbc:pgbg:");
        try (Connection connection =
                DriverManager.getConnection(url, container.getUsername(), container.getPassword())) {
            assertThat(resultOf(connection, "VACUUM pg_class")).isEqualTo("VACUUM");
            assertOneWorkerAtMost(connection);
        }
    }
}
