package io.pgbg;

import io.pgbg.wire.SendWatch;
import java.sql.Connection;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;

/**
 * The PostgreSQL driver behind ours. Made directly and not looked for among the registered drivers, where any other
 * class loader's copy, or none at all, may be found. Apart from {@link Driver}, so that this one loads without it.
 * Stateless.
 */
final class PostgresDriver {

    private final org.postgresql.Driver driver = new org.postgresql.Driver();

    /**
     * Makes the driver.
     *
     * @throws SQLException 08001 when it is not to be found
     */
    static PostgresDriver load() throws SQLException {
        try {
            return new PostgresDriver();
        } catch (LinkageError e) {
            throw SQLState.UNABLE_TO_CONNECT.exception("The PostgreSQL driver (org.postgresql:postgresql) cannot be"
                    + " used: the class loader of io.pgbg.Driver does not find it, or finds one that does not fit."
                    + " Both jars must be in the same class loader.", e);
        }
    }

    /**
     * A connection that was made.
     *
     * @param watch sees what is sent over it
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

    /** What the PostgreSQL driver makes of URL, Properties, service file and password file together. */
    static Properties resolve(PgbgUrl url) {
        return org.postgresql.Driver.parseURL(url.postgresUrl(), url.postgresProperties());
    }

    DriverPropertyInfo[] getPropertyInfo(PgbgUrl url) {
        return driver.getPropertyInfo(url.postgresUrl(), url.postgresProperties());
    }

    /** It names a URL that it cannot read in full, with any password that is in it. */
    private static boolean refusesWholeUrl(SQLException exception, PgbgUrl url) {
        return exception.getMessage() != null && exception.getMessage().contains(url.postgresUrl());
    }

    private static SQLException notUnderstood(PgbgUrl url) {
        return SQLState.UNABLE_TO_CONNECT.exception("The PostgreSQL driver does not understand the URL " + url
                + " with its parameters.");
    }
}
