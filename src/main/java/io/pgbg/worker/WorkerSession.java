package io.pgbg.worker;

import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.postgresql.PGStatement;

/**
 * The session of a worker: its state after a reset, and what has to be set to bring it into a launcher's state.
 *
 * <p>Used by one thread at a time.
 */
final class WorkerSession {

    /** Tells functions on the server that a job calls them. */
    private static final String MARK = "pg_catalog.set_config('pgbg.worker', 'on', false)";

    /** A job does not end because its client has died. */
    private static final String UNCHECKED =
            ", pg_catalog.set_config('client_connection_check_interval', '0', false)";

    /** The version of the server that introduced this setting. */
    private static final int CHECKED_CLIENTS = 140_000;

    private static final String DISCARD = "DISCARD ALL";

    private static final String NO_ROLE = "none";

    /**
     * Names and values are parameters, because settings may be secrets, which neither the log nor another session is to
     * see.
     */
    private static final String TAKE = """
            SELECT pg_catalog.set_config(s.n, s.v, false)
            FROM ROWS FROM (pg_catalog.unnest(?::pg_catalog.text[]), pg_catalog.unnest(?::pg_catalog.text[])) AS s(n, v)
            WHERE pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ?
              AND (pg_catalog.current_setting(s.n, true) OPERATOR(pg_catalog.=) s.v) IS NOT TRUE""";

    /** When a server process has begun, which together with its pid tells it from all others. */
    private static final String STARTED = LoginStamp.micros("a.backend_start");

    private static final String SIGNAL = "SELECT pg_catalog.%s(a.pid)"
            + " FROM pg_catalog.pg_stat_get_activity(?) AS a WHERE " + STARTED + " OPERATOR(pg_catalog.=) ?";

    private final Wire wire;
    private final int pid;
    private final long startedMicros;
    /** The state after a reset. */
    private final SessionState fresh;
    private final TextSettings freshTexts;
    private final long configuredMicros;
    /** The launcher's state that was compared last, and what differs from the fresh one. */
    private SessionState compared;
    private String[] changedNames;
    private String[] changedValues;
    /** The custom settings that were set here. The server keeps their names for good, with empty values. */
    private final Set<String> customSettings = new HashSet<>();

    /**
     * Reads the settings as they are after each reset. The server does nothing at all if the connection leads to
     * another process than the wire knows.
     *
     * @throws Poolers.Found if it does
     */
    WorkerSession(Wire wire, SettingNames names) throws SQLException {
        this.wire = wire;
        this.pid = wire.pid();
        if (wire.isPooled()) {
            // what a client before has left, where the pooler does not reset its sessions
            wire.run(DISCARD, notice -> { });
        }
        String sql = Poolers.unlessProcess(pid) + "; RESET ALL; SELECT session_user, "
                // the server has looked for a new configuration just before it began with the statement
                + "pg_catalog.current_setting('role'), " + LoginStamp.micros("pg_catalog.statement_timestamp()") + ", "
                + "(SELECT " + STARTED + " FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a), "
                + MARK + ", " + TextSettings.SQL + ", " + names.valuesSql() + unchecked();
        try (Statement statement = wire.jdbc().createStatement()) {
            // unnamed, because the process may be somebody else's
            statement.unwrap(PGStatement.class).setPrepareThreshold(0);
            statement.execute(sql);
            statement.getMoreResults();
            statement.getMoreResults();
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                String user = row.getString(1);
                fresh = new SessionState(names.named(row, 7), user, row.getString(2), user);
                freshTexts = texts((String[]) row.getArray(6).getArray());
                configuredMicros = row.getLong(3);
                startedMicros = row.getLong(4);
            }
        } catch (SQLException e) {
            throw Poolers.explain(e);
        }
        wire.learnPid(pid);
    }

    private static TextSettings texts(String[] values) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            settings.put(TextSettings.NAMES.get(i), values[i]);
        }
        return new TextSettings(settings);
    }

    int pid() {
        return pid;
    }

    /**
     * Has the server do something to the session's own process.
     *
     * @param function of the pid, which returns whether it was done
     * @param via another connection of the same login
     * @return false when the process is gone; another one may have its pid since
     */
    boolean signal(String function, Connection via) throws SQLException {
        try (PreparedStatement ask = via.prepareStatement(String.format(SIGNAL, function))) {
            ask.setInt(1, pid);
            ask.setLong(2, startedMicros);
            try (ResultSet row = ask.executeQuery()) {
                return row.next();
            }
        }
    }

    /** How the session writes values in the state that was compared last. */
    TextSettings texts() {
        return compared == null ? freshTexts : freshTexts.with(compared.settings());
    }

    /** A time by the server's clock: the session knows every configuration that was loaded before. */
    long configuredMicros() {
        return configuredMicros;
    }

    /** Whether a launcher in this state would find no custom setting here that it does not know. */
    boolean suits(SessionState state) {
        return state.settings().keySet().containsAll(customSettings);
    }

    /** Remembers the names of custom settings that the text of a job sets. */
    void remember(Set<String> customNames) {
        customSettings.addAll(customNames);
    }

    /**
     * Finds out what has to be set to get into a launcher's state. A launcher gives the same object as long as its
     * session does not change.
     *
     * @return whether {@link #change()} is necessary
     */
    boolean differsFrom(SessionState state) {
        if (state != compared) {
            Map<String, String> changes = fresh.changesTo(state);
            changes.keySet().stream().filter(name -> name.indexOf('.') > 0).forEach(customSettings::add);
            changedNames = changes.keySet().toArray(String[]::new);
            changedValues = changes.values().toArray(String[]::new);
            compared = state;
        }
        return changedNames.length > 0;
    }

    /** Brings the session into the state that was compared last. */
    void change() throws SQLException {
        try (PreparedStatement set = wire.jdbc().prepareStatement(TAKE)) {
            // unnamed, because a job may look at the session's prepared statements
            set.unwrap(PGStatement.class).setPrepareThreshold(0);
            set.setArray(1, wire.jdbc().createArrayOf("text", changedNames));
            set.setArray(2, wire.jdbc().createArrayOf("text", changedValues));
            set.setInt(3, pid);
            set.execute();
        }
    }

    /**
     * Whether a reset brings back the fresh state: some releases of the server forget a login's own role (ALTER ROLE ..
     * SET role) in DISCARD ALL.
     */
    boolean isResettable() {
        return NO_ROLE.equals(fresh.role());
    }

    /** Leaves nothing of the driver's or of a launcher's in the session. */
    void discard() throws SQLException {
        rollBack();
        wire.run(DISCARD, notice -> { });
    }

    private void rollBack() throws SQLException {
        if (wire.inTransaction()) {
            wire.run("ROLLBACK", notice -> { });
        }
    }

    private String unchecked() {
        return wire.serverVersion() < CHECKED_CLIENTS ? "" : UNCHECKED;
    }

    /** Brings the session back into the fresh state. */
    void reset() throws SQLException {
        rollBack();
        wire.runTopLevel(DISCARD, "SELECT " + MARK + unchecked());
    }
}
