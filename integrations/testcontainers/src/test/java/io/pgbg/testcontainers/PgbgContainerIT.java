package io.pgbg.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.JdbcDatabaseContainer;
import org.testcontainers.containers.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** Containers of this project, and those of Testcontainers' class that has always been there. */
@Timeout(180)
class PgbgContainerIT {

    private static final DockerImageName IMAGE = Jobs.IMAGE;

    private static PgbgContainer container;

    @BeforeAll
    static void start() {
        container = new PgbgContainer(IMAGE).withDatabaseName("shop").withUsername("keeper").withPassword("secret")
                .withUrlParam("pgbgMaxWorkers", "1").withUrlParam("ApplicationName", "till").withInitScript("init.sql");
        container.start();
    }

    @AfterAll
    static void stop() {
        container.stop();
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(container.getJdbcUrl(), container.getUsername(), container.getPassword());
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(DockerClientFactory.TESTCONTAINERS_VERSION).isEqualTo(System.getProperty("pgbg.test.framework"));
    }

    @Test
    void theUrlIsEnough() throws SQLException {
        assertThat(container.getJdbcUrl()).startsWith("jdbc:pgbg://").contains("/shop?");
        try (Connection connection = connect()) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            assertThat(Jobs.value(connection, "SELECT concat(current_user, ' ', current_database())"))
                    .isEqualTo("keeper shop");
            assertThat(Jobs.resultOf(connection, "VACUUM audit")).isEqualTo("VACUUM");
        }
    }

    @Test
    void parametersOfTheUrlArrive() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(Jobs.value(connection, "SHOW application_name")).isEqualTo("till");
            Jobs.assertOneWorkerAtMost(connection);
        }
    }

    @Test
    void theClassOfTheDriverIsTold() throws SQLException {
        assertThat(container.getDriverClassName()).isEqualTo("io.pgbg.Driver");
        try (Connection connection = container.createConnection("?pgbgMaxWorkers=3")) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
        }
    }

    @Test
    void scriptsThatTestcontainersRunsMayCallTheFunctions() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(Jobs.value(connection, "SELECT string_agg(said, ',') FROM audit")).isEqualTo("on its own");
        }
    }

    @Test
    @SuppressWarnings("deprecation")
    void withoutThisProjectScriptsMayNot() {
        try (JdbcDatabaseContainer<?> plain = new PostgreSQLContainer<>(IMAGE).withInitScript("init.sql")) {
            assertThatThrownBy(plain::start)
                    .hasStackTraceContaining("function pg_background_run(unknown) does not exist");
        }
    }

    @Test
    @SuppressWarnings("deprecation")
    void theUrlOfTestcontainersOwnClassNeedsAnotherPrefixOnly() throws SQLException {
        try (JdbcDatabaseContainer<?> plain = new PostgreSQLContainer<>(IMAGE).withUrlParam("pgbgMaxWorkers", "1")) {
            plain.start();
            Jobs.assertWorksWithAnotherPrefix(plain);
        }
    }
}
