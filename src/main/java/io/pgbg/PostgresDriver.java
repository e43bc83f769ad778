package io.pgbg;

import io.pgbg.wire.SendWatch;
import java.sql.Connection;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;

/**
 * The PostgreSQL driver, which does the work. Created directly, because the registered drivers may hold another class
 * loader's copy of it, or none at all. A class of its own, so that {@link Driver} can be loaded without it. Stateless.
 */
final class PostgresDriver {

    private final org.postgresql.Driver driver = new org.postgresql.Driver();

    /**
     * Creates the driver.
     *
     * @throws SQLException 08001 when its classes are not found, or are those of a release that is too old
     */
    static PostgresDriver load() throws SQLException {
        try {
            PostgresVersion.check();
            return new PostgresDriver();
        } catch (LinkageError e) {
            throw SQLState.UNABLE_TO_CONNECT.exception("The PostgreSQL driver (org.postgresql:postgresql) cannot be"
                    + " used: the class loader of io.pgbg.Driver does not find it, or finds one that does not fit."
                    + " Both jars must be in the same class loader.", e);
        }
    }

    /**
     * A new connection.
     *
     * @param watch watches its socket
     */
    record Connected(Connection connection, SendWatch watch) {
    }

    Connected connect(PgbgUrl url) throws SQLException {
        Properties properties = (Properties) url.postgresProperties().clone();
        SendWatch watch = SendWatch.of(properties, resolve(url));
        Connection connection;
        try {
            connection = driver.connect(url.postgresUrl(), properties);
        } catch (SQLException e) {
            throw refusesWholeUrl(e, url) ? notUnderstood(url) : e;
        } finally {
            watch.settle();
        }
        if (connection == null) {
            throw notUnderstood(url);
        }
        return new Connected(connection, watch);
    }

    /**
     * The properties that the PostgreSQL driver reads from URL, Properties, service file and password file together.
     */
    static Properties resolve(PgbgUrl url) {
        return org.postgresql.Driver.parseURL(url.postgresUrl(), url.postgresProperties());
    }

    DriverPropertyInfo[] getPropertyInfo(PgbgUrl url) {
        return driver.getPropertyInfo(url.postgresUrl(), url.postgresProperties());
    }

    /** Whether the PostgreSQL driver could not read the URL: then its message shows it, and with it any password. */
    private static boolean refusesWholeUrl(SQLException exception, PgbgUrl url) {
        return exception.getMessage() != null && exception.getMessage().contains(url.postgresUrl());
    }

    private static SQLException notUnderstood(PgbgUrl url) {
        return SQLState.UNABLE_TO_CONNECT.exception("The PostgreSQL driver does not understand the URL " + url
                + " with its parameters.");
    }
}
