package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.JobFailure;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import org.postgresql.util.ServerErrorMessage;

/** Errors of stored code that calls the functions where they are not installed, or not listened to. */
final class StoredCode {

    /** Raised by core.sql when no driver has listened. */
    private static final String NO_ANSWER = "no driver answers the pg_background functions";
    private static final String ADVICE = "Code on the server can call the pg_background functions when they are"
            + " installed in the database: CREATE EXTENSION pg_background over jdbc:pgbg:.";
    private static final String ADVICE_FOR_JOBS =
            "A job cannot call the pg_background functions, except to report its progress.";

    private StoredCode() {
    }

    /**
     * The error of a statement as the caller is to see it. When it shows that what is known of the installation is
     * wrong, the next statement asks the server.
     *
     * @param detailed whether the exception's text may hold details
     */
    static SQLException explain(SQLException error, SessionInstallation installation, boolean detailed) {
        String state = error.getSQLState();
        if (SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.is(state)
                && String.valueOf(error.getMessage()).contains(NO_ANSWER)) {
            installation.doubt();
        } else if (SQLState.DATATYPE_MISMATCH.is(state)) {
            installation.seen().doubt();
        } else if (SQLState.UNDEFINED_FUNCTION.is(state) && installation.isUsed()) {
            return explainMissing(error, installation, detailed);
        }
        return error;
    }

    private static SQLException explainMissing(SQLException error, SessionInstallation installation, boolean detailed) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null || !namesOurs(message.getMessage())) {
            return error;
        }
        if (installation.known() != null) {
            installation.doubt();
            return error;
        }
        String advice = advice(message.getMessage(), message.getWhere() == null ? "" : message.getWhere());
        String hint = message.getHint() == null ? "" : message.getHint() + ' ';
        if (advice == null || hint.contains(advice)) {
            return error;
        }
        SQLException explained = ServerError.copyOf(message).hint(hint + advice)
                .cause(error.getCause()).toException(detailed);
        explained.setStackTrace(error.getStackTrace());
        return explained;
    }

    /**
     * What to do about a function that is missing; null where nothing can be said besides.
     *
     * @param context where the call stands; empty for one in the statement's own text
     */
    private static String advice(String error, String context) {
        if (JobFailure.isOfJob(context) && Function.PROGRESS.sqlNames().stream()
                .noneMatch(name -> error.contains(name.text() + '('))) {
            return ADVICE_FOR_JOBS;
        }
        return context.isEmpty() || JobFailure.isOfJobText(context) ? null : ADVICE;
    }

    private static boolean namesOurs(String message) {
        return message != null && Function.names().stream().anyMatch(message::contains);
    }
}
