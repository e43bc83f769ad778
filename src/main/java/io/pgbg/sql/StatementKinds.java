package io.pgbg.sql;

/** What a statement does, as far as its keywords outside of all brackets tell. Pure functions. */
final class StatementKinds {

    private StatementKinds() {
    }

    /** The keyword of a statement that controls the transaction, in upper case; empty when it is another one. */
    static String transactionControl(Fragment fragment) {
        return switch (fragment.word(0)) {
            case "begin" -> "BEGIN";
            case "commit" -> "COMMIT";
            case "end" -> "END";
            case "rollback" -> "ROLLBACK";
            case "abort" -> "ABORT";
            case "savepoint" -> "SAVEPOINT";
            case "release" -> "RELEASE";
            case "start" -> fragment.isWord(1, "transaction") ? "START TRANSACTION" : "";
            case "prepare" -> isPrepareTransaction(fragment) ? "PREPARE TRANSACTION" : "";
            default -> "";
        };
    }

    /** A statement may be prepared under the name transaction, too. */
    private static boolean isPrepareTransaction(Fragment fragment) {
        return fragment.isWord(1, "transaction") && fragment.is(2, Token.Kind.STRING);
    }

    /** The server takes STDIN and STDOUT for each other. */
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

    /**
     * Whether a statement may return more rows than its own text is long: a query that reads from something, or a
     * change of rows that returns them. SHOW and EXPLAIN, which return few, and CALL are not meant, nor is a SELECT
     * without FROM, which calls a function, nor an INSERT of VALUES.
     */
    static boolean mayReturnManyRows(Fragment fragment) {
        int verb = fragment.isWord(0, "with") ? verbBehindWith(fragment) : 0;
        if (fragment.isSymbol(verb, "(")) {
            return true;
        }
        return switch (fragment.word(verb)) {
            case "select" -> !hasClause(fragment, verb, "into")
                    && (verb > 0 || readsFromSomething(fragment) || SetReturning.isCalledIn(fragment));
            case "table", "fetch" -> true;
            case "values" -> verb > 0 || SetReturning.isCalledIn(fragment);
            case "insert" -> hasClause(fragment, verb, "returning")
                    && (verb > 0 || !hasClause(fragment, verb, "values") || SetReturning.isCalledIn(fragment));
            case "update", "delete", "merge" -> hasClause(fragment, verb, "returning");
            default -> false;
        };
    }

    /**
     * Whether what a statement makes may evaluate its expressions later, in statements that do not show them.
     *
     * @param expression a token of an expression in it
     */
    static boolean keepsExpressions(Fragment fragment, int expression) {
        return switch (fragment.word(0)) {
            case "prepare", "declare", "alter" -> true;
            case "create" -> !Keywords.createsTableAs(fragment, expression);
            default -> false;
        };
    }

    private static boolean readsFromSomething(Fragment fragment) {
        return hasClause(fragment, 0, "from") || hasClause(fragment, 0, "union")
                || hasClause(fragment, 0, "intersect") || hasClause(fragment, 0, "except");
    }

    /** The word behind the common table expressions, one of which may be named like a verb. */
    private static int verbBehindWith(Fragment fragment) {
        boolean behindQuery = false;
        for (int i = 1; i < fragment.size(); i = fragment.next(i)) {
            if (behindQuery && isVerb(fragment, i)) {
                return i;
            }
            behindQuery |= fragment.isSymbol(i, "(") && isQueryOfCommonTable(fragment, i);
            if (fragment.isSymbol(i, ",")) {
                behindQuery = false;
            }
        }
        return fragment.size();
    }

    private static boolean isQueryOfCommonTable(Fragment fragment, int open) {
        return fragment.isWord(open - 1, "as") || fragment.isWord(open - 1, "materialized");
    }

    private static boolean isVerb(Fragment fragment, int i) {
        return switch (fragment.word(i)) {
            case "select", "values", "table", "insert", "update", "delete", "merge" -> true;
            default -> fragment.isSymbol(i, "(") && !isQueryOfCommonTable(fragment, i);
        };
    }

    private static boolean hasClause(Fragment fragment, int verb, String word) {
        for (int i = fragment.next(verb); i < fragment.size(); i = fragment.next(i)) {
            boolean label = fragment.isWord(i - 1, "as") || fragment.isSymbol(i - 1, ".");
            if (fragment.isWord(i, word) && !label) {
                return true;
            }
        }
        return false;
    }
}
