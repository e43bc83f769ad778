package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits text at the semicolons between statements. A semicolon in brackets, or in the body {@code BEGIN ATOMIC .. END}
 * of a function or a procedure, separates nothing. Used by one thread for one text.
 */
final class StatementSplitter {

    private final String sql;
    private final Dialect dialect;
    private final List<Token> tokens;
    private final List<Fragment> statements = new ArrayList<>();

    private StatementSplitter(String sql, Dialect dialect) {
        this.sql = sql;
        this.dialect = dialect;
        this.tokens = Lexer.tokens(sql, dialect);
    }

    /** The statements in order; those without any token are left out. */
    static List<Fragment> split(String sql, Dialect dialect) {
        StatementSplitter splitter = new StatementSplitter(sql, dialect);
        splitter.run();
        return splitter.statements;
    }

    private void run() {
        int first = 0;
        int textStart = 0;
        int brackets = 0;
        int blocks = 0;
        for (int i = 0; i < tokens.size(); i++) {
            if (isSymbol(i, "(") || isSymbol(i, "[")) {
                brackets++;
            } else if (isSymbol(i, ")") || isSymbol(i, "]")) {
                brackets = Math.max(0, brackets - 1);
            } else if (isSymbol(i, ";") && brackets == 0 && blocks == 0) {
                add(first, i, textStart, tokens.get(i).start());
                first = i + 1;
                textStart = tokens.get(i).end();
            } else if (tokens.get(i).kind() == Token.Kind.WORD) {
                blocks = blocksAfter(i, first, blocks);
            }
        }
        add(first, tokens.size(), textStart, sql.length());
    }

    /** The number of open blocks behind a word: the body itself, and each CASE in it, ends with its END. */
    private int blocksAfter(int i, int first, int blocks) {
        if (blocks == 0) {
            boolean body = isWord(i, "atomic") && i > first && isWord(i - 1, "begin") && definesRoutine(first);
            return body ? 1 : 0;
        }
        boolean label = isSymbol(i - 1, ".") || isWord(i - 1, "as");
        if (label) {
            return blocks;
        }
        if (isWord(i, "case")) {
            return blocks + 1;
        }
        return isWord(i, "end") ? blocks - 1 : blocks;
    }

    private boolean definesRoutine(int first) {
        int kind = isWord(first + 1, "or") ? first + 3 : first + 1;
        return isWord(first, "create") && (isWord(kind, "function") || isWord(kind, "procedure"));
    }

    private boolean isWord(int i, String word) {
        return i < tokens.size() && tokens.get(i).isWord(sql, word);
    }

    private boolean isSymbol(int i, String symbol) {
        return tokens.get(i).isSymbol(sql, symbol);
    }

    private void add(int first, int last, int from, int to) {
        if (first < last) {
            int start = from;
            while (Characters.isSpace(sql.charAt(start))) {
                start++;
            }
            int end = to;
            while (Characters.isSpace(sql.charAt(end - 1))) {
                end--;
            }
            statements.add(new Fragment(sql, dialect, tokens.subList(first, last), start, end));
        }
    }
}
