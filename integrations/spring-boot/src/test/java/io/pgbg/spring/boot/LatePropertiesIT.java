package io.pgbg.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A test of an application that learns the URL when it runs, as with a server that the test itself has started. */
@Timeout(120)
@SpringBootTest(classes = Shop.class)
class LatePropertiesIT {

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        String database = Databases.create();
        properties.add("spring.datasource.url", () -> "jdbc:pgbg:" + database);
    }

    @Test
    void theUrlIsEnough(@Autowired HikariDataSource source) {
        assertThat(source.getDriverClassName()).isEqualTo("io.pgbg.Driver");
    }
}
