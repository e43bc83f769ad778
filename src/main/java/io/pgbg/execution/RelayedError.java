package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Qualified;
import io.pgbg.sql.RelayedCall;
import io.pgbg.sql.Restored;
import io.pgbg.sql.Restored.Misfit;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import org.postgresql.util.ServerErrorMessage;

/** Tells an error of a relayed statement in terms of the text that the caller wrote. Pure functions. */
final class RelayedError {

    private RelayedError() {
    }

    /**
     * The error for the caller.
     *
     * @param error the server's
     * @param text what the server executed
     * @param statement what the caller wrote
     * @param detailed whether the exception's text may hold details
     */
    public static SQLException explain(SQLException error, Qualified text, ParsedStatement.Relayed statement,
            boolean detailed) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null || message.getMessage() == null) {
            return error;
        }
        String query = message.getInternalQuery();
        Restored inner = text.restored(query == null ? "" : query);
        Misfit misfit = null;
        Misfit innerMisfit = null;
        String words = message.getMessage();
        if (SQLState.UNDEFINED_FUNCTION.is(message.getSQLState())) {
            misfit = text.misfit(message.getPosition());
            innerMisfit = inner.misfit(message.getInternalPosition());
            words = words(words(words, misfit), innerMisfit);
        } else if (SQLState.SYNTAX_ERROR.is(message.getSQLState())) {
            words = words(words(words, text.instead(message.getPosition())),
                    inner.instead(message.getInternalPosition()));
        }
        int position = misfit == null ? text.original(message.getPosition()) : text.original(misfit);
        int innerPosition = innerMisfit == null ? inner.position(message.getInternalPosition())
                : inner.position(innerMisfit);
        SQLException told = ServerError.copyOf(message).message(withoutSchema(words, text, statement))
                .position(position == 0 ? 0 : position + statement.start())
                .internal(innerPosition, query == null ? null : inner.text())
                .where(message.getWhere() == null ? null : text.restoredContext(message.getWhere()))
                .cause(error.getCause()).toException(detailed);
        told.setStackTrace(error.getStackTrace());
        return told;
    }

    /** A message about a character that the caller did not write names the one he wrote. */
    private static String words(String message, char instead) {
        return instead == 0 ? message : message.replace("\",\"", "\"" + instead + '"');
    }

    /** The message about the function that the caller called, in the server's language. */
    private static String words(String message, Misfit misfit) {
        int start = misfit == null ? -1 : message.indexOf(misfit.before());
        if (start < 0) {
            return message;
        }
        int types = start + misfit.before().length();
        int behindType = behindType(message, types);
        int end = message.indexOf(')', behindType) + 1;
        return behindType < 0 || end == 0 ? message
                : message.substring(0, start) + misfit.signature(message.substring(types, behindType))
                        + message.substring(end);
    }

    /** The offset behind the first type in a list: of the comma or the parenthesis that ends it, or -1. */
    private static int behindType(String message, int start) {
        int depth = 0;
        for (int at = start; at < message.length(); at++) {
            char c = message.charAt(at);
            if (depth == 0 && (c == ',' || c == ')')) {
                return at;
            }
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
        return -1;
    }

    private static String withoutSchema(String message, Qualified text, ParsedStatement.Relayed statement) {
        String told = message;
        for (RelayedCall call : statement.calls()) {
            told = told.replace(text.target().schema() + '.' + call.function(), call.function());
        }
        return told;
    }
}
