package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits SQL text into tokens by PostgreSQL's lexical rules. It takes every text, however broken, in linear time. Used
 * by one thread for one text.
 */
final class Lexer {

    private final String sql;
    private final Dialect dialect;
    private final List<Token> tokens = new ArrayList<>();

    private Lexer(String sql, Dialect dialect) {
        this.sql = sql;
        this.dialect = dialect;
    }

    /** The tokens of the text in order; comments and white space are left out. */
    static List<Token> tokens(String sql, Dialect dialect) {
        Lexer lexer = new Lexer(sql, dialect);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        int at = 0;
        while (at < sql.length()) {
            if (Characters.isSpace(sql.charAt(at))) {
                at++;
            } else if (sql.startsWith("--", at)) {
                at = LexicalForms.lineComment(sql, at);
            } else if (sql.startsWith("/*", at)) {
                at = LexicalForms.blockComment(sql, at);
            } else {
                at = token(at);
            }
        }
    }

    private int token(int at) {
        char c = sql.charAt(at);
        if (c == '\'') {
            return literal(Token.Kind.STRING, at, at, !dialect.standardConformingStrings());
        }
        if (c == '"') {
            return add(Token.Kind.QUOTED_NAME, at, LexicalForms.quotedName(sql, at));
        }
        if (Characters.startsName(c)) {
            return prefixedOrWord(c, at);
        }
        if (Characters.isDigit(c) || c == '.' && Characters.isDigit(peek(at + 1))) {
            return add(Token.Kind.NUMBER, at, LexicalForms.number(sql, at));
        }
        if (c == '$') {
            return dollar(at);
        }
        if (c == '?' && dialect.parameters() && peek(at + 1) != '?') {
            return add(Token.Kind.JDBC_PARAMETER, at, at + 1);
        }
        return Characters.isOperator(c) ? operator(at) : punctuation(at);
    }

    /** Letters that change the meaning of the quote right behind them: E, N, B, X, U&amp;. */
    private int prefixedOrWord(char c, int at) {
        char next = peek(at + 1);
        if (next == '\'') {
            switch (Characters.lowerCase(c)) {
                case 'e':
                    return literal(Token.Kind.STRING, at, at + 1, true);
                case 'n':
                    return literal(Token.Kind.STRING, at, at + 1, !dialect.standardConformingStrings());
                case 'b', 'x':
                    return literal(Token.Kind.BIT_STRING, at, at + 1, false);
                default:
                    break;
            }
        } else if (Characters.lowerCase(c) == 'u' && next == '&') {
            if (peek(at + 2) == '\'') {
                return literal(Token.Kind.STRING, at, at + 2, false);
            }
            if (peek(at + 2) == '"') {
                return add(Token.Kind.QUOTED_NAME, at, LexicalForms.quotedName(sql, at + 2));
            }
        }
        return add(Token.Kind.WORD, at, LexicalForms.word(sql, at));
    }

    private int literal(Token.Kind kind, int start, int quote, boolean backslashEscapes) {
        return add(kind, start, LexicalForms.literal(sql, quote, backslashEscapes));
    }

    private int dollar(int at) {
        if (Characters.isDigit(peek(at + 1))) {
            return add(Token.Kind.POSITIONAL_PARAMETER, at, LexicalForms.positionalParameter(sql, at));
        }
        int tagEnd = LexicalForms.dollarTag(sql, at);
        return tagEnd < 0
                ? add(Token.Kind.PUNCTUATION, at, at + 1)
                : add(Token.Kind.STRING, at, LexicalForms.dollarQuoted(sql, at, tagEnd));
    }

    private int operator(int at) {
        int runEnd = LexicalForms.operatorRun(sql, at, dialect.parameters());
        int end = LexicalForms.operator(sql, at, runEnd);
        boolean arrow = end - at == 2 && sql.startsWith("=>", at);
        add(arrow ? Token.Kind.PUNCTUATION : Token.Kind.OPERATOR, at, end);
        for (int sign = end; sign < runEnd; sign++) {
            add(Token.Kind.OPERATOR, sign, sign + 1);
        }
        return runEnd;
    }

    private int punctuation(int at) {
        boolean two = sql.startsWith("::", at) || sql.startsWith(":=", at) || sql.startsWith("..", at);
        return add(Token.Kind.PUNCTUATION, at, two ? at + 2 : at + 1);
    }

    private int add(Token.Kind kind, int start, int end) {
        tokens.add(new Token(kind, start, end));
        return end;
    }

    private char peek(int at) {
        return at < sql.length() ? sql.charAt(at) : 0;
    }
}
