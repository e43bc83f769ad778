package io.pgbg.sql;

/** What the tokens with quotes stand for. Pure functions. */
final class Literals {

    /** How the characters between quotes are to be read. */
    private enum Escapes { NONE, BACKSLASH, UNICODE }

    private Literals() {
    }

    /**
     * The value of a string literal.
     *
     * @return null when the token is no string literal, or one that only the server can tell the value of: not closed,
     *     with a wrong escape, or with bytes given by number
     */
    static String value(String sql, Token token, Dialect dialect) {
        if (token.kind() != Token.Kind.STRING) {
            return null;
        }
        boolean conforming = dialect.standardConformingStrings();
        char first = Characters.lowerCase(sql.charAt(token.start()));
        return switch (first) {
            case '$' -> dollarQuoted(sql, token);
            case 'e' -> pieces(sql, token, token.start() + 1, Escapes.BACKSLASH);
            // With backslash escapes on, the server refuses U&'..'.
            case 'u' -> conforming ? pieces(sql, token, token.start() + 2, Escapes.UNICODE) : null;
            case 'n' -> national(pieces(sql, token, token.start() + 1, conforming ? Escapes.NONE : Escapes.BACKSLASH));
            default -> pieces(sql, token, token.start(), conforming ? Escapes.NONE : Escapes.BACKSLASH);
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
        return EscapeDecoder.unicode(name, decoded) && EscapeDecoder.isText(decoded) ? decoded.toString() : null;
    }

    private static String dollarQuoted(String sql, Token token) {
        int tagEnd = LexicalForms.dollarTag(sql, token.start());
        int tag = tagEnd - token.start();
        boolean closed = token.end() - tagEnd >= tag && sql.regionMatches(token.end() - tag, sql, token.start(), tag);
        return closed ? sql.substring(tagEnd, token.end() - tag) : null;
    }

    /** {@code N'..'} is of a type that drops trailing blanks on the way to text. */
    private static String national(String value) {
        return value == null || value.endsWith(" ") ? null : value;
    }

    private static String pieces(String sql, Token token, int firstQuote, Escapes escapes) {
        StringBuilder value = new StringBuilder(token.end() - token.start());
        int quote = firstQuote;
        while (quote >= 0) {
            int end = LexicalForms.quoted(sql, quote, escapes == Escapes.BACKSLASH);
            if (!isClosed(sql, quote, end, escapes) || !decode(sql, quote + 1, end - 1, escapes, value)) {
                return null;
            }
            quote = end < token.end() ? LexicalForms.continuation(sql, end) : -1;
        }
        return EscapeDecoder.isText(value) ? value.toString() : null;
    }

    /** Whether the skipper stopped at a closing quote, not at the end of the text. */
    private static boolean isClosed(String sql, int quote, int end, Escapes escapes) {
        if (end < sql.length()) {
            return true;
        }
        // The last character may be a quote that belongs to a doubled or an escaped one.
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

    private static boolean decode(String sql, int from, int to, Escapes escapes, StringBuilder value) {
        String inner = sql.substring(from, to);
        return switch (escapes) {
            case NONE -> {
                value.append(inner.replace("''", "'"));
                yield true;
            }
            case BACKSLASH -> EscapeDecoder.backslash(inner, value);
            case UNICODE -> EscapeDecoder.unicode(inner.replace("''", "'"), value);
        };
    }
}
