package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;

/**
 * Makes the driver's own connections. Uses pgjdbc directly, so that no other driver and no application's DriverManager
 * is involved. Stateless.
 */
final class Connector {

    private static final Driver PGJDBC = new Driver();

    /** A URL that leaves everything to the properties. */
    private static final String URL = "jdbc:postgresql://";

    /** Prepares a new connection for its use. */
    @FunctionalInterface
    interface Preparation<T> {

        T prepare(Connection connection, SendWatch socket) throws SQLException;
    }

    private Connector() {
    }

    static Connection connect(Properties properties) throws SQLException {
        return PGJDBC.connect(URL, properties);
    }

    /**
     * Connects on the calling thread, where credentials plug-ins and Kerberos subjects expect it.
     *
     * @param properties changed, so that the socket can be watched
     * @param wait ends the connecting
     * @param preparation makes of the connection what is returned; when it fails the connection is closed
     */
    static <T> T open(Properties properties, Wait wait, Preparation<T> preparation) throws SQLException {
        SendWatch socket = SendWatch.of(properties);
        Connection connection;
        try {
            connection = wait.breakable(socket::abort, () -> connect(properties));
        } finally {
            socket.settle();
        }
        try {
            return preparation.prepare(connection, socket);
        } catch (SQLException | RuntimeException | Error e) {
            try {
                connection.close();
            } catch (SQLException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /**
     * Puts a server's refusal of one more connection into the words of the extension; other errors stay as they are.
     *
     * @param refused what the server has refused
     */
    static SQLException explain(SQLException error, String refused) {
        if (!SQLState.TOO_MANY_CONNECTIONS.isStateOf(error)) {
            return error;
        }
        return ServerError.error(SQLState.INSUFFICIENT_RESOURCES, "could not register background process")
                .detail("The server refused %s: %s", refused, error.getMessage())
                .hint("You may need to increase max_connections or the connection limit of the role.")
                .cause(error).toException();
    }
}
