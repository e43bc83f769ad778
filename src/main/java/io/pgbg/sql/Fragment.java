package io.pgbg.sql;

import java.util.List;

/**
 * The tokens of one statement, with their brackets paired. A token is given by its index; every test of an index out of
 * range is false. Immutable.
 */
final class Fragment {

    private final String sql;
    private final Dialect dialect;
    private final List<Token> tokens;
    private final int start;
    private final int end;
    private final int[] partners;
    private final int[] openers;
    private final int[] parametersBefore;

    /**
     * @param tokens the statement's tokens, at least one
     * @param start offset in the whole text where the statement's text starts
     * @param end offset behind it
     */
    Fragment(String sql, Dialect dialect, List<Token> tokens, int start, int end) {
        this.sql = sql;
        this.dialect = dialect;
        this.tokens = tokens;
        this.start = start;
        this.end = end;
        this.partners = new int[tokens.size()];
        this.openers = new int[tokens.size()];
        this.parametersBefore = new int[tokens.size() + 1];
        pairBrackets();
    }

    private void pairBrackets() {
        int[] open = new int[tokens.size()];
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            partners[i] = -1;
            parametersBefore[i + 1] = parametersBefore[i] + (is(i, Token.Kind.JDBC_PARAMETER) ? 1 : 0);
            char bracket = bracket(i);
            if (depth > 0 && bracket != 0 && bracket == closing(bracket(open[depth - 1]))) {
                depth--;
                partners[i] = open[depth];
                partners[open[depth]] = i;
            }
            openers[i] = depth == 0 ? -1 : open[depth - 1];
            if (closing(bracket) != 0) {
                open[depth++] = i;
            }
        }
    }

    private char bracket(int i) {
        Token token = tokens.get(i);
        return token.kind() == Token.Kind.PUNCTUATION && token.end() - token.start() == 1
                && "()[]{}".indexOf(sql.charAt(token.start())) >= 0 ? sql.charAt(token.start()) : 0;
    }

    private static char closing(char bracket) {
        return switch (bracket) {
            case '(' -> ')';
            case '[' -> ']';
            case '{' -> '}';
            default -> 0;
        };
    }

    /** The number of tokens. */
    int size() {
        return tokens.size();
    }

    /** The statement's text, without the white space around it. */
    String text() {
        return sql.substring(start, end);
    }

    /** The whole text that the statement stands in. */
    String whole() {
        return sql;
    }

    /** The text from one token to another, without the white space and comments around them. */
    String text(int first, int last) {
        return sql.substring(tokens.get(first).start(), tokens.get(last).end());
    }

    /** Offset of the statement's text in the whole text. */
    int start() {
        return start;
    }

    /** Offset of a token in the statement's text. */
    int startOf(int i) {
        return tokens.get(i).start() - start;
    }

    /** Offset behind a token in the statement's text. */
    int endOf(int i) {
        return tokens.get(i).end() - start;
    }

    Dialect dialect() {
        return dialect;
    }

    boolean is(int i, Token.Kind kind) {
        return has(i) && tokens.get(i).kind() == kind;
    }

    /** Whether a token is this keyword. */
    boolean isWord(int i, String word) {
        return has(i) && tokens.get(i).isWord(sql, word);
    }

    /** Whether a token is this operator or punctuation. */
    boolean isSymbol(int i, String symbol) {
        return has(i) && tokens.get(i).isSymbol(sql, symbol);
    }

    /** Whether a token is a keyword or a name. */
    boolean isName(int i) {
        return has(i) && tokens.get(i).isName();
    }

    /** The keyword in lower case; empty when the token is no word. */
    String word(int i) {
        return is(i, Token.Kind.WORD) ? tokens.get(i).name(sql) : "";
    }

    /** The name as the server knows it, or null. */
    String name(int i) {
        return has(i) ? tokens.get(i).name(sql) : null;
    }

    /** The value of a string literal, or null. */
    String literal(int i) {
        return literal(i, Literals.Trace.NONE);
    }

    /** The same; the trace gets offsets in the whole text. */
    String literal(int i, Literals.Trace trace) {
        return has(i) ? Literals.value(sql, tokens.get(i), dialect, trace) : null;
    }

    /** The length of a token's text. */
    int length(int i) {
        return tokens.get(i).end() - tokens.get(i).start();
    }

    /** The other bracket of a pair, or -1. */
    int partner(int i) {
        return has(i) ? partners[i] : -1;
    }

    /** The innermost open bracket around a token, or -1. */
    int opener(int i) {
        return openers[i];
    }

    /** Whether a token stands in no bracket; brackets themselves stand outside. */
    boolean isTopLevel(int i) {
        return has(i) && openers[i] < 0;
    }

    /** The next token on the same level: behind the closing bracket of an opening one. */
    int next(int i) {
        return partners[i] > i ? partners[i] + 1 : i + 1;
    }

    /** The first comma from a token on that is in no further bracket; the end when there is none before it. */
    int comma(int first, int end) {
        int at = first;
        while (at < end && !isSymbol(at, ",")) {
            at = next(at);
        }
        return at;
    }

    /** The number of JDBC parameters from one token to another. */
    int parameters(int first, int last) {
        return parametersBefore[last + 1] - parametersBefore[first];
    }

    int parameters() {
        return parametersBefore[tokens.size()];
    }

    private boolean has(int i) {
        return i >= 0 && i < tokens.size();
    }
}
