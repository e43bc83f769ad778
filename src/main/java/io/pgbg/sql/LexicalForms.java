package io.pgbg.sql;

import static io.pgbg.sql.Characters.continuesName;
import static io.pgbg.sql.Characters.isDigit;
import static io.pgbg.sql.Characters.isNewline;
import static io.pgbg.sql.Characters.isOperator;
import static io.pgbg.sql.Characters.isSpace;
import static io.pgbg.sql.Characters.startsName;

/**
 * Where each lexical form of PostgreSQL ends. Each function takes the offset where the form starts and gives the offset
 * behind it; a form that is not closed runs to the end of the text. Pure functions, each linear in what it skips.
 */
final class LexicalForms {

    private LexicalForms() {
    }

    /** {@code -- ..}, without the line's end. Running past a lone carriage return would hide the next line's calls. */
    static int lineComment(String sql, int start) {
        int at = start + 2;
        while (at < sql.length() && !isNewline(sql.charAt(at))) {
            at++;
        }
        return at;
    }

    /** A block comment, nested ones included. Ending at the first close would show calls that are commented out. */
    static int blockComment(String sql, int start) {
        int depth = 1;
        int at = start + 2;
        while (at < sql.length()) {
            if (sql.startsWith("*/", at)) {
                at += 2;
                if (--depth == 0) {
                    return at;
                }
            } else if (sql.startsWith("/*", at)) {
                at += 2;
                depth++;
            } else {
                at++;
            }
        }
        return at;
    }

    /**
     * {@code '..'} from its first quote, with all its continuations over a line's end. Behind a misread backslash
     * code would look like a literal, and a literal like code.
     */
    static int literal(String sql, int quote, boolean backslashEscapes) {
        int end = quoted(sql, quote, backslashEscapes);
        int next = continuation(sql, end);
        while (next >= 0) {
            end = quoted(sql, next, backslashEscapes);
            next = continuation(sql, end);
        }
        return end;
    }

    /** One piece of a literal, or a name in quotes; a doubled quote of the same kind stays inside. */
    static int quoted(String sql, int start, boolean backslashEscapes) {
        char quote = sql.charAt(start);
        int at = start + 1;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (c == '\\' && backslashEscapes) {
                at += 2;
            } else if (c != quote) {
                at++;
            } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
                at += 2;
            } else {
                return at + 1;
            }
        }
        return sql.length();
    }

    /**
     * The quote with which a literal that ended here goes on: only white space with a line's end, and line comments,
     * may stand between. Without it one literal would look like two.
     *
     * @return the offset of the quote, or -1
     */
    static int continuation(String sql, int end) {
        boolean newline = false;
        int at = end;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (isSpace(c)) {
                newline |= isNewline(c);
                at++;
            } else if (sql.startsWith("--", at)) {
                at = lineComment(sql, at);
            } else {
                return newline && c == '\'' ? at : -1;
            }
        }
        return -1;
    }

    /** {@code ".."} from its first quote. A backslash is never special here. */
    static int quotedName(String sql, int quote) {
        return quoted(sql, quote, false);
    }

    /**
     * The opening {@code $tag$} of a dollar-quoted literal. Taking {@code $1} for one would swallow the statement.
     *
     * @return the offset behind the second dollar, or -1 when this dollar opens no literal
     */
    static int dollarTag(String sql, int dollar) {
        int at = dollar + 1;
        if (at < sql.length() && startsName(sql.charAt(at))) {
            at++;
            while (at < sql.length() && sql.charAt(at) != '$' && continuesName(sql.charAt(at))) {
                at++;
            }
        }
        return at < sql.length() && sql.charAt(at) == '$' ? at + 1 : -1;
    }

    /** {@code $tag$..$tag$}; other tags inside are ordinary text. A shorter match would show a function's body. */
    static int dollarQuoted(String sql, int dollar, int tagEnd) {
        int length = tagEnd - dollar;
        int at = sql.indexOf('$', tagEnd);
        while (at >= 0) {
            if (sql.regionMatches(at, sql, dollar, length)) {
                return at + length;
            }
            at = sql.indexOf('$', at + 1);
        }
        return sql.length();
    }

    /** A keyword or a name without quotes. A dollar inside belongs to it and opens no literal. */
    static int word(String sql, int start) {
        int at = start + 1;
        while (at < sql.length() && continuesName(sql.charAt(at))) {
            at++;
        }
        return at;
    }

    /** {@code $1} from its dollar. */
    static int positionalParameter(String sql, int dollar) {
        return digits(sql, dollar + 1, false);
    }

    /** {@code 12}, {@code 1_000}, {@code 0x1F}, {@code 1.5}, {@code .5}, {@code 1e-3}; of {@code 1..2} only the 1. */
    static int number(String sql, int start) {
        if (sql.charAt(start) == '0' && start + 2 < sql.length()) {
            char radix = Characters.lowerCase(sql.charAt(start + 1));
            if ((radix == 'x' || radix == 'o' || radix == 'b') && Character.digit(sql.charAt(start + 2), 16) >= 0) {
                return digits(sql, start + 2, true);
            }
        }
        int at = digits(sql, start, false);
        if (at < sql.length() && sql.charAt(at) == '.' && !sql.startsWith("..", at)) {
            at = digits(sql, at + 1, false);
        }
        return exponent(sql, at);
    }

    private static int exponent(String sql, int start) {
        if (start >= sql.length() || Characters.lowerCase(sql.charAt(start)) != 'e') {
            return start;
        }
        int at = start + 1;
        if (at < sql.length() && (sql.charAt(at) == '+' || sql.charAt(at) == '-')) {
            at++;
        }
        return at < sql.length() && isDigit(sql.charAt(at)) ? digits(sql, at, false) : start;
    }

    private static int digits(String sql, int start, boolean hexadecimal) {
        int at = start;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            boolean separator = c == '_' && at > start && at + 1 < sql.length() && isDigit(sql.charAt(at + 1));
            if (!isDigit(c) && !separator && !(hexadecimal && c < 0x80 && Character.digit(c, 16) >= 0)) {
                break;
            }
            at++;
        }
        return at;
    }

    /**
     * The characters of an operator, and of those behind it without a space. They stop before a comment, whose content
     * would be taken for code otherwise. In the text of a prepared statement they stop before a parameter, too;
     * {@code ??} is the operator's question mark.
     */
    static int operatorRun(String sql, int start, boolean parameters) {
        int at = start;
        while (at < sql.length() && isOperator(sql.charAt(at)) && !startsComment(sql, at)) {
            if (sql.charAt(at) == '?' && parameters) {
                if (!sql.startsWith("??", at)) {
                    break;
                }
                at++;
            }
            at++;
        }
        return at;
    }

    /**
     * The first operator of a run. A longer one does not end in plus or minus unless it holds a character that no
     * operator of standard SQL has: {@code =-1} is an equals sign and a number. The rest of the run are single signs.
     */
    static int operator(String sql, int start, int runEnd) {
        for (int i = start; i < runEnd; i++) {
            if ("~!@#%^&|`?".indexOf(sql.charAt(i)) >= 0) {
                return runEnd;
            }
        }
        int end = runEnd;
        while (end > start + 1 && (sql.charAt(end - 1) == '+' || sql.charAt(end - 1) == '-')) {
            end--;
        }
        return end;
    }

    private static boolean startsComment(String sql, int at) {
        return sql.startsWith("--", at) || sql.startsWith("/*", at);
    }
}
