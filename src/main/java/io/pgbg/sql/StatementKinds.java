package io.pgbg.sql;

import java.util.Locale;
import java.util.Set;

/** What the first words of a statement tell. Pure functions. */
final class StatementKinds {

    private static final Set<String> WITH_EXPRESSIONS = Set.of("select", "with", "values", "table", "insert", "update",
            "delete", "merge", "explain", "prepare", "execute", "declare", "copy", "call");

    private static final Set<String> CREATED_WITH_EXPRESSIONS = Set.of("table", "view", "materialized", "index", "rule",
            "policy", "trigger", "statistics", "domain", "schema");

    private static final Set<String> ALTERED_WITH_EXPRESSIONS = Set.of("table", "foreign", "view", "domain", "policy");

    private static final Set<String> CREATE_MODIFIERS = Set.of("or", "replace", "temp", "temporary", "global", "local",
            "unlogged", "unique", "recursive", "constraint", "foreign");

    private static final int MOST_MODIFIERS = 6;

    private StatementKinds() {
    }

    /** The first word of the statement in upper case, brackets and a parameter before it left out; else empty. */
    static String keyword(Fragment fragment) {
        for (int i = 0; i < fragment.size(); i++) {
            if (fragment.is(i, Token.Kind.WORD)) {
                return fragment.word(i).toUpperCase(Locale.ROOT);
            }
            boolean skipped = fragment.is(i, Token.Kind.PUNCTUATION) || fragment.is(i, Token.Kind.JDBC_PARAMETER)
                    || fragment.is(i, Token.Kind.OPERATOR);
            if (!skipped) {
                break;
            }
        }
        return "";
    }

    /**
     * Whether the server evaluates expressions of the statement, now or later. Other statements may name functions but
     * do not call them: GRANT, COMMENT, DROP, CREATE FUNCTION.
     */
    static boolean holdsExpressions(Fragment fragment) {
        if (fragment.isSymbol(0, "(") || fragment.isSymbol(0, "{")) {
            return true;
        }
        String first = fragment.word(0);
        return WITH_EXPRESSIONS.contains(first)
                || CREATED_WITH_EXPRESSIONS.contains(created(fragment))
                || first.equals("alter") && ALTERED_WITH_EXPRESSIONS.contains(fragment.word(1));
    }

    /**
     * Whether what a statement makes may evaluate its expressions later, in statements that do not show them.
     *
     * @param expression a token of an expression in it
     */
    static boolean keepsExpressions(Fragment fragment, int expression) {
        return switch (fragment.word(0)) {
            case "prepare", "declare", "alter" -> true;
            case "create" -> !createsTableAs(fragment, expression);
            default -> false;
        };
    }

    /** Whether a statement of a PL/pgSQL body that starts at a token names functions but calls none. */
    static boolean onlyNames(Fragment body, int i) {
        return switch (body.word(i)) {
            // if one of these is a variable, no other name follows
            case "grant", "revoke", "drop", "comment", "security" -> body.isName(i + 1) && startsStatement(body, i);
            case "alter" -> isRoutine(body, i + 1) && startsStatement(body, i);
            case "create" -> isRoutine(body, body.isWord(i + 1, "or") ? i + 3 : i + 1) && startsStatement(body, i);
            default -> false;
        };
    }

    private static boolean isRoutine(Fragment body, int i) {
        return switch (body.word(i)) {
            case "function", "procedure", "routine", "aggregate", "extension" -> true;
            default -> false;
        };
    }

    private static boolean startsStatement(Fragment body, int i) {
        return body.isSymbol(i - 1, ";") || body.isSymbol(i - 1, ">>") || switch (body.word(i - 1)) {
            case "begin", "then", "else", "loop" -> true;
            default -> false;
        };
    }

    /** What a CREATE statement creates, in lower case: {@code table}, {@code function}; empty when it is no CREATE. */
    static String created(Fragment fragment) {
        if (!fragment.isWord(0, "create")) {
            return "";
        }
        int i = 1;
        while (i <= MOST_MODIFIERS && CREATE_MODIFIERS.contains(fragment.word(i))) {
            i++;
        }
        return fragment.word(i);
    }

    /** Whether the statement defines a function or a procedure, whose body is not run now. */
    static boolean definesRoutine(Fragment fragment) {
        String created = created(fragment);
        return created.equals("function") || created.equals("procedure");
    }

    /** Whether a CREATE TABLE is one of AS, told by what stands outside of brackets before a token. */
    static boolean createsTableAs(Fragment fragment, int before) {
        if (!created(fragment).equals("table")) {
            return false;
        }
        for (int i = 0; i < before; i = fragment.next(i)) {
            if (fragment.isWord(i, "as")) {
                return true;
            }
        }
        return false;
    }

    /** The keyword of a statement that controls the transaction, in upper case; empty when it is another one. */
    static String transactionControl(Fragment fragment) {
        String first = fragment.word(0);
        return switch (first) {
            case "begin", "commit", "end", "rollback", "abort", "savepoint", "release" ->
                    first.toUpperCase(Locale.ROOT);
            case "start" -> fragment.isWord(1, "transaction") ? "START TRANSACTION" : "";
            // a statement may be prepared under the name transaction, too
            case "prepare" -> fragment.isWord(1, "transaction") && fragment.is(2, Token.Kind.STRING)
                    ? "PREPARE TRANSACTION" : "";
            default -> "";
        };
    }

    /** Whether it is a COPY to or from the client. The server takes STDIN and STDOUT for each other. */
    static boolean copiesWithClient(Fragment fragment) {
        if (!fragment.isWord(0, "copy")) {
            return false;
        }
        for (int i = 1; i < fragment.size(); i = fragment.next(i)) {
            boolean direction = fragment.isWord(i, "from") || fragment.isWord(i, "to");
            if (direction && (fragment.isWord(i + 1, "stdin") || fragment.isWord(i + 1, "stdout"))) {
                return true;
            }
        }
        return false;
    }
}
