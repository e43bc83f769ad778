package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.regex.Pattern;

/**
 * A pattern of SQL's LIKE: {@code %} is any text, {@code _} any character, a backslash quotes the next one. Immutable.
 */
public final class LikePattern {

    private final Pattern pattern;

    private LikePattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Reads a pattern.
     *
     * @throws SQLException 22025 if it ends with the backslash
     */
    public static LikePattern of(String like) throws SQLException {
        StringBuilder regex = new StringBuilder();
        int at = 0;
        while (at < like.length()) {
            int c = like.codePointAt(at);
            at += Character.charCount(c);
            if (c == '%') {
                regex.append(".*");
            } else if (c == '_') {
                regex.append('.');
            } else {
                if (c == '\\') {
                    if (at == like.length()) {
                        throw ServerError.error(SQLState.INVALID_ESCAPE_SEQUENCE,
                                "LIKE pattern must not end with escape character").toException();
                    }
                    c = like.codePointAt(at);
                    at += Character.charCount(c);
                }
                regex.append(Pattern.quote(Character.toString(c)));
            }
        }
        return new LikePattern(Pattern.compile(regex.toString(), Pattern.DOTALL));
    }

    public boolean matches(String text) {
        return pattern.matcher(text).matches();
    }
}
