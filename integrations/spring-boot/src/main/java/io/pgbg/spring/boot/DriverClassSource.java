package io.pgbg.spring.boot;

import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * The names of driver classes that follow from URLs. It looks at the URL when it is asked for the class, as a test may
 * add the URL to the environment later. Thread-safe, as the environment is.
 */
final class DriverClassSource extends PropertySource<Object> {

    /** The properties that it has, each with that of the URL. */
    private static final Map<String, String> URLS = Map.of(
            "spring.datasource.driver-class-name", "spring.datasource.url",
            "spring.flyway.driver-class-name", "spring.flyway.url",
            "spring.liquibase.driver-class-name", "spring.liquibase.url");

    private final ConfigurableEnvironment environment;

    DriverClassSource(ConfigurableEnvironment environment) {
        // not with the environment as its source, for Boot looks into that, and so here again
        super("pgbg");
        this.environment = environment;
    }

    @Override
    public Object getProperty(String name) {
        String urlName = URLS.get(name);
        if (urlName == null) {
            return null;
        }
        String url = environment.getProperty(urlName);
        return url != null && url.startsWith("jdbc:pgbg:") && !isSetElsewhere(name) ? "io.pgbg.Driver" : null;
    }

    /** To be the last source is not enough: default properties and those of {@code @PropertySource} come behind it. */
    private boolean isSetElsewhere(String name) {
        List<PropertySource<?>> others = environment.getPropertySources().stream().filter(source -> source != this)
                .toList();
        ConfigurationPropertyName anySpelling = ConfigurationPropertyName.of(name);
        for (ConfigurationPropertySource other : ConfigurationPropertySources.from(others)) {
            if (other.getConfigurationProperty(anySpelling) != null) {
                return true;
            }
        }
        return false;
    }
}
