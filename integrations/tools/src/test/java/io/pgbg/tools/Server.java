package io.pgbg.tools;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** One PostgreSQL for all classes, which ends with the JVM, and a database for each of them. */
final class Server {

    static final String USER = "postgres";

    private static final EmbeddedPostgres POSTGRES = start();

    private Server() {
    }

    private static EmbeddedPostgres start() {
        try {
            return EmbeddedPostgres.builder().setOutputRedirector(Redirect.DISCARD)
                    .setErrorRedirector(Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the database and executes the statements in it; gives what stands behind {@code jdbc:pgbg:} in its URL. */
    static String database(String name, String... statements) {
        try {
            execute(USER, "CREATE DATABASE " + name);
            execute(name, statements);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return "//localhost:" + POSTGRES.getPort() + "/" + name;
    }

    /** Executes statements as somebody does who has only the driver of PostgreSQL. */
    static void execute(String database, String... statements) throws SQLException {
        try (Connection connection = POSTGRES.getDatabase(USER, database).getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The one value of a query, as somebody sees it who has only the driver of PostgreSQL. */
    static String answer(String database, String sql) throws SQLException {
        try (Connection connection = POSTGRES.getDatabase(USER, database).getConnection();
                Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
