package io.pgbg.sql;

/**
 * One token of SQL text, as offsets into it; white space and comments are no tokens. Immutable.
 *
 * @param kind what it is
 * @param start offset of its first character
 * @param end offset behind its last character
 */
record Token(Kind kind, int start, int end) {

    enum Kind {
        /** A keyword or a name without quotes. */
        WORD,
        /** A name in double quotes, {@code U&".."} included. */
        QUOTED_NAME,
        /** A string literal: {@code '..'}, {@code E'..'}, {@code U&'..'}, {@code N'..'}, {@code $tag$..$tag$}. */
        STRING,
        /** {@code B'..'} or {@code X'..'}. */
        BIT_STRING,
        NUMBER,
        /** {@code $1}. */
        POSITIONAL_PARAMETER,
        /** {@code ?} in the text of a prepared statement. */
        JDBC_PARAMETER,
        OPERATOR,
        /** Brackets, separators, {@code ::}, {@code :=}, {@code =>}, {@code ..}, and characters that are not SQL. */
        PUNCTUATION
    }

    String text(String sql) {
        return sql.substring(start, end);
    }

    /** Whether it is this keyword; a quoted name never is one. */
    boolean isWord(String sql, String word) {
        return kind == Kind.WORD && end - start == word.length()
                && sql.regionMatches(true, start, word, 0, word.length());
    }

    /** Whether it is this operator or punctuation. */
    boolean isSymbol(String sql, String symbol) {
        return (kind == Kind.OPERATOR || kind == Kind.PUNCTUATION) && end - start == symbol.length()
                && sql.startsWith(symbol, start);
    }

    boolean isName() {
        return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
    }

    /**
     * The name as the server knows it: folded to lower case, or without its quotes.
     *
     * @return null when it is no name, or a quoted one that is not closed or has a wrong escape
     */
    String name(String sql) {
        return switch (kind) {
            case WORD -> Characters.lowerCase(text(sql));
            case QUOTED_NAME -> Literals.quotedName(sql, this);
            default -> null;
        };
    }
}
