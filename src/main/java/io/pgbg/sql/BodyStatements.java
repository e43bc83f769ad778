package io.pgbg.sql;

/** What the first words of the statements in a PL/pgSQL body tell. Pure functions. */
final class BodyStatements {

    private BodyStatements() {
    }

    /** Whether a statement starts at a token that names functions but calls none when it runs: GRANT, DROP, .. */
    static boolean namesOnly(Fragment body, int i) {
        return switch (body.word(i)) {
            // Behind one of these as the name of a variable comes no other name.
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
}
