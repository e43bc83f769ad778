package io.pgbg.benchmark;

import io.pgbg.PgbgDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database for one benchmark, made for it and dropped with it: whether the functions are installed there is not left
 * to whose server it is.
 */
final class OwnDatabase implements AutoCloseable {

    private static final String NAME = "pgbg_benchmark";

    /** Makes it, in place of what an interrupted run has left. */
    OwnDatabase() throws SQLException {
        drop();
        try (Connection connection = Server.connect(""); Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + NAME);
        }
    }

    /** Connects to it through the PostgreSQL driver. */
    Connection connect() throws SQLException {
        return connect(new PGSimpleDataSource());
    }

    /** Connects to it through the driver that is measured. */
    Connection connectOurs() throws SQLException {
        return connect(new PgbgDataSource());
    }

    private static Connection connect(PGSimpleDataSource dataSource) throws SQLException {
        dataSource.setUrl(Server.url());
        dataSource.setDatabaseName(NAME);
        return dataSource.getConnection();
    }

    /** Installs the functions there, as a user does. */
    void install() throws SQLException {
        try (Connection connection = connectOurs(); Statement statement = connection.createStatement()) {
            statement.execute("CREATE EXTENSION pg_background");
        }
    }

    /** Drops it. */
    @Override
    public void close() throws SQLException {
        drop();
    }

    private static void drop() throws SQLException {
        try (Connection connection = Server.connect(""); Statement statement = connection.createStatement()) {
            // workers that are kept warm; the server waits until they are gone
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + NAME + "'");
            statement.execute("DROP DATABASE IF EXISTS " + NAME);
        }
    }
}
