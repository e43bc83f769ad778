package io.pgbg.relay;

import java.sql.SQLWarning;
import java.util.List;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a function on the server asks of the driver.
 *
 * @param token by which the function knows its answer
 * @param word what kind of request it is: {@code ask}, {@code confirm} or {@code next}
 * @param arguments what comes with it
 */
record Request(String token, String word, List<String> arguments) {

    /** The SQLSTATE of the notices that are requests. */
    static final String STATE = "BG001";

    /** The token is what a function makes of a random number; nothing else gets into SQL. */
    private static final int TOKEN_LENGTH = 32;

    /** Whether a notice is meant for the driver, well-formed or not. */
    static boolean isOne(SQLWarning notice) {
        return STATE.equals(notice.getSQLState());
    }

    /**
     * Reads a notice.
     *
     * @return null when it is no request
     */
    static Request of(SQLWarning notice) {
        ServerErrorMessage message = notice instanceof PSQLWarning warning ? warning.getServerErrorMessage() : null;
        if (message == null || !isToken(message.getMessage())) {
            return null;
        }
        List<String> parts = TextArray.read(message.getDetail());
        return parts == null || parts.isEmpty() || parts.get(0) == null ? null
                : new Request(message.getMessage(), parts.get(0), parts.subList(1, parts.size()));
    }

    private static boolean isToken(String text) {
        return text != null && text.length() == TOKEN_LENGTH
                && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    /** An argument, null when there is none. */
    String argument(int i) {
        return i < arguments.size() ? arguments.get(i) : null;
    }
}
