package io.pgbg.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/**
 * The PostgreSQL server the tests run against: the one of the system property {@value #URL_PROPERTY}, or else the one
 * that the class of {@value #STARTER_PROPERTY} starts, or else an embedded one; started when first asked for and
 * stopped when the JVM ends. One for all tests of the JVM; thread-safe.
 */
final class TestServer {

    /** A {@code jdbc:postgresql:} URL with the user and password of a superuser among its parameters. */
    static final String URL_PROPERTY = "pgbg.test.url";

    /** The name of a class, a {@code Supplier<String>}, that starts a server and gives such a URL. */
    static final String STARTER_PROPERTY = "pgbg.test.starter";

    private static final String PREFIX = "jdbc:postgresql:";

    private TestServer() {
    }

    /**
     * The URL of a database of this server, with its parameters.
     *
     * @param database the database, or null for the one to administrate from
     */
    static String url(String database) {
        String given = Given.URL;
        if (given.isEmpty()) {
            return Embedded.SERVER.getJdbcUrl("postgres", database == null ? "postgres" : database);
        }
        if (database == null) {
            return given;
        }
        int query = given.indexOf('?');
        String server = query < 0 ? given : given.substring(0, query);
        String parameters = query < 0 ? "" : given.substring(query);
        if (!server.startsWith(PREFIX + "//")) {
            return PREFIX + database + parameters;
        }
        int slash = server.indexOf('/', PREFIX.length() + 2);
        return (slash < 0 ? server : server.substring(0, slash)) + "/" + database + parameters;
    }

    /** Found when the class is loaded. */
    private static final class Given {

        /** Empty where the server is the embedded one. */
        static final String URL = find();

        private static String find() {
            String url = System.getProperty(URL_PROPERTY, "").strip();
            String starter = System.getProperty(STARTER_PROPERTY, "").strip();
            if (url.isEmpty() && !starter.isEmpty()) {
                url = start(starter);
            }
            if (!url.isEmpty() && !url.startsWith(PREFIX)) {
                throw new IllegalArgumentException(URL_PROPERTY + " must begin with " + PREFIX);
            }
            return url;
        }

        private static String start(String starter) {
            try {
                return (String) Class.forName(starter).asSubclass(Supplier.class).getConstructor().newInstance().get();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(STARTER_PROPERTY + " names no class that starts a server", e);
            }
        }
    }

    /** Started when the class is loaded; the library stops it when the JVM ends. */
    private static final class Embedded {

        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("max_connections", "100")
                        .setServerConfig("fsync", "off")
                        .setServerConfig("logging_collector", "on")
                        .setServerConfig("log_directory", "log")
                        .setServerConfig("log_line_prefix", ServerLog.PREFIX)
                        .setServerConfig("log_rotation_age", "0")
                        .setServerConfig("log_rotation_size", "0")
                        .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                        .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException("The embedded PostgreSQL does not start", e);
            }
        }
    }
}
