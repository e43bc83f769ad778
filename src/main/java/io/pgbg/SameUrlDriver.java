package io.pgbg;

import java.sql.Connection;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.logging.Logger;

/**
 * The driver for those who cannot change the URL. It takes {@code jdbc:postgresql:} URLs, in which the properties of
 * {@link PgbgProperty} may stand, as well as those that {@link Driver} takes, and opens the same connections as that.
 * It is meant for tools that tell the database by its URL and let the driver be named: Flyway, Liquibase, Spark, the code
 * generator of jOOQ.
 *
 * <p>Nothing registers it with the {@link java.sql.DriverManager}, neither a service file nor the loading of the class:
 * whoever asks there for {@code jdbc:postgresql:} gets the PostgreSQL driver, and only who names this class gets this
 * one. The first connection loads {@link Driver}, which is registered for its own URLs, so that a container that
 * deregisters the drivers of an application ends what this one has opened too. Thread-safe.
 */
public final class SameUrlDriver implements java.sql.Driver {

    /** Makes a driver, and registers nothing. */
    public SameUrlDriver() {
        // Declared for its comment alone.
    }

    @Override
    public boolean acceptsURL(String url) throws SQLException {
        if (url == null) {
            throw SQLState.INVALID_PARAMETER_VALUE.exception("The URL is null.");
        }
        return PgbgUrl.acceptsEither(url);
    }

    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        return acceptsURL(url) ? Driver.open(PgbgUrl.parse(url, info)) : null;
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) throws SQLException {
        return Driver.properties(PgbgUrl.parse(url != null && acceptsURL(url) ? url : PgbgUrl.POSTGRES_PREFIX, info));
    }

    @Override
    public int getMajorVersion() {
        return Driver.MAJOR_VERSION;
    }

    @Override
    public int getMinorVersion() {
        return Driver.MINOR_VERSION;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger("io.pgbg");
    }
}
