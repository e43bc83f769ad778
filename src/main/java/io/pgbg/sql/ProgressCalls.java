package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The calls by which a job's SQL reports its progress, and the text with these calls qualified, so that they reach the
 * functions in the worker's temporary schema, where the server looks for functions only when told so. Calls in the
 * body of a DO block count; other literals are data, and what is created stays as it was written.
 *
 * <p>Immutable.
 *
 * @param sql the text with qualified calls
 * @param names the names that are called, in lower case; empty when the text is as it was
 * @param insertions where in the original text something was inserted, in order
 */
public record ProgressCalls(String sql, Set<String> names, List<Integer> insertions) {

    private static final Set<String> FUNCTIONS = Set.of("pg_background_progress", "pg_background_report_progress");

    private static final String SCHEMA = "pg_temp.";

    /** Statements that store or name functions, and do not call them. */
    private static final Set<String> DEFINING = Set.of("create", "alter", "drop", "comment", "grant", "revoke",
            "security", "prepare");

    /** Words behind which a name is no function's, although a bracket follows. */
    private static final Set<String> BEFORE_OTHER_NAMES = Set.of("into", "table", "as", "with");

    public ProgressCalls {
        names = Collections.unmodifiableSet(new TreeSet<>(names));
        insertions = List.copyOf(insertions);
    }

    /** Finds the calls in a job's SQL and qualifies them. */
    public static ProgressCalls in(String sql, Dialect dialect) {
        if (!NameSearch.mentions(sql) || !sql.toLowerCase(Locale.ROOT).contains("progress")) {
            return none(sql);
        }
        Set<String> names = new TreeSet<>();
        List<Integer> at = new ArrayList<>();
        for (Fragment statement : StatementSplitter.split(sql, dialect)) {
            String text = statement.text();
            List<Token> tokens = Lexer.tokens(text, dialect);
            if (tokens.get(0).isWord(text, "do")) {
                findInBody(text, tokens, statement.start(), dialect, names, at);
            } else if (!DEFINING.contains(Characters.lowerCase(tokens.get(0).text(text)))) {
                find(text, tokens, statement.start(), names, at);
            }
        }
        if (at.isEmpty()) {
            return none(sql);
        }
        StringBuilder qualified = new StringBuilder(sql);
        for (int i = at.size() - 1; i >= 0; i--) {
            qualified.insert(at.get(i).intValue(), SCHEMA);
        }
        return new ProgressCalls(qualified.toString(), names, at);
    }

    private static ProgressCalls none(String sql) {
        return new ProgressCalls(sql, Set.of(), List.of());
    }

    private static void findInBody(String sql, List<Token> tokens, int start, Dialect dialect, Set<String> names,
            List<Integer> at) {
        for (Token token : tokens) {
            // the text of the literal as it stands: the names have nothing that could be escaped in them
            int body = token.kind() == Token.Kind.STRING ? bodyStart(sql, token) : token.end();
            if (body < token.end()) {
                String code = sql.substring(body, token.end() - (body - token.start()));
                find(code, Lexer.tokens(code, dialect), start + body, names, at);
            }
        }
    }

    private static void find(String sql, List<Token> tokens, int start, Set<String> names, List<Integer> at) {
        for (int i = 0; i < tokens.size(); i++) {
            if (isCall(sql, tokens, i)) {
                names.add(tokens.get(i).name(sql));
                at.add(start + tokens.get(i).start());
            }
        }
    }

    private static boolean isCall(String sql, List<Token> tokens, int i) {
        Token token = tokens.get(i);
        if (!token.isName() || i + 1 == tokens.size() || !tokens.get(i + 1).isSymbol(sql, "(")
                || token.name(sql) == null || !FUNCTIONS.contains(token.name(sql))) {
            return false;
        }
        return i == 0 || !tokens.get(i - 1).isSymbol(sql, ".")
                && !BEFORE_OTHER_NAMES.contains(Characters.lowerCase(tokens.get(i - 1).text(sql)));
    }

    /** Behind the opening quote of a literal that has an equally long closing one; its end for others. */
    private static int bodyStart(String sql, Token literal) {
        char first = sql.charAt(literal.start());
        if (first == '\'') {
            return literal.start() + 1;
        }
        if (first != '$') {
            return literal.end();
        }
        int tagEnd = sql.indexOf('$', literal.start() + 1) + 1;
        return 2 * tagEnd - literal.start() <= literal.end() ? tagEnd : literal.end();
    }

    /** Turns a position in the qualified text into one in the original; both count from 1. */
    public int original(int position) {
        int shifted = position;
        for (int insertion : insertions) {
            if (insertion < shifted - 1) {
                shifted = Math.max(insertion + 1, shifted - SCHEMA.length());
            }
        }
        return shifted;
    }
}
