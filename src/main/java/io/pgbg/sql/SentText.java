package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/** What pgjdbc makes of the text of a prepared statement: {@code $n} of each {@code ?}, {@code ?} of {@code ??}. */
final class SentText {

    private SentText() {
    }

    /** The text as it is sent. */
    static TextEdits of(String text, Dialect dialect) {
        List<TextEdits.Edit> edits = new ArrayList<>();
        if (dialect.parameters()) {
            int parameters = 0;
            for (Token token : Lexer.tokens(text, dialect)) {
                if (token.kind() == Token.Kind.JDBC_PARAMETER) {
                    parameters++;
                    edits.add(new TextEdits.Edit(token.start(), token.end(), "$" + parameters));
                } else if (token.kind() == Token.Kind.OPERATOR) {
                    addDoubled(text, token, edits);
                }
            }
        }
        return new TextEdits(text, edits);
    }

    private static void addDoubled(String text, Token operator, List<TextEdits.Edit> edits) {
        for (int at = operator.start(); at + 1 < operator.end(); at++) {
            if (text.startsWith("??", at)) {
                edits.add(TextEdits.Edit.removal(at, at + 1));
                at++;
            }
        }
    }
}
