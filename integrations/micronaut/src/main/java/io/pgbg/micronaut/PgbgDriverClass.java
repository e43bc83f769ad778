package io.pgbg.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.BeanInitializedEventListener;
import io.micronaut.context.event.BeanInitializingEvent;
import io.micronaut.jdbc.BasicJdbcConfiguration;
import jakarta.inject.Singleton;

/**
 * Tells Micronaut which driver {@code jdbc:pgbg:} URLs are for. A data source whose URL is one, whatever its name and
 * pool, gets the class {@code io.pgbg.Driver}, unless its configuration names another.
 *
 * <p>Micronaut finds it by itself and calls it when the properties of a data source have been read, and before it looks
 * for the class itself, in a table that has no place for more. Throws nothing of its own; has no state, and may be
 * used by several threads.
 */
@Singleton
@Requires(classes = BasicJdbcConfiguration.class)
public class PgbgDriverClass implements BeanInitializedEventListener<BasicJdbcConfiguration> {

    /** For Micronaut, which makes it by itself. */
    public PgbgDriverClass() {
        // Declared for its comment alone.
    }

    @Override
    public BasicJdbcConfiguration onInitialized(BeanInitializingEvent<BasicJdbcConfiguration> event) {
        BasicJdbcConfiguration configuration = event.getBean();
        String url = configuration.getConfiguredUrl();
        if (url != null && url.startsWith("jdbc:pgbg:") && configuration.getConfiguredDriverClassName() == null) {
            configuration.setDriverClassName("io.pgbg.Driver");
        }
        return configuration;
    }
}
