package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A statement as written for the server, and the way back from the server's errors to the caller's text. Immutable. */
public final class Qualified {

    private final String original;
    private final Dialect dialect;
    private final TextEdits edits;
    private final Set<String> names;
    private final CallTarget target;

    /** @param names what the statement calls or names, in lower case */
    Qualified(String original, Dialect dialect, TextEdits edits, Set<String> names, CallTarget target) {
        this.original = original;
        this.dialect = dialect;
        this.edits = edits;
        this.names = names;
        this.target = target;
    }

    /** The text for the server. */
    public String text() {
        return edits.text();
    }

    /** The functions that it calls. */
    public CallTarget target() {
        return target;
    }

    /**
     * Where a character of the text, as pgjdbc sends it, stands in the original statement. A character that was added
     * stands where that was done.
     *
     * @param position as the server counts: in characters, not in UTF-16 units, from 1
     * @return the position in the original, counted in the same way: as far behind the end as the given one; 0 or less
     *     for 0 or less
     */
    public int original(int position) {
        int offset = offset(position);
        if (position <= 0 || offset >= 0) {
            return position <= 0 ? position : originalPosition(offset);
        }
        String sent = sent().text();
        return position - sent.codePointCount(0, sent.length()) + original.codePointCount(0, original.length());
    }

    /** The offset in the text for a position in what pgjdbc sends; -1 for nowhere. */
    private int offset(int position) {
        TextEdits sent = sent();
        boolean within = position > 0 && position <= sent.text().codePointCount(0, sent.text().length());
        return within ? sent.originalOffset(sent.text().offsetByCodePoints(0, position - 1)) : -1;
    }

    /** The text as pgjdbc sends it: in a prepared one {@code $n} for each {@code ?}, and {@code ?} for {@code ??}. */
    TextEdits sent() {
        List<TextEdits.Edit> changes = new ArrayList<>();
        if (dialect.parameters()) {
            int parameters = 0;
            for (Token token : Lexer.tokens(text(), dialect)) {
                if (token.kind() == Token.Kind.JDBC_PARAMETER) {
                    parameters++;
                    changes.add(new TextEdits.Edit(token.start(), token.end(), "$" + parameters));
                } else if (token.kind() == Token.Kind.OPERATOR) {
                    addDoubled(token, changes);
                }
            }
        }
        return new TextEdits(text(), changes);
    }

    private void addDoubled(Token operator, List<TextEdits.Edit> changes) {
        for (int at = operator.start(); at + 1 < operator.end(); at++) {
            if (text().startsWith("??", at)) {
                changes.add(TextEdits.Edit.removal(at, at + 1));
                at++;
            }
        }
    }

    private int originalPosition(int offset) {
        return original.codePointCount(0, edits.originalOffset(offset)) + 1;
    }

    /**
     * The argument of a wrong type that the server's error is about.
     *
     * @param position where the server has found an unknown function
     * @return null when it is not a function that an argument is wrapped in
     */
    public Restored.Misfit misfit(int position) {
        return restored(text(), dialect).misfitAt(offset(position));
    }

    /** The position in the original of the call that has the argument. */
    public int original(Restored.Misfit misfit) {
        return originalPosition(misfit.call());
    }

    /**
     * The caller's character at the place where the server names one that was added.
     *
     * @return 0 when the character at the position is the caller's
     */
    public char instead(int position) {
        int offset = offset(position);
        return offset >= 0 && edits.isWritten(offset) ? TextProbe.next(original, edits.originalOffset(offset)) : 0;
    }

    /** SQL that the server quotes, as the caller wrote it. */
    public Restored restored(String sql) {
        return restored(sql, Dialect.of(dialect.standardConformingStrings(), false));
    }

    private Restored restored(String sql, Dialect with) {
        return Restored.of(sql, with, names, target);
    }

    /** Lines of a context in which the server quotes SQL. */
    public String restoredContext(String context) {
        // with one quote before it, the quoted parts are the SQL and the parts between are in quotes
        return restored('"' + context).text().substring(1);
    }
}
