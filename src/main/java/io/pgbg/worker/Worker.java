package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;
import org.postgresql.PGStatement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background connection. It runs one job at a time and belongs to the job until it is released.
 *
 * <p>Used by one thread at a time, but for {@link #cancel()}.
 */
public final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** Directly, so that no other driver and no application's DriverManager has a say. */
    private static final Driver PGJDBC = new Driver();

    /** An URL that leaves everything to the properties. */
    private static final String URL = "jdbc:postgresql://";

    /** Tells functions on the server that they are called by a job. */
    private static final String MARK = "pg_catalog.set_config('pgbg.worker', 'on', false)";

    private static final String NO_ROLE = "none";

    /** Names and values are parameters: settings may be secrets, which neither a log nor another session is to see. */
    private static final String TAKE = """
            SELECT pg_catalog.set_config(s.n, s.v, false)
            FROM ROWS FROM (pg_catalog.unnest(?::pg_catalog.text[]), pg_catalog.unnest(?::pg_catalog.text[])) AS s(n, v)
            WHERE (pg_catalog.current_setting(s.n, true) OPERATOR(pg_catalog.=) s.v) IS NOT TRUE""";

    /** After so long a pause a connection is tried before it is trusted with a job. */
    private static final long TRUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long an idle worker has to show that it is there. */
    private static final long PATIENCE_SECONDS = 2;

    private final Wire wire;
    private final SendWatch sendWatch;
    private final int pid;
    private final SettingNames names;
    /** When it was about to connect. */
    private final long connectedNanos;
    /** The stamp that the launcher had seen for which it was connected: it is at least so new. */
    private final String stamp;
    /** The session after a reset. */
    private SessionState fresh;
    /** By the server's clock; the session knows every configuration that was loaded before. */
    private long readMicros;
    /** The launcher's state that was taken on last, and what had to be set for it. */
    private SessionState taken;
    private String[] takenNames;
    private String[] takenValues;
    /** The custom settings that were set here. The server keeps their names, with empty values, for good. */
    private final Set<String> customSettings = new HashSet<>();
    private volatile boolean cancelSent;
    private boolean warm;
    private boolean beyondLimit;
    private long resetAt;
    private long idleSince;

    private Worker(Connection connection, SettingNames names, SendWatch sendWatch, long connectedNanos,
            String stamp) throws SQLException {
        this.sendWatch = sendWatch;
        this.connectedNanos = connectedNanos;
        this.stamp = stamp;
        this.wire = new Wire(connection);
        this.names = names;
        this.pid = readSession();
    }

    /**
     * Connects on the calling thread, where credentials plug-ins and Kerberos subjects expect it.
     *
     * @param freshness what the launcher for whom it is has seen
     * @param wait ends the connecting
     */
    static Worker open(WorkerSource source, SettingNames names, Freshness freshness, Wait wait) throws SQLException {
        long connectedNanos = System.nanoTime();
        Properties properties = new Properties();
        properties.putAll(source.properties());
        SendWatch sendWatch = SendWatch.of(properties);
        Connection connection;
        try {
            connection = wait.breakable(sendWatch::abort, () -> PGJDBC.connect(URL, properties));
        } finally {
            sendWatch.settle();
        }
        try {
            Worker worker = wait.breakable(sendWatch::abort, () -> new Worker(connection, names,
                    sendWatch, connectedNanos, freshness.stamp()));
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
    public void onceSent(Runnable told) {
        sendWatch.onceSent(told);
    }

    /**
     * Asks for the settings as they are after each {@link #reset()}, and for the backend's own word for its pid, which
     * a connection pooler in between would get wrong.
     */
    private int readSession() throws SQLException {
        String sql = "RESET ALL; SELECT pg_catalog.pg_backend_pid(), session_user, "
                // the server has looked for a new configuration just before it began with the statement
                + "pg_catalog.current_setting('role'), " + LoginStamp.micros("pg_catalog.statement_timestamp()") + ", "
                + MARK + ", " + names.valuesSql();
        try (Statement statement = wire.jdbc().createStatement()) {
            statement.execute(sql);
            statement.getMoreResults();
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                String user = row.getString(2);
                fresh = new SessionState(names.named(row, 6), user, row.getString(3), user);
                readMicros = row.getLong(4);
                return row.getInt(1);
            }
        }
    }

    /** Whether a new connection might begin otherwise, as far as a launcher can tell. */
    boolean isOutdated(Freshness freshness) {
        return freshness.outdates(readMicros, stamp, connectedNanos);
    }

    public int pid() {
        return pid;
    }

    public Wire wire() {
        return wire;
    }

    /**
     * Brings the session into the launcher's state.
     *
     * @param wait ends it
     * @throws SQLException the server's, when a setting or the role cannot be taken on; then no job may run here
     */
    void take(SessionState state, Wait wait) throws SQLException {
        if (state != taken) {
            compare(state);
        }
        if (takenNames.length > 0) {
            wait.breakable(sendWatch::abort, () -> {
                set();
                return null;
            });
        }
    }

    private void set() throws SQLException {
        try (PreparedStatement set = wire.jdbc().prepareStatement(TAKE)) {
            // unnamed: a job may look for prepared statements
            set.unwrap(PGStatement.class).setPrepareThreshold(0);
            set.setArray(1, wire.jdbc().createArrayOf("text", takenNames));
            set.setArray(2, wire.jdbc().createArrayOf("text", takenValues));
            set.execute();
        }
    }

    /** Finds out what is to be set; a launcher gives the same state as long as its session does not change. */
    private void compare(SessionState state) {
        Map<String, String> changes = fresh.changesTo(state);
        changes.keySet().stream().filter(name -> name.indexOf('.') > 0).forEach(customSettings::add);
        takenNames = changes.keySet().toArray(String[]::new);
        takenValues = changes.values().toArray(String[]::new);
        taken = state;
    }

    /** From now on this worker is not used again: a cancel request may be late. */
    public void markCancelled() {
        cancelSent = true;
    }

    /** Asks the server to cancel what runs here; only after {@link #markCancelled()}. */
    public void cancel() throws SQLException {
        wire.cancel();
    }

    /** Makes the session new again. */
    public boolean reset() {
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
            resetAt = System.nanoTime();
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
    public void remember(Set<String> customNames) {
        customSettings.addAll(customNames);
    }

    /** It is one more than there may be, and serves one job only. */
    void markBeyondLimit() {
        beyondLimit = true;
    }

    public boolean isBeyondLimit() {
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
        if (System.nanoTime() - resetAt < TRUSTED_NANOS) {
            return true;
        }
        // a server that is there answers at once; a network may be silent
        DriverThreads.Timeout patience = DriverThreads.runAfter(PATIENCE_SECONDS, TimeUnit.SECONDS, sendWatch::abort);
        try {
            wire.run("", notice -> { });
            return true;
        } catch (SQLException e) {
            LOG.debug("{} - worker was lost while idle: {}", pid, e.getMessage());
            return false;
        } finally {
            patience.cancel();
        }
    }

    /** It has no job from now on. */
    void rest() {
        idleSince = System.nanoTime();
    }

    long idleNanos() {
        return System.nanoTime() - idleSince;
    }

    private boolean isClosed() {
        try {
            return wire.isClosed();
        } catch (SQLException e) {
            LOG.debug("{} - worker is in doubt and given up: {}", pid, e.getMessage());
            return true;
        }
    }

    void close() {
        try {
            wire.jdbc().close();
            LOG.debug("{} - worker closed", pid);
        } catch (SQLException e) {
            LOG.debug("{} - worker did not close in good order: {}", pid, e.getMessage());
        }
    }

    /** Whether an error says that the server or the way to it is gone. */
    public boolean isLost(SQLException error) {
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
