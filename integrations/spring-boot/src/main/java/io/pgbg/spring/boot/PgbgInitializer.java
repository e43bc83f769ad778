package io.pgbg.spring.boot;

import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Tells Spring Boot which driver {@code jdbc:pgbg:} URLs are for. Where {@code spring.datasource.url},
 * {@code spring.flyway.url} or {@code spring.liquibase.url} is one, the {@code driver-class-name} beside it is
 * {@code io.pgbg.Driver}, unless the application has set it, in whatever place and spelling.
 *
 * <p>Spring Boot finds it by itself and calls it before it reads the configuration of a context. It is no environment
 * post-processor because that has another name in Boot 4 than in Boot 3. Throws nothing of its own: a bad URL is
 * refused by the driver. Has no state, and may be used by several threads.
 */
public class PgbgInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    /** For Spring Boot, which makes it by its name. */
    public PgbgInitializer() {
        // Declared for its comment alone.
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        // instead of that of a parent, which knows the parent's URL
        context.getEnvironment().getPropertySources().addLast(new DriverClassSource(context.getEnvironment()));
    }
}
