package io.pgbg.sql;

import java.util.List;

/**
 * The command tag of a statement that returns rows, for when nobody passes on the server's. Pure functions.
 */
public final class RowCommand {

    private RowCommand() {
    }

    /**
     * The tag.
     *
     * @param statement one statement that has returned rows
     * @param rows how many
     */
    public static String tag(String statement, Dialect dialect, long rows) {
        return prefix(statement, Lexer.tokens(statement, dialect)) + rows;
    }

    private static String prefix(String sql, List<Token> tokens) {
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.isSymbol(sql, "(")) {
                depth++;
            } else if (token.isSymbol(sql, ")")) {
                depth--;
            } else if (depth == 0 && isVerbPlace(sql, tokens, i)) {
                String prefix = prefixOf(Characters.lowerCase(token.text(sql)));
                if (prefix != null) {
                    return prefix;
                }
            }
        }
        // brackets around it all
        return "SELECT ";
    }

    /** The first word, or the word behind the query of a common table; not the name of one. */
    private static boolean isVerbPlace(String sql, List<Token> tokens, int i) {
        return tokens.get(i).kind() == Token.Kind.WORD && (i == 0 || tokens.get(i - 1).isSymbol(sql, ")"));
    }

    private static String prefixOf(String verb) {
        return switch (verb) {
            case "insert" -> "INSERT 0 ";
            case "update" -> "UPDATE ";
            case "delete" -> "DELETE ";
            case "merge" -> "MERGE ";
            case "fetch" -> "FETCH ";
            case "select", "values", "table" -> "SELECT ";
            default -> null;
        };
    }
}
