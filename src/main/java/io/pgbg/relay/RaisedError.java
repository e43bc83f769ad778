package io.pgbg.relay;

import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.postgresql.util.ServerErrorMessage;

/** Makes an error that a function on the server has raised look as if the function were one of the server's own. */
final class RaisedError {

    /** Lines of a context that show how the functions work, in any language. */
    private static final Pattern INNER = Pattern.compile("pg_background_(relay|raise|call|fit)\\b"
            + "|^PL/pgSQL.*\\bpg_background_\\w+\\(|^SQL.*FROM \\(SELECT pg_catalog\\.unnest\\(\\(a\\[1]\\)");

    private RaisedError() {
    }

    /**
     * The error for the caller.
     *
     * @param error the server's
     * @param raised the error that a function was told last to raise, or null
     * @param detailed whether the exception's text may hold details
     */
    static SQLException explain(SQLException error, SQLException raised, boolean detailed) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null) {
            return error;
        }
        String context = message.getWhere();
        String outer = outerLines(context);
        ServerErrorMessage known = raised == null ? null : ServerError.messageOf(raised);
        boolean same = known != null && Objects.equals(known.getSQLState(), message.getSQLState())
                && Objects.equals(known.getMessage(), message.getMessage());
        if (same) {
            ServerError copy = ServerError.copyOf(known).cause(raised.getCause());
            return (outer.isEmpty() ? copy : copy.context(outer)).toException(detailed);
        }
        if (context == null || outer.equals(context)) {
            return error;
        }
        ServerError copy = ServerError.copyOf(message).where(outer.isEmpty() ? null : outer).cause(error.getCause());
        return copy.toException(detailed);
    }

    private static String outerLines(String context) {
        return context == null ? "" : context.lines().filter(line -> !INNER.matcher(line).find())
                .collect(Collectors.joining("\n"));
    }
}
