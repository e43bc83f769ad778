package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Errors of code stored on the server that calls the functions where they are not, or are not listened to.
 *
 * <p>Pure functions, but for what they make the session look at.
 */
final class StoredCode {

    /** Of core.sql: nobody has listened. */
    private static final String NO_ANSWER = "no driver answers the pg_background functions";

    private StoredCode() {
    }

    /**
     * The error of a statement as the caller is to see it. When it shows that the functions are installed and nobody
     * knew, or that they are not and somebody thought so, the next statement looks.
     */
    static SQLException explain(SQLException error, SessionRelay relay) {
        String state = error.getSQLState();
        if (SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.is(state)
                && String.valueOf(error.getMessage()).contains(NO_ANSWER)) {
            relay.doubt();
        } else if (SQLState.UNDEFINED_FUNCTION.is(state) && relay.usesInstalled()) {
            return explainMissing(error, relay);
        }
        return error;
    }

    private static SQLException explainMissing(SQLException error, SessionRelay relay) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null || !namesOurs(message.getMessage())) {
            return error;
        }
        if (relay.isInstalled()) {
            relay.doubt();
            return error;
        }
        boolean stored = message.getWhere() != null && !message.getWhere().isEmpty();
        if (!stored) {
            return error;
        }
        String hint = message.getHint() == null ? "" : message.getHint() + ' ';
        SQLException explained = ServerError.copyOf(message)
                .hint(hint + "Code on the server can call the pg_background functions when they are installed in the "
                        + "database: CREATE EXTENSION pg_background over jdbc:pgbg:.")
                .cause(error.getCause()).toException(relay.showsDetails());
        explained.setStackTrace(error.getStackTrace());
        return explained;
    }

    private static boolean namesOurs(String message) {
        return message != null && Function.names().stream().anyMatch(message::contains);
    }
}
