package io.pgbg.spring.boot;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** New databases, on one server for all tests. Not thread-safe. */
final class Databases {

    private static EmbeddedPostgres server;
    private static int count;

    private Databases() {
    }

    /** The URL of a new database, without the prefix, but with the user. */
    static String create() {
        String name = "d" + count++;
        try {
            if (server == null) {
                // it ends with the JVM
                server = EmbeddedPostgres.builder().setOutputRedirector(Redirect.DISCARD)
                        .setErrorRedirector(Redirect.DISCARD).start();
            }
            try (Connection connection = server.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return "//localhost:" + server.getPort() + "/" + name + "?user=postgres";
    }
}
