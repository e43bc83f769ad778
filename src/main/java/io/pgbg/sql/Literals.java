package io.pgbg.sql;

/** The values of literals and the names in quoted identifiers. Pure functions. */
final class Literals {

    /** How the characters between quotes are to be read. */
    private enum Escapes { NONE, BACKSLASH, UNICODE }

    /** Gets where each part of a literal's value is written. */
    interface Trace {

        Trace NONE = (length, start, end) -> {
        };

        /**
         * The next characters of the value.
         *
         * @param length how many they are
         * @param start offset in the text where they are written
         * @param end offset behind it
         */
        void add(int length, int start, int end);
    }

    private Literals() {
    }

    /**
     * The value of a string literal.
     *
     * @return null when the token is no string literal, or when only the server can tell its value: it is not closed,
     *     has a wrong escape, or has bytes given by number
     */
    static String value(String sql, Token token, Dialect dialect) {
        return value(sql, token, dialect, Trace.NONE);
    }

    /** The same; what the trace gets is meaningless when there is no value. */
    static String value(String sql, Token token, Dialect dialect, Trace trace) {
        if (token.kind() != Token.Kind.STRING) {
            return null;
        }
        boolean conforming = dialect.standardConformingStrings();
        char first = Characters.lowerCase(sql.charAt(token.start()));
        return switch (first) {
            case '$' -> dollarQuoted(sql, token, trace);
            case 'e' -> pieces(sql, token, 1, Escapes.BACKSLASH, trace);
            // with backslash escapes on, the server refuses U&'..'
            case 'u' -> conforming ? pieces(sql, token, 2, Escapes.UNICODE, trace) : null;
            case 'n' -> national(pieces(sql, token, 1, conforming ? Escapes.NONE : Escapes.BACKSLASH, trace));
            default -> pieces(sql, token, 0, conforming ? Escapes.NONE : Escapes.BACKSLASH, trace);
        };
    }

    /** The name in a {@code ".."} or {@code U&".."} token, or null when it is not closed or has a wrong escape. */
    static String quotedName(String sql, Token token) {
        boolean unicode = sql.charAt(token.start()) != '"';
        int quote = unicode ? token.start() + 2 : token.start();
        if (token.end() - quote < 2 || sql.charAt(token.end() - 1) != '"') {
            return null;
        }
        String name = sql.substring(quote + 1, token.end() - 1).replace("\"\"", "\"");
        if (!unicode) {
            return name;
        }
        StringBuilder decoded = new StringBuilder();
        return EscapeDecoder.unicodeName(name, decoded) && EscapeDecoder.isText(decoded) ? decoded.toString() : null;
    }

    private static String dollarQuoted(String sql, Token token, Trace trace) {
        int tagEnd = LexicalForms.dollarTag(sql, token.start());
        int tag = tagEnd - token.start();
        boolean closed = token.end() - tagEnd >= tag && sql.regionMatches(token.end() - tag, sql, token.start(), tag);
        if (!closed) {
            return null;
        }
        int end = token.end() - tag;
        for (int i = tagEnd; i < end; i++) {
            trace.add(1, i, i + 1);
        }
        return sql.substring(tagEnd, end);
    }

    /** {@code N'..'} is of a type that drops trailing blanks on the way to text. */
    private static String national(String value) {
        return value == null || value.endsWith(" ") ? null : value;
    }

    private static String pieces(String sql, Token token, int prefix, Escapes escapes, Trace trace) {
        StringBuilder value = new StringBuilder(token.end() - token.start());
        int quote = token.start() + prefix;
        while (quote >= 0) {
            int end = LexicalForms.quoted(sql, quote, escapes == Escapes.BACKSLASH);
            if (!isClosed(sql, quote, end, escapes) || !decode(sql, quote + 1, end - 1, escapes, value, trace)) {
                return null;
            }
            quote = end < token.end() ? LexicalForms.continuation(sql, end) : -1;
        }
        return EscapeDecoder.isText(value) ? value.toString() : null;
    }

    /** Whether a piece ends at its closing quote, and not at the end of the text. */
    private static boolean isClosed(String sql, int quote, int end, Escapes escapes) {
        if (end < sql.length()) {
            return true;
        }
        // the last character may be a quote that is doubled or escaped
        int last = end - 1;
        if (last <= quote || sql.charAt(last) != '\'') {
            return false;
        }
        int at = quote + 1;
        while (at < last) {
            char c = sql.charAt(at);
            at += c == '\'' || c == '\\' && escapes == Escapes.BACKSLASH ? 2 : 1;
        }
        return at == last;
    }

    private static boolean decode(String sql, int from, int to, Escapes escapes, StringBuilder value, Trace trace) {
        String inner = sql.substring(from, to);
        int at = 0;
        while (at < inner.length()) {
            int length = value.length();
            int end = decodeNext(inner, at, escapes, value);
            if (end < 0) {
                return false;
            }
            trace.add(value.length() - length, from + at, from + end);
            at = end;
        }
        return true;
    }

    /** Decodes a character, a doubled quote or an escape; gives the offset behind it, or -1. */
    private static int decodeNext(String inner, int at, Escapes escapes, StringBuilder value) {
        char c = inner.charAt(at);
        if (c == '\\' && escapes == Escapes.BACKSLASH) {
            return EscapeDecoder.backslash(inner, at + 1, value);
        }
        if (c == '\\' && escapes == Escapes.UNICODE) {
            return EscapeDecoder.unicode(inner, at + 1, value);
        }
        value.append(c);
        return c == '\'' ? at + 2 : at + 1;
    }
}
