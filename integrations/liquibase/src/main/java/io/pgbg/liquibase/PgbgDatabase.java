package io.pgbg.liquibase;

import liquibase.database.DatabaseConnection;
import liquibase.database.core.PostgresDatabase;

/**
 * Tells Liquibase which driver {@code jdbc:pgbg:} URLs are for. Liquibase finds it as a service and asks no more of it
 * than that: it takes the kind of database from the server that answers, and there goes on with its own
 * {@link PostgresDatabase}. Therefore {@code dbms="postgresql"}, the generated SQL and everything else that depends on
 * the kind of database are as they are with {@code jdbc:postgresql:}.
 *
 * <p>Throws nothing of its own: a bad URL is refused by the driver when Liquibase connects. May be used by several
 * threads as far as {@link PostgresDatabase} may.
 */
public class PgbgDatabase extends PostgresDatabase {

    /** For Liquibase, which makes it by its name. */
    public PgbgDatabase() {
        // Declared for its comment alone.
    }

    /** Its own, as Liquibase keeps one kind of database per name: under PostgreSQL's it would push that one out. */
    @Override
    public String getShortName() {
        return "pgbg";
    }

    @Override
    public String getDefaultDriver(String url) {
        return url.startsWith("jdbc:pgbg:") ? "io.pgbg.Driver" : null;
    }

    /** Leaves the server to Liquibase's own kinds, whose short names are those that change logs have. */
    @Override
    public boolean isCorrectDatabaseImplementation(DatabaseConnection connection) {
        return false;
    }
}
