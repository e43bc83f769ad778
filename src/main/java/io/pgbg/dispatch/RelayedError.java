package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.sql.CallName;
import io.pgbg.sql.Misfit;
import io.pgbg.sql.Qualified;
import io.pgbg.sql.Restored;
import io.pgbg.sql.Statement;
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
    static SQLException explain(SQLException error, Qualified text, Statement.Relayed statement, boolean detailed) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null) {
            return error;
        }
        ServerError told = ServerError.copyOf(message).cause(error.getCause());
        String words = message.getMessage();
        Restored inner = message.getInternalQuery() == null ? null : text.restored(message.getInternalQuery());
        int position = message.getPosition();
        int innerPosition = message.getInternalPosition();
        int original = text.original(position);
        int innerOriginal = inner == null ? innerPosition : inner.position(innerPosition);
        if (SQLState.UNDEFINED_FUNCTION.is(message.getSQLState())) {
            Misfit misfit = text.misfit(position);
            Misfit innerMisfit = inner == null ? null : inner.misfit(innerPosition);
            original = misfit == null ? original : text.original(misfit);
            innerOriginal = innerMisfit == null ? innerOriginal : inner.position(innerMisfit);
            words = misfit != null ? words(words, misfit) : innerMisfit != null ? words(words, innerMisfit) : words;
        } else if (SQLState.SYNTAX_ERROR.is(message.getSQLState()) && text.instead(position) != 0) {
            words = words.replace("\",\"", "\"" + text.instead(position) + '"');
        }
        told.message(withoutSchema(words, text, statement));
        if (position > 0) {
            told.position(original + statement.start());
        }
        if (inner != null) {
            told.internal(innerOriginal, inner.text());
        }
        if (message.getWhere() != null) {
            told.where(text.restoredContext(message.getWhere()));
        }
        SQLException explained = told.toException(detailed);
        explained.setStackTrace(error.getStackTrace());
        return explained;
    }

    /** The message about the function that the caller called, in the server's language. */
    private static String words(String message, Misfit misfit) {
        int start = message.indexOf(misfit.before());
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

    private static String withoutSchema(String message, Qualified text, Statement.Relayed statement) {
        String told = message;
        for (CallName name : statement.calls()) {
            told = told.replace(text.target().schema() + '.' + name.function(), name.function());
        }
        return told;
    }
}
