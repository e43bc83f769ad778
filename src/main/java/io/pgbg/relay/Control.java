package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.job.SpareConnections;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.postgresql.core.BaseConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's end of a conversation: the connection that holds the gate of a session and writes the answers. See
 * {@code core.sql} for gate and desk.
 *
 * <p>Used by one thread.
 */
final class Control {

    private static final Logger LOG = LoggerFactory.getLogger(Control.class);

    /** Class of the advisory lock that a function waits for: "pgbg" in ASCII. */
    private static final int GATE = 0x70676267;

    /** Class of the advisory lock that a function holds as long as it asks. */
    private static final int DESK = GATE + 1;

    private static final long FIRST_NUMBER = 0x80000000L;

    /** So many hexadecimal digits of a token are the number of its desk and of its large object. */
    private static final int DIGITS = 7;

    /** So many large objects may have to be tried; functions look no further. */
    private static final int NUMBERS = 8;

    private final SpareConnections source;
    private final BaseConnection connection;
    private final Wire wire;
    private final int launcher;
    private String user;
    private final Set<String> roles = new HashSet<>();
    private boolean broken;

    /**
     * Takes a connection.
     *
     * @param launcher pid of the session's backend
     */
    Control(SpareConnections source, int launcher) throws SQLException {
        this.source = source;
        this.connection = source.take();
        this.wire = new Wire(connection);
        this.launcher = launcher;
    }

    /**
     * Closes the gate of the session: from now on its functions wait.
     *
     * @throws SQLException 0A000 when everybody may read every large object, and with it what is for one role alone
     */
    void attach() throws SQLException {
        user = run("SELECT CASE pg_catalog.current_setting('lo_compat_privileges') WHEN 'off' THEN current_user END,"
                + " pg_catalog.pg_advisory_lock(" + gate() + ")");
        if (user == null) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "pg_background functions cannot be called in other SQL while lo_compat_privileges is on")
                    .hint("A statement that is nothing but the call works.").toException();
        }
    }

    /**
     * Writes an answer, lets the function read it, and removes it. A desk where nobody was found is left locked until
     * the end, which is of no consequence: it was that of one request.
     *
     * @param role who may read it
     * @return whether the function was still there
     */
    boolean answer(String token, String role, String content) throws SQLException {
        int desk = Integer.parseInt(token.substring(0, DIGITS), 16);
        long number = FIRST_NUMBER + desk;
        if (!isRole(role)) {
            LOG.warn("{} - a request in the name of a role that does not exist was left aside", launcher);
            return false;
        }
        for (int i = 0; i < NUMBERS; i++) {
            try {
                return "false".equals(run(message(number + i, desk(desk), role, content)));
            } catch (SQLException e) {
                if (broken) {
                    throw e;
                }
                run("ROLLBACK");
                if (!SQLState.UNIQUE_VIOLATION.is(e.getSQLState())) {
                    LOG.warn("{} - a request could not be answered: {}", launcher, e.getMessage());
                    removeIfThere(number + i, token);
                    return false;
                }
            }
        }
        LOG.warn("{} - a request could not be answered: {} large objects are somebody else's", launcher, NUMBERS);
        return false;
    }

    /** What GRANT takes for something else than a role, and names that it would cut, are none. */
    private boolean isRole(String role) throws SQLException {
        if (role.equals(user) || roles.contains(role)) {
            return true;
        }
        return "1".equals(run("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = " + literal(role)
                + " AND rolname NOT IN ('public', 'none')")) && roles.add(role);
    }

    /** An answer that was written, but perhaps not removed. */
    private void removeIfThere(long number, String token) throws SQLException {
        run("SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = " + number
                + " AND pg_catalog.encode(pg_catalog.lo_get(oid, 0, 100), 'escape') LIKE '%" + token + "%'");
    }

    /** All in one message: the server goes through with it even if this process dies. */
    private String message(long number, String desk, String role, String content) {
        String grant = role.equals(user) ? ""
                : "GRANT SELECT, UPDATE ON LARGE OBJECT " + number + " TO \"" + role.replace("\"", "\"\"") + "\";";
        return "BEGIN; SELECT pg_catalog.lo_from_bytea(" + number + ", pg_catalog.convert_to(" + literal(content)
                + ", 'UTF8'));" + grant + "COMMIT; BEGIN;"
                // one after the other, and nothing in between; who gets the desk at once has found nobody there
                + "SELECT pg_catalog.set_config('pgbg.gone', pg_catalog.pg_try_advisory_lock(" + desk
                + ")::pg_catalog.text, false), pg_catalog.pg_advisory_unlock(" + gate()
                + "), pg_catalog.pg_advisory_lock(" + desk + "), pg_catalog.lo_unlink(" + number + "); COMMIT;"
                // the answer is gone, whoever has the gate now
                + "SELECT pg_catalog.current_setting('pgbg.gone'), pg_catalog.pg_advisory_lock(" + gate()
                + "), pg_catalog.pg_advisory_unlock(" + desk + ")";
    }

    private String gate() {
        return GATE + ", " + launcher;
    }

    private static String desk(int number) {
        return DESK + ", " + number;
    }

    private static String literal(String text) {
        String doubled = text.replace("'", "''");
        return doubled.indexOf('\\') < 0 ? '\'' + doubled + '\'' : " E'" + doubled.replace("\\", "\\\\") + '\'';
    }

    /** Asks the server something, in the time between two answers. */
    String run(String sql) throws SQLException {
        try {
            Wire.Answer answer = wire.run(sql, notice -> { });
            return answer.rows() == null || answer.rows().size() == 0 ? null : answer.rows().firstColumn().get(0);
        } catch (SQLException e) {
            broken |= SQLState.isConnectionError(e.getSQLState());
            throw e;
        }
    }

    /** Opens the gate and gives the connection back. */
    void close() {
        try {
            if (!broken) {
                run("SELECT pg_catalog.pg_advisory_unlock_all()");
            }
        } catch (SQLException e) {
            LOG.debug("{} - relay connection is given up: {}", launcher, e.getMessage());
        }
        if (broken) {
            SpareConnections.close(connection);
        } else {
            source.giveBack(connection);
        }
    }
}
