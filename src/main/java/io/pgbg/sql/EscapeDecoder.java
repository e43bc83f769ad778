package io.pgbg.sql;

/** Decodes the escapes inside {@code E'..'} and {@code U&'..'}. Pure functions. */
final class EscapeDecoder {

    private EscapeDecoder() {
    }

    /**
     * Decodes {@code U&".."} without its quotes.
     *
     * @return false when an escape is wrong
     */
    static boolean unicodeName(String text, StringBuilder out) {
        int at = 0;
        while (at >= 0 && at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                at = unicode(text, at + 1, out);
            } else {
                out.append(c);
                at++;
            }
        }
        return at >= 0;
    }

    /**
     * Decodes four digits, a plus and six digits, or another backslash.
     *
     * @param at the offset behind the backslash
     * @return the offset behind the escape, or -1 when the driver cannot tell its value
     */
    static int unicode(String text, int at, StringBuilder out) {
        if (text.startsWith("\\", at)) {
            out.append('\\');
            return at + 1;
        }
        boolean plus = text.startsWith("+", at);
        return codePoint(text, plus ? at + 1 : at, plus ? 6 : 4, out);
    }

    /**
     * Decodes an escape of {@code E'..'}.
     *
     * @param at the offset behind the backslash
     * @return the offset behind the escape, or -1 when the driver cannot tell its value
     */
    static int backslash(String text, int at, StringBuilder out) {
        if (at >= text.length()) {
            return -1;
        }
        char c = text.charAt(at);
        return switch (c) {
            case 'u' -> codePoint(text, at + 1, 4, out);
            case 'U' -> codePoint(text, at + 1, 8, out);
            case 'x' -> hexadecimalByte(text, at, out);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> number(text, at, 3, 8, out);
            default -> {
                out.append(character(c));
                yield at + 1;
            }
        };
    }

    /** The character that a letter stands for behind a backslash; every other character stands for itself. */
    private static char character(char c) {
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> '\u000B';
            default -> c;
        };
    }

    /** {@code \xHH}; without a digit the x stands for itself. */
    private static int hexadecimalByte(String text, int at, StringBuilder out) {
        int end = number(text, at + 1, 2, 16, out);
        if (end == at + 1) {
            out.append('x');
        }
        return end;
    }

    /** A byte by number. Beyond ASCII it is a part of a character in an encoding that is not known here. */
    private static int number(String text, int start, int digits, int radix, StringBuilder out) {
        int value = 0;
        int at = start;
        while (at < text.length() && at < start + digits && digit(text.charAt(at), radix) >= 0) {
            value = value * radix + digit(text.charAt(at), radix);
            at++;
        }
        if (at > start) {
            if (value == 0 || value > 0x7F) {
                return -1;
            }
            out.append((char) value);
        }
        return at;
    }

    private static int codePoint(String text, int start, int digits, StringBuilder out) {
        if (start + digits > text.length()) {
            return -1;
        }
        long value = 0;
        for (int at = start; at < start + digits; at++) {
            int digit = digit(text.charAt(at), 16);
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        if (value == 0 || value > Character.MAX_CODE_POINT) {
            return -1;
        }
        out.appendCodePoint((int) value);
        return start + digits;
    }

    private static int digit(char c, int radix) {
        return c < 0x80 ? Character.digit(c, radix) : -1;
    }

    /** Whether the server would take this text: it refuses half a surrogate pair and the character NUL. */
    static boolean isText(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                if (i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
