package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.Rows;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.wire.Wire;
import java.sql.SQLException;

/**
 * What is known of the server, the database and the login of a pool, and does not change. Each is asked for once.
 *
 * <p>Thread-safe: who is too early asks as well.
 */
public final class ServerFacts {

    private static final String SYSTEM = "SELECT s.system_identifier FROM pg_catalog.pg_control_system() AS s";

    private volatile SettingNames settingNames;
    private volatile String system;

    ServerFacts() {
    }

    /** The names of the settings that a session may change. */
    public SettingNames settingNames(Wire launcher) throws SQLException {
        SettingNames names = settingNames;
        if (names == null) {
            names = SettingNames.read(launcher);
            settingNames = names;
        }
        return names;
    }

    /**
     * What tells the server's data from that of other servers, but not from copies; empty if that may not be asked
     * for.
     */
    String system(SqlSupplier<String> asking) throws SQLException {
        String known = system;
        if (known == null) {
            known = asking.get();
            system = known;
        }
        return known;
    }

    /** Asks a server for {@link #system}. */
    static String askSystem(SqlFunction<String, Rows> asking) throws SQLException {
        try {
            return asking.apply(SYSTEM).text(0, 0);
        } catch (SQLException e) {
            if (SQLState.INSUFFICIENT_PRIVILEGE.isStateOf(e)) {
                return "";
            }
            throw e;
        }
    }
}
