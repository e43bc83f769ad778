package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.PostgresProperties;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the driver's own connections. Uses pgjdbc directly, so that no other driver and no application's DriverManager
 * is involved. Stateless.
 */
final class Connector {

    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);

    private static final Driver PGJDBC = new Driver();

    /** How a URL begins. */
    private static final String URL = "jdbc:postgresql://";

    /** The server's usual {@code authentication_timeout}, and a little more. */
    private static final long LOGIN_SECONDS = 70;

    /** How often to try where an idle connection was closed, and after which pause. */
    private static final int MOST_ATTEMPTS = 50;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** After so long it is not tried again: a connection pooler without room takes its time to be found out. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** Prepares a new connection for its use. */
    @FunctionalInterface
    interface Preparation<T> {

        T prepare(Connection connection, SendWatch socket) throws SQLException;
    }

    private Connector() {
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
        // a server lets nobody in later than this
        DriverThreads.Timeout patience = DriverThreads.runAfter(LOGIN_SECONDS, TimeUnit.SECONDS, socket::abort);
        try {
            connection = wait.breakable(socket::abort, () -> connect(PGJDBC, properties));
        } finally {
            patience.cancel();
            socket.settle();
        }
        boolean prepared = false;
        try {
            T made = preparation.prepare(connection, socket);
            prepared = true;
            return made;
        } catch (SQLException e) {
            throw ServerError.ofOtherConnection(e);
        } finally {
            if (!prepared) {
                close(connection);
            }
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("a connection that cannot be used did not close in good order: {}", e.getMessage());
        }
    }

    /**
     * Connects, and closes idle connections of the driver's own where the server has no room for another one.
     *
     * @param makeRoom closes an idle connection; false when there is none
     * @param refused what the server refuses, for the error
     */
    static <T> T withRoom(BooleanSupplier makeRoom, String refused, Wait wait, SqlSupplier<T> connecting)
            throws SQLException {
        long start = System.nanoTime();
        boolean closed = false;
        for (int attempt = 1;; attempt++) {
            try {
                return connecting.get();
            } catch (SQLException e) {
                boolean full = SQLState.TOO_MANY_CONNECTIONS.isStateOf(e);
                closed |= full && makeRoom.getAsBoolean();
                boolean late = System.nanoTime() - start > LONGEST_NANOS;
                if (!full || !closed || late || attempt == MOST_ATTEMPTS) {
                    throw explain(e, refused);
                }
                // it takes the server a moment to notice that a connection was closed
                wait.within(PAUSE_NANOS, () -> false, Set.of());
            }
        }
    }

    /**
     * Connects through a driver.
     *
     * @throws SQLException 58000 when connecting fails, or when the driver gives no connection, as JDBC lets it for a
     *     URL that it does not take to be its own
     */
    static Connection connect(java.sql.Driver driver, Properties properties) throws SQLException {
        try {
            Connection connection = driver.connect(url(properties), properties);
            if (connection == null) {
                throw SQLState.UNABLE_TO_CONNECT.exception("The PostgreSQL driver " + driver.getMajorVersion() + '.'
                        + driver.getMinorVersion() + " gives no connection for " + url(properties) + '.');
            }
            return connection;
        } catch (SQLException e) {
            throw ServerError.ofOtherConnection(e);
        }
    }

    /** With all that a URL must have, because older releases of pgjdbc do not look for it among the properties. */
    private static String url(Properties properties) {
        String database = properties.getProperty(PGProperty.PG_DBNAME.getName());
        return URL + PostgresProperties.value(PGProperty.PG_HOST, properties) + ':'
                + PostgresProperties.value(PGProperty.PG_PORT, properties) + '/'
                + (database == null ? "" : URLEncoder.encode(database, StandardCharsets.UTF_8));
    }

    /**
     * Puts a server's refusal of one more connection into the words of the extension; other errors stay as they are.
     *
     * @param refused what the server has refused
     */
    private static SQLException explain(SQLException error, String refused) {
        if (!SQLState.TOO_MANY_CONNECTIONS.isStateOf(error)) {
            return error;
        }
        return ServerError.error(SQLState.INSUFFICIENT_RESOURCES, "could not register background process")
                .detail("The server refused %s: %s", refused, error.getMessage())
                .hint("You may need to increase max_connections, the connection limit of the role, or the size of the"
                        + " connection pooler's pool.")
                .cause(error).toException();
    }
}
