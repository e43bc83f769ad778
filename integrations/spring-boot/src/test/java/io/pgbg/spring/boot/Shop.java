package io.pgbg.spring.boot;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** An application that knows nothing of drivers. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Shop {

    @Bean
    Orders orders(JdbcTemplate jdbc) {
        return new Orders(jdbc);
    }

    /** What the application does. */
    static class Orders {

        private final JdbcTemplate jdbc;

        Orders(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @Transactional
        public void place(String item) {
            jdbc.update("INSERT INTO orders VALUES (?)", item);
            jdbc.queryForList("SELECT * FROM pg_background_result(pg_background_launch(?)) AS (result text)",
                    "INSERT INTO audit VALUES ('somebody wants a " + item + "')");
            if (item.equals("moon")) {
                throw new IllegalArgumentException("not for sale");
            }
        }
    }
}
