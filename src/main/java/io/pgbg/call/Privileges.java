package io.pgbg.call;

import io.pgbg.function.Function;
import io.pgbg.relay.Installation;
import io.pgbg.wire.ServerError;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;

/**
 * Granting and revoking the functions. While the server does not know them every role that can connect may call them,
 * and the answers say so; where they are installed the server does it.
 */
final class Privileges {

    private Privileges() {
    }

    /** Has the installed function do it. */
    static boolean onServer(CallContext context, Installation installation, Function function, String role,
            String printCommands) throws SQLException {
        try (PreparedStatement statement = context.session().connection().prepareStatement(
                "SELECT " + installation.schema() + '.' + function.sqlName()
                        // a function of another role with the types of the parameters would be the better match
                        + "(?::pg_catalog.text, ?::pg_catalog.bool)")) {
            statement.setString(1, role);
            statement.setBoolean(2, Boolean.parseBoolean(printCommands));
            return isTrue(context, statement);
        }
    }

    /** True, because the role may call the functions; false with a notice when there is no such role. */
    static boolean grant(CallContext context, String role) throws SQLException {
        if (!exists(context, role)) {
            context.warn(noSuchRole("granting", role));
            return false;
        }
        context.warn(ServerError.notice("nothing was granted to " + role + ": the driver answers the pg_background "
                + "functions itself, and every role that can connect may call them").toWarning());
        return true;
    }

    /** False, because the role may call the functions still. */
    static boolean revoke(CallContext context, String role) throws SQLException {
        if (!exists(context, role)) {
            context.warn(noSuchRole("revoking", role));
            return false;
        }
        context.warn(ServerError.warning("nothing was revoked from " + role + ": the driver answers the "
                + "pg_background functions itself, and every role that can connect may call them").toWarning());
        return false;
    }

    private static SQLWarning noSuchRole(String doing, String role) {
        return ServerError.notice(String.format("Error %s pg_background privileges %s %s: role \"%3$s\" does not exist",
                doing, "granting".equals(doing) ? "to" : "from", role)).toWarning();
    }

    private static boolean exists(CallContext context, String role) throws SQLException {
        try (PreparedStatement statement = context.session().connection()
                .prepareStatement("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles "
                        + "WHERE rolname::pg_catalog.text OPERATOR(pg_catalog.=) ?::pg_catalog.text)")) {
            statement.setString(1, role);
            return isTrue(context, statement);
        }
    }

    private static boolean isTrue(CallContext context, PreparedStatement statement) throws SQLException {
        return context.on(statement, () -> {
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        });
    }
}
