package io.pgbg.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.micronaut.configuration.jdbc.hikari.DatasourceConfiguration;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.version.VersionUtils;
import io.micronaut.inject.qualifiers.Qualifiers;
import io.pgbg.PgbgConnection;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A context that Micronaut starts, with a URL and nothing else that concerns the driver. */
@Timeout(120)
class PgbgMicronautIT {

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

    private static String url(String prefix) {
        return prefix + "//localhost:" + server.getPort() + "/postgres?user=postgres";
    }

    private static String driver(ApplicationContext context, String source) {
        return context.getBean(DatasourceConfiguration.class, Qualifiers.byName(source)).getDriverClassName();
    }

    private static void answers(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection(); Statement statement = connection.createStatement()) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            int pid;
            try (ResultSet row = statement.executeQuery("SELECT pg_background_launch('SELECT 6 * 7')")) {
                assertThat(row.next()).isTrue();
                pid = row.getInt(1);
            }
            try (ResultSet row = statement.executeQuery(
                    "SELECT * FROM pg_background_result(" + pid + ") AS (answer int)")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getInt("answer")).isEqualTo(42);
            }
        }
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        // the releases of Micronaut's parts have the first two numbers of its own
        String meant = System.getProperty("pgbg.test.framework");
        assertThat(VersionUtils.MICRONAUT_VERSION).startsWith(meant.substring(0, meant.lastIndexOf('.') + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:pgbg:", "jdbc:pgbg:postgresql:"})
    void theUrlIsEnough(String prefix) throws SQLException {
        try (ApplicationContext context = ApplicationContext.run(Map.of("datasources.default.url", url(prefix)))) {
            assertThat(context.getBean(DataSource.class).unwrap(HikariDataSource.class).getDriverClassName())
                    .isEqualTo("io.pgbg.Driver");
            answers(context.getBean(DataSource.class));
        }
    }

    @Test
    void everyDataSourceHasTheClassOfItsUrl() throws SQLException {
        try (ApplicationContext context = ApplicationContext.run(Map.of("scheme", "jdbc:pgbg:",
                "datasources.default.url", url("jdbc:postgresql:"), "datasources.reports.url", url("${scheme}")))) {
            assertThat(driver(context, "default")).isEqualTo("org.postgresql.Driver");
            assertThat(driver(context, "reports")).isEqualTo("io.pgbg.Driver");
            answers(context.getBean(DataSource.class, Qualifiers.byName("reports")));
        }
    }

    @Test
    void theClassThatTheApplicationNamesIsTaken() throws SQLException {
        try (ApplicationContext context = ApplicationContext.run(Map.of("datasources.default.url", url("jdbc:pgbg:"),
                "datasources.default.driver-class-name", "io.pgbg.SameUrlDriver"))) {
            assertThat(driver(context, "default")).isEqualTo("io.pgbg.SameUrlDriver");
            answers(context.getBean(DataSource.class));
        }
    }
}
