package io.pgbg.benchmark;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * The PostgreSQL server that everything is measured against: the one of the system property {@value #URL_PROPERTY}, or
 * else an embedded one, started when first asked for and stopped when the JVM ends. One for each JVM; thread-safe.
 */
final class Server {

    /** A {@code jdbc:postgresql://} URL with the user and password of a superuser among its parameters. */
    static final String URL_PROPERTY = "pgbg.test.url";

    private static final String PREFIX = "jdbc:postgresql:";

    private Server() {
    }

    /** The URL for the PostgreSQL driver. */
    static String url() {
        String given = System.getProperty(URL_PROPERTY, "").strip();
        if (given.isEmpty()) {
            return Embedded.URL;
        }
        if (!given.startsWith(PREFIX)) {
            throw new IllegalArgumentException(URL_PROPERTY + " must begin with " + PREFIX);
        }
        return given;
    }

    /**
     * Connects through the PostgreSQL driver, or through one that wraps it.
     *
     * @param wrapper what stands behind {@code jdbc:} in the wrapper's URLs, colon included; empty for none
     */
    static Connection connect(String wrapper) throws SQLException {
        return DriverManager.getConnection("jdbc:" + wrapper + url().substring("jdbc:".length()));
    }

    /**
     * Connects through the driver that is measured.
     *
     * @param parameters each {@code name=value}
     */
    static Connection connectOurs(String... parameters) throws SQLException {
        String url = "jdbc:pgbg:" + url().substring(PREFIX.length());
        String query = String.join("&", parameters);
        return DriverManager.getConnection(query.isEmpty() ? url : url + (url.contains("?") ? "&" : "?") + query);
    }

    /** Started when the class is loaded; the library stops it when the JVM ends. */
    private static final class Embedded {

        static final String URL = start().getJdbcUrl("postgres", "postgres");

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("max_connections", "700")
                        .setOutputRedirector(Redirect.DISCARD)
                        .setErrorRedirector(Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException("The embedded PostgreSQL does not start", e);
            }
        }
    }
}
