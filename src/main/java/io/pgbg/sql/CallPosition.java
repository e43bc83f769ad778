package io.pgbg.sql;

import java.util.Set;

/**
 * Tells by the tokens before a name whether an expression or an item of FROM can start there. Elsewhere a name with a
 * parenthesis is an alias, a table with its columns, a type or the like. Pure functions.
 */
final class CallPosition {

    /** Keywords that an expression or an item of FROM may follow, without those that can name a table or a column. */
    private static final Set<String> BEFORE_EXPRESSION = Set.of("select", "distinct", "all", "from", "join", "lateral",
            "on", "where", "and", "or", "not", "when", "then", "else", "case", "having", "limit", "offset", "between",
            "symmetric", "asymmetric", "like", "ilike", "to", "in", "returning", "using", "default", "escape",
            "variadic", "for", "placing", "both", "leading", "trailing", "call");

    /** The same for PL/pgSQL alone. */
    private static final Set<String> BEFORE_EXPRESSION_IN_BODY = Set.of("perform", "if", "elsif", "elseif", "while",
            "return", "execute", "next", "query", "assert", "reverse", "array");

    /** Enough for every list of variables; without a limit a long text would take quadratic time. */
    private static final int LONGEST_INTO = 64;

    private CallPosition() {
    }

    /** Whether an expression follows a keyword in every statement. */
    static boolean isBeforeExpression(String word) {
        return BEFORE_EXPRESSION.contains(word);
    }

    /**
     * Whether a call may start at a token.
     *
     * @param body whether the text is the body of a DO block
     */
    static boolean allowsCall(Fragment fragment, int first, boolean body) {
        int before = first - 1;
        if (before < 0) {
            return false;
        }
        if (fragment.is(before, Token.Kind.OPERATOR)) {
            return true;
        }
        if (fragment.is(before, Token.Kind.PUNCTUATION)) {
            return isBehindPunctuation(fragment, before);
        }
        if (!fragment.is(before, Token.Kind.WORD) || fragment.isSymbol(before - 1, ".")) {
            return body && isBehindSelectInto(fragment, before);
        }
        String word = fragment.word(before);
        if (word.equals("on") && StatementKinds.created(fragment).equals("index")) {
            return isInBrackets(fragment, first);
        }
        return BEFORE_EXPRESSION.contains(word)
                || isBehindTwoWords(fragment, before, word)
                || body && (BEFORE_EXPRESSION_IN_BODY.contains(word) || isBehindSelectInto(fragment, before));
    }

    private static boolean isInBrackets(Fragment fragment, int i) {
        return !fragment.isTopLevel(i);
    }

    /** Words that are ordinary names unless a certain word stands before them. */
    private static boolean isBehindTwoWords(Fragment fragment, int i, String word) {
        return switch (word) {
            case "by" -> fragment.isWord(i - 1, "order") || fragment.isWord(i - 1, "group")
                    || fragment.isWord(i - 1, "partition");
            case "zone" -> fragment.isWord(i - 1, "time");
            case "first", "next" -> fragment.isWord(i - 1, "fetch");
            case "fn" -> fragment.isSymbol(i - 1, "{");
            default -> false;
        };
    }

    private static boolean isBehindPunctuation(Fragment fragment, int i) {
        if (fragment.isSymbol(i, ")")) {
            int open = fragment.partner(i);
            boolean operator = fragment.isWord(open - 1, "operator");
            boolean distinctOn = fragment.isWord(open - 1, "on") && fragment.isWord(open - 2, "distinct");
            return open >= 0 && (operator || distinctOn);
        }
        return fragment.isSymbol(i, "(") || fragment.isSymbol(i, ",") || fragment.isSymbol(i, "[")
                || fragment.isSymbol(i, "=>") || fragment.isSymbol(i, ":=") || fragment.isSymbol(i, ":")
                || fragment.isSymbol(i, "..");
    }

    /** PL/pgSQL's {@code SELECT INTO [STRICT] a, b.c f(..)}: looks back from the last variable. */
    private static boolean isBehindSelectInto(Fragment fragment, int last) {
        int i = last;
        while (i > 0 && last - i < LONGEST_INTO && !fragment.isWord(i, "into")
                && (fragment.isName(i) || fragment.isSymbol(i, ".") || fragment.isSymbol(i, ","))) {
            i--;
        }
        return i < last && fragment.isWord(i, "into") && fragment.isWord(i - 1, "select");
    }
}
