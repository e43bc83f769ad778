package io.pgbg.flyway;

import java.sql.Connection;
import org.flywaydb.database.postgresql.PostgreSQLDatabaseType;

/**
 * Tells Flyway which driver {@code jdbc:pgbg:} URLs are for. Flyway finds it as a plugin and asks no more of it than to
 * open connections: it takes the kind of database from the server that answers, and there goes on with its own type for
 * PostgreSQL, or with one of those that are kin to it. Therefore migrations, history and parser are as they are with
 * {@code jdbc:postgresql:}.
 *
 * <p>Throws nothing of its own: a bad URL is refused by the driver when Flyway connects. Has no state, and may be used
 * by several threads.
 */
public class PgbgDatabaseType extends PostgreSQLDatabaseType {

    /** For Flyway, which makes it by its name. */
    public PgbgDatabaseType() {
        // Declared for its comment alone.
    }

    @Override
    public boolean handlesJDBCUrl(String url) {
        return url.startsWith("jdbc:pgbg:");
    }

    @Override
    public String getDriverClass(String url, ClassLoader classLoader) {
        return "io.pgbg.Driver";
    }

    /** Leaves the server to Flyway's own types, as one of them knows better whether it is a PostgreSQL. */
    @Override
    public boolean handlesDatabaseProductNameAndVersion(String product, String version, Connection connection) {
        return false;
    }
}
