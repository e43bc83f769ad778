package io.pgbg.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Spring Boot takes what it has to know of the database from the container. */
@Timeout(180)
class SpringBootIT {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        @ServiceConnection
        PgbgContainer container() {
            return new PgbgContainer(Jobs.IMAGE).withUrlParam("pgbgMaxWorkers", "1");
        }
    }

    @Test
    void theDataSourceIsTheContainers() throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .bannerMode(Banner.Mode.OFF).web(WebApplicationType.NONE).run();
                Connection connection = context.getBean(DataSource.class).getConnection()) {
            assertThat(Jobs.resultOf(connection, "VACUUM pg_class")).isEqualTo("VACUUM");
            Jobs.assertOneWorkerAtMost(connection);
        }
    }
}
