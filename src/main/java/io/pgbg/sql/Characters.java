package io.pgbg.sql;

/** The classes of characters that PostgreSQL's lexer tells apart. Pure functions. */
final class Characters {

    private Characters() {
    }

    static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    static boolean isNewline(char c) {
        return c == '\n' || c == '\r';
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Whether a text has nothing but digits in it. */
    static boolean areDigits(String text) {
        return text.chars().allMatch(c -> isDigit((char) c));
    }

    /** Every character beyond ASCII may start a name, the no-break space too. */
    static boolean startsName(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80;
    }

    static boolean continuesName(char c) {
        return startsName(c) || isDigit(c) || c == '$';
    }

    static boolean isOperator(char c) {
        return switch (c) {
            case '+', '-', '*', '/', '<', '>', '=', '~', '!', '@', '#', '%', '^', '&', '|', '`', '?' -> true;
            default -> false;
        };
    }

    /** Folds as the server does: the letters of ASCII only, in every locale. */
    static String lowerCase(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isUpper(text.charAt(i))) {
                StringBuilder folded = new StringBuilder(text);
                for (int j = i; j < text.length(); j++) {
                    folded.setCharAt(j, lowerCase(text.charAt(j)));
                }
                return folded.toString();
            }
        }
        return text;
    }

    static char lowerCase(char c) {
        return isUpper(c) ? (char) (c | 0x20) : c;
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }
}
