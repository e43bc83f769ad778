package io.pgbg.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JDBC escapes {@code {call f(..)}} and {@code {? = call f(..)}}. Pure functions. */
public final class CallEscape {

    private static final Pattern WITHOUT_PARENTHESES = Pattern.compile(
            "(\\s*\\{\\s*(?:\\?\\s*=\\s*)?call\\s+[\\w.\"]+)(\\s*}\\s*)", Pattern.CASE_INSENSITIVE);

    private CallEscape() {
    }

    /**
     * The same text with the parentheses that JDBC lets a call without arguments leave out, and that pgjdbc adds.
     *
     * @param sql the text, or null
     */
    public static String withParentheses(String sql) {
        Matcher bare = sql == null ? null : WITHOUT_PARENTHESES.matcher(sql);
        return bare != null && bare.matches() ? bare.group(1) + "()" + bare.group(2) : sql;
    }
}
