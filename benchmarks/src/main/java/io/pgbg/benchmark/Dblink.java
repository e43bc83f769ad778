package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.postgresql.Driver;

/** A session with a second one behind it that dblink keeps open under a name. */
@State(Scope.Benchmark)
public class Dblink {

    private static final String NAME = "background";

    private Connection connection;
    private PreparedStatement send;

    /** Whether the server has the extension, installed or not. */
    static boolean isAvailable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'dblink')")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Setup(Level.Trial)
    public void open() throws SQLException {
        connection = Server.connect("");
        if (!isAvailable(connection)) {
            throw new IllegalStateException("The server has no extension dblink");
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE EXTENSION IF NOT EXISTS dblink");
        }
        try (PreparedStatement connect = connection.prepareStatement("SELECT dblink_connect('" + NAME + "', ?)")) {
            connect.setString(1, target());
            connect.execute();
        }
        send = connection.prepareStatement("SELECT dblink_send_query('" + NAME + "', ?)");
    }

    /** The server and the database that dblink connects to, as it wants them: those of this session. */
    String target() throws SQLException {
        try (PreparedStatement target = connection.prepareStatement(
                "SELECT format('host=%s port=%s dbname=%L user=%L password=%L', host(inet_server_addr()), "
                + "inet_server_port(), current_database(), session_user, ?::text)")) {
            target.setString(1, password());
            try (ResultSet row = target.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static String password() {
        Properties properties = Driver.parseURL(Server.url(), new Properties());
        return properties == null ? "" : properties.getProperty("password", "");
    }

    @TearDown(Level.Trial)
    public void close() throws SQLException {
        connection.close();
    }

    /** Starts a query in the session behind. */
    void send(String sql) throws SQLException {
        send.setString(1, sql);
        send.execute();
    }

    /**
     * Prepares what fetches the result, which has to be executed until there are no rows.
     *
     * @param columns the column definition list
     */
    PreparedStatement prepareResult(String columns) throws SQLException {
        return connection.prepareStatement("SELECT * FROM dblink_get_result('" + NAME + "') AS t (" + columns + ")");
    }
}
