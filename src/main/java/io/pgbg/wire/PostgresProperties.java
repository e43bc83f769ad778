package io.pgbg.wire;

import java.util.Properties;
import org.postgresql.PGProperty;

/** Reads pgjdbc's connection properties. Its own method for that has another name in older releases. Stateless. */
public final class PostgresProperties {

    private PostgresProperties() {
    }

    /** The value of a property, or its default; null when it has none. */
    public static String value(PGProperty property, Properties properties) {
        return properties.getProperty(property.getName(), property.getDefaultValue());
    }
}
