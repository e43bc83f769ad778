package io.pgbg.sql;

/** The placeholders in a pattern of {@code format}. Pure functions. */
final class FormatPlaceholder {

    private FormatPlaceholder() {
    }

    /**
     * The offset behind a placeholder, whose type is its last character: {@code s}, {@code I}, {@code L}, or
     * {@code %} for a percent sign.
     *
     * @param percent offset of its first character
     * @return -1 when there is no placeholder
     */
    static int end(CharSequence pattern, int percent) {
        int at = behindNumber(pattern, percent + 1);
        if (is(pattern, at, '$')) {
            at++;
        } else {
            at = percent + 1;
        }
        while (is(pattern, at, '-')) {
            at++;
        }
        at = behindWidth(pattern, at);
        boolean known = is(pattern, at, 's') || is(pattern, at, 'I') || is(pattern, at, 'L')
                || at == percent + 1 && is(pattern, at, '%');
        return known ? at + 1 : -1;
    }

    /** Digits, or an asterisk with the number of an argument. */
    private static int behindWidth(CharSequence pattern, int start) {
        if (!is(pattern, start, '*')) {
            return behindNumber(pattern, start);
        }
        int end = behindNumber(pattern, start + 1);
        return end > start + 1 && is(pattern, end, '$') ? end + 1 : start + 1;
    }

    private static int behindNumber(CharSequence pattern, int start) {
        int at = start;
        while (at < pattern.length() && Characters.isDigit(pattern.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean is(CharSequence pattern, int at, char c) {
        return at < pattern.length() && pattern.charAt(at) == c;
    }
}
