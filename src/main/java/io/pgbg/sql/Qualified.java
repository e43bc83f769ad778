package io.pgbg.sql;

import java.util.List;
import java.util.stream.Collectors;

/** A statement as it is written for the server, and how what the server says of it leads back. Immutable. */
public final class Qualified {

    private final Dialect dialect;
    private final TextEdits edits;
    private final String original;
    private final List<CallName> calls;
    private final CallTarget target;

    Qualified(String original, Dialect dialect, TextEdits edits, List<CallName> calls, CallTarget target) {
        this.original = original;
        this.dialect = dialect;
        this.edits = edits;
        this.calls = calls;
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
     * @return the position, counted in the same way; behind the end as far as it was given behind the end; what is not
     *     positive stays as it is
     */
    public int original(int position) {
        int offset = offset(position);
        if (position <= 0 || offset >= 0) {
            return position <= 0 ? position : originalPosition(offset);
        }
        String sent = SentText.of(text(), dialect).text();
        return position - sent.codePointCount(0, sent.length()) + original.codePointCount(0, original.length());
    }

    /** The offset in the text for a position in what pgjdbc sends; -1 for nowhere. */
    private int offset(int position) {
        TextEdits sent = SentText.of(text(), dialect);
        boolean within = position > 0 && position <= sent.text().codePointCount(0, sent.text().length());
        return within ? sent.originalOffset(sent.text().offsetByCodePoints(0, position - 1)) : -1;
    }

    private int originalPosition(int offset) {
        return original.codePointCount(0, edits.originalOffset(offset)) + 1;
    }

    /**
     * The call with an argument of a wrong type.
     *
     * @param position where the server sees an unknown function
     * @return null when it is no function of those that arguments are wrapped in
     */
    public Misfit misfit(int position) {
        return restored(text(), dialect).misfitAt(offset(position));
    }

    /** The position of such a call in the original statement. */
    public int original(Misfit misfit) {
        return originalPosition(misfit.call());
    }

    /**
     * What the caller wrote where the server names a character that was added.
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
        return Restored.of(sql, with, calls.stream().map(CallName::function).collect(Collectors.toSet()), target);
    }

    /** Lines of a context in which the server quotes SQL. */
    public String restoredContext(String context) {
        // with one quote before it what is quoted is SQL, and all between is quoted
        return restored('"' + context).text().substring(1);
    }
}
