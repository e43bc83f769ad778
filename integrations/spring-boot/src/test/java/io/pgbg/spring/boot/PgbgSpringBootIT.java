package io.pgbg.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.pgbg.PgbgConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.jdbc.core.JdbcTemplate;

/** An application that Spring Boot starts, with a URL and nothing else that concerns the driver. */
@Timeout(120)
class PgbgSpringBootIT {

    private String database;

    @BeforeEach
    void newDatabase() {
        database = Databases.create();
    }

    private static SpringApplicationBuilder application() {
        return new SpringApplicationBuilder(Shop.class).web(WebApplicationType.NONE);
    }

    private static ConfigurableApplicationContext start(SpringApplicationBuilder application, String... properties) {
        return application.run(Stream.of(properties).map(property -> "--" + property).toArray(String[]::new));
    }

    private String url(String prefix) {
        return "spring.datasource.url=" + prefix + database;
    }

    private static JdbcTemplate jdbc(ConfigurableApplicationContext context) {
        return context.getBean(JdbcTemplate.class);
    }

    private static String driver(ConfigurableApplicationContext context) {
        return context.getBean(HikariDataSource.class).getDriverClassName();
    }

    private static String answer(ConfigurableApplicationContext context) {
        Integer pid = jdbc(context).queryForObject("SELECT pg_background_launch('SELECT 6 * 7')", Integer.class);
        return jdbc(context).queryForObject("SELECT * FROM pg_background_result(?) AS (answer int)", String.class, pid);
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("pgbg.test.framework"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:pgbg:", "jdbc:pgbg:postgresql:"})
    void theUrlIsEnough(String prefix) throws SQLException {
        // one connection, as a job belongs to the one that has launched it
        try (ConfigurableApplicationContext context = start(application(), url(prefix),
                "spring.datasource.hikari.maximum-pool-size=1")) {
            assertThat(answer(context)).isEqualTo("42");
            assertThat(driver(context)).isEqualTo("io.pgbg.Driver");
            try (Connection connection = context.getBean(DataSource.class).getConnection()) {
                assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            }
        }
    }

    @Test
    void whatAJobDoesOutlivesTheTransactionAroundIt() {
        try (ConfigurableApplicationContext context = start(application(), url("jdbc:pgbg:"))) {
            jdbc(context).execute("CREATE TABLE orders (item text); CREATE TABLE audit (said text)");
            Shop.Orders orders = context.getBean(Shop.Orders.class);
            orders.place("pear");
            assertThatThrownBy(() -> orders.place("moon")).hasMessage("not for sale");

            assertThat(jdbc(context).queryForList("SELECT item FROM orders", String.class)).containsExactly("pear");
            assertThat(jdbc(context).queryForList("SELECT said FROM audit", String.class))
                    .containsExactly("somebody wants a pear", "somebody wants a moon");
        }
    }

    @Test
    void theUrlMayHavePlaceholders() {
        try (ConfigurableApplicationContext context = start(application(),
                "spring.datasource.url=${shop.scheme}${shop.db}", "shop.scheme=jdbc:pgbg:", "shop.db=" + database)) {
            assertThat(driver(context)).isEqualTo("io.pgbg.Driver");
        }
    }

    @Test
    void theUrlMayBeAVariableOfTheProcess() {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment",
                Map.of("SPRING_DATASOURCE_URL", "jdbc:pgbg:" + database)));
        try (ConfigurableApplicationContext context = start(application().environment(environment))) {
            assertThat(driver(context)).isEqualTo("io.pgbg.Driver");
        }
    }

    /** A second context, which has the properties of its parent, has a URL of its own. */
    @Test
    void aChildContextHasItsOwn() {
        try (ConfigurableApplicationContext parent = start(application(), url("jdbc:postgresql:"));
                ConfigurableApplicationContext child = start(application().parent(parent), url("jdbc:pgbg:"))) {
            assertThat(parent.getEnvironment().getProperty("spring.datasource.driver-class-name")).isNull();
            assertThat(child.getEnvironment().getProperty("spring.datasource.driver-class-name"))
                    .isEqualTo("io.pgbg.Driver");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring.datasource.driver-class-name", "spring.datasource.driverClassName"})
    void theClassThatTheApplicationNamesIsTaken(String property) {
        try (ConfigurableApplicationContext context = start(application(), url("jdbc:pgbg:"),
                property + "=io.pgbg.SameUrlDriver")) {
            assertThat(driver(context)).isEqualTo("io.pgbg.SameUrlDriver");
        }
        SpringApplicationBuilder withDefaults = application()
                .properties(Map.of(property, (Object) "io.pgbg.SameUrlDriver"));
        try (ConfigurableApplicationContext context = start(withDefaults, url("jdbc:pgbg:"))) {
            assertThat(driver(context)).isEqualTo("io.pgbg.SameUrlDriver");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @PropertySource("classpath:names-the-class.properties")
    static class NamesTheClass {
    }

    @Test
    void theClassThatAnAnnotationBringsIsTaken() {
        try (ConfigurableApplicationContext context = start(application().sources(NamesTheClass.class),
                url("jdbc:pgbg:"))) {
            assertThat(driver(context)).isEqualTo("io.pgbg.SameUrlDriver");
        }
    }

    @Test
    void theUrlOfThePostgresqlDriverStaysItsOwn() {
        try (ConfigurableApplicationContext context = start(application(), url("jdbc:postgresql:"))) {
            assertThat(driver(context)).isEqualTo("org.postgresql.Driver");
            for (String of : List.of("datasource", "flyway", "liquibase")) {
                assertThat(context.getEnvironment().getProperty("spring." + of + ".driver-class-name")).isNull();
            }
        }
    }

    /** With the data source of the application, and with a URL of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"flyway", "liquibase"})
    void migrationsLaunchJobs(String tool) {
        String enabled = "spring." + tool + ".enabled=true";
        try (ConfigurableApplicationContext context = start(application(), url("jdbc:pgbg:"), enabled)) {
            assertThat(analysedRows(context)).isEqualTo(2);
        }

        database = Databases.create();
        String own = "spring." + tool + ".url=jdbc:pgbg:" + database;
        // Boot tells Liquibase a user, if only that of the data source
        try (ConfigurableApplicationContext context = start(application(), url("jdbc:postgresql:"), enabled, own,
                "spring." + tool + ".user=postgres")) {
            assertThat(driver(context)).isEqualTo("org.postgresql.Driver");
            assertThat(analysedRows(context)).isEqualTo(2);
        }
    }

    /** What only the VACUUM that both tools have a job for could have told. */
    private static Integer analysedRows(ConfigurableApplicationContext context) {
        return jdbc(context).queryForObject("SELECT reltuples::int FROM pg_class WHERE oid = 'fruits'::regclass",
                Integer.class);
    }
}
