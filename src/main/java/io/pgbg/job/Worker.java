package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;
import org.postgresql.core.BaseConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background connection. It runs one job at a time and belongs to the job until it is released.
 *
 * <p>Used by one thread at a time, but for {@link #cancel()}.
 */
final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** Directly, so that no other driver and no application's DriverManager has a say. */
    private static final Driver PGJDBC = new Driver();

    /** An URL that leaves everything to the properties. */
    private static final String URL = "jdbc:postgresql://";

    /** Tells functions on the server that they are called by a job. */
    private static final String MARK = "pg_catalog.set_config('pgbg.worker', 'on', false)";

    private static final String NO_ROLE = "none";

    /** After so long a pause a connection is tried before it is trusted with a job. */
    private static final long TRUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final BaseConnection connection;
    private final Wire wire;
    private final SendWatch sendWatch;
    private final int pid;
    private final SettingNames names;
    /** The session after a reset. */
    private SessionState fresh;
    /** When a launcher had read the configuration for which {@link #fresh} holds. */
    private String configured;
    /** The custom settings that were set here. The server keeps their names, with empty values, for good. */
    private final Set<String> customSettings = new HashSet<>();
    private volatile boolean cancelSent;
    private boolean warm;
    private boolean beyondLimit;
    private long idleSince;

    private Worker(BaseConnection connection, SettingNames names, SendWatch sendWatch) throws SQLException {
        this.connection = connection;
        this.sendWatch = sendWatch;
        this.wire = new Wire(connection);
        this.names = names;
        this.pid = readSession();
        this.configured = fresh.configured();
    }

    /** Connects on the calling thread, where credentials plug-ins and Kerberos subjects expect it. */
    static Worker open(WorkerSource source, SettingNames names) throws SQLException {
        Properties properties = new Properties();
        properties.putAll(source.properties());
        SendWatch sendWatch = SendWatch.of(properties);
        Connection connection;
        try {
            connection = PGJDBC.connect(URL, properties);
        } finally {
            sendWatch.settle();
        }
        try {
            Worker worker = new Worker((BaseConnection) connection, names, sendWatch);
            LOG.debug("{} - worker opened to {}", worker.pid, source);
            return worker;
        } catch (SQLException | RuntimeException e) {
            closeAfter(e, connection);
            throw e;
        }
    }

    static Connection connect(Properties properties) throws SQLException {
        return PGJDBC.connect(URL, properties);
    }

    /** Asks to be told when what is sent next has left for the server. */
    void onceSent(Runnable told) {
        sendWatch.onceSent(told);
    }

    /**
     * Asks for the settings as they are after each {@link #reset()}, and for the backend's own word for its pid, which
     * a connection pooler in between would get wrong.
     */
    private int readSession() throws SQLException {
        String sql = "RESET ALL; SELECT pg_catalog.pg_backend_pid(), session_user, "
                + "pg_catalog.current_setting('role'), pg_catalog.pg_conf_load_time()::pg_catalog.text, "
                + MARK + ", " + names.valuesSql();
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            statement.getMoreResults();
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                String user = row.getString(2);
                fresh = new SessionState(names.named(row, 6), user, row.getString(3), user, row.getString(4));
                return row.getInt(1);
            }
        }
    }

    int pid() {
        return pid;
    }

    Wire wire() {
        return wire;
    }

    /** The pgjdbc connection, for result sets that read from it. */
    BaseConnection connection() {
        return connection;
    }

    /**
     * Brings the session into the launcher's state.
     *
     * @throws SQLException the server's, when a setting or the role cannot be taken on; then no job may run here
     */
    void take(SessionState state) throws SQLException {
        if (!configured.equals(state.configured())) {
            // the configuration was loaded again since: what a reset gives now is not what it gave
            readSession();
            configured = state.configured();
        }
        Map<String, String> changes = fresh.changesTo(state);
        if (changes.isEmpty()) {
            return;
        }
        StringJoiner rows = new StringJoiner(", ", "(VALUES ", ")");
        for (Map.Entry<String, String> change : changes.entrySet()) {
            if (change.getKey().indexOf('.') > 0) {
                customSettings.add(change.getKey());
            }
            rows.add("(" + literal(change.getKey()) + ", " + literal(change.getValue()) + ")");
        }
        wire.run("SELECT pg_catalog.set_config(s.n, s.v, false) FROM " + rows + " AS s(n, v)"
                + " WHERE pg_catalog.current_setting(s.n, true) IS DISTINCT FROM s.v", notice -> { });
    }

    private static String literal(String text) {
        String doubled = text.replace("'", "''");
        return doubled.indexOf('\\') < 0 ? '\'' + doubled + '\'' : "E'" + doubled.replace("\\", "\\\\") + '\'';
    }

    /** From now on this worker is not used again: a cancel request may be late. */
    void markCancelled() {
        cancelSent = true;
    }

    /** Asks the server to cancel what runs here; only after {@link #markCancelled()}. */
    void cancel() throws SQLException {
        wire.cancel();
    }

    /** Makes the session new again. */
    boolean reset() {
        // some releases of the server forget a login's own role (ALTER ROLE .. SET role) in DISCARD ALL
        if (cancelSent || isClosed() || !NO_ROLE.equals(fresh.role())) {
            return false;
        }
        try {
            if (wire.inTransaction()) {
                wire.run("ROLLBACK", notice -> { });
            }
            wire.run("DISCARD ALL", notice -> { });
            wire.run("SELECT " + MARK, notice -> { });
            warm = true;
            idleSince = System.nanoTime();
            return true;
        } catch (SQLException e) {
            LOG.debug("{} - worker cannot be used again: {}", pid, e.getMessage());
            return false;
        }
    }

    /** Whether a launcher in this state would find nothing here that it has not set itself. */
    boolean suits(SessionState state) {
        return state.settings().keySet().containsAll(customSettings);
    }

    /** The names of custom settings that the text of a job sets. */
    void remember(Set<String> customNames) {
        customSettings.addAll(customNames);
    }

    /** It is one more than there may be, and serves one job only. */
    void markBeyondLimit() {
        beyondLimit = true;
    }

    boolean isBeyondLimit() {
        return beyondLimit;
    }

    /** Whether this worker was kept from an earlier job; it may have died since without a word. */
    boolean isWarm() {
        return warm;
    }

    /** Whether the server is still there. */
    boolean isAlive() {
        if (isClosed()) {
            return false;
        }
        if (idleNanos() < TRUSTED_NANOS) {
            return true;
        }
        try {
            wire.run("", notice -> { });
            return true;
        } catch (SQLException e) {
            LOG.debug("{} - worker was lost while idle: {}", pid, e.getMessage());
            return false;
        }
    }

    long idleNanos() {
        return System.nanoTime() - idleSince;
    }

    private boolean isClosed() {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            LOG.debug("{} - worker is in doubt and given up: {}", pid, e.getMessage());
            return true;
        }
    }

    void close() {
        try {
            connection.close();
            LOG.debug("{} - worker closed", pid);
        } catch (SQLException e) {
            LOG.debug("{} - worker did not close in good order: {}", pid, e.getMessage());
        }
    }

    /** Whether an error says that the server or the way to it is gone. */
    boolean isLost(SQLException error) {
        return SQLState.isConnectionError(error.getSQLState());
    }

    private static void closeAfter(Exception failure, Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }
}
