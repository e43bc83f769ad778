package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * SQL that the server quotes from a statement of ours, as the caller wrote it: what was added to calls is taken away.
 * Immutable.
 */
public final class Restored {

    private static final int DEEPEST = 6;

    private final String sql;
    private final TextEdits edits;
    private final List<Misfit> arguments;

    private Restored(String sql, TextEdits edits, List<Misfit> arguments) {
        this.sql = sql;
        this.edits = edits;
        this.arguments = arguments;
    }

    /**
     * @param functions the functions that the statement calls, in lower case
     * @param target where the statement is to find them
     */
    static Restored of(String sql, Dialect dialect, Set<String> functions, CallTarget target) {
        List<RelayedCall> calls = new ArrayList<>();
        EmbeddedText text = EmbeddedText.of(sql);
        read(text, dialect, new CallFinder(functions), 0, calls);
        calls.sort(Comparator.comparingInt(call -> call.name().start()));
        List<TextEdits.Edit> edits = new ArrayList<>();
        List<Misfit> arguments = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (RelayedCall call : calls) {
            if (target.isSchemaOf(call.name()) && seen.add(call.name().start())) {
                new CallRestorer(sql, call, target).restore(edits, arguments);
            }
        }
        return new Restored(sql, new TextEdits(sql, edits), arguments);
    }

    private static void read(EmbeddedText text, Dialect dialect, CallFinder finder, int depth,
            List<RelayedCall> calls) {
        List<Token> tokens = NameSearch.mentions(text.text()) ? Lexer.tokens(text.text(), dialect) : List.of();
        if (tokens.isEmpty() || depth == DEEPEST) {
            return;
        }
        Fragment fragment = new Fragment(text.text(), dialect, tokens, 0, text.text().length());
        for (CallSite site : finder.inExcerpt(fragment)) {
            RelayedCall call = RelayedCall.of(fragment, site, text);
            if (call != null) {
                calls.add(call);
            }
        }
        Dialect inLiterals = Dialect.of(dialect.standardConformingStrings(), false);
        DynamicSql.anywhere(fragment, text).forEach(inner -> read(inner, inLiterals, finder, depth + 1, calls));
    }

    /** The text as the caller wrote it. */
    public String text() {
        return edits.text();
    }

    /** Where a character stands in it, as the server counts: from 1, in characters; 0 for nowhere. */
    public int position(int position) {
        int offset = offset(position);
        return offset < 0 ? 0 : positionOf(offset);
    }

    private int positionOf(int offset) {
        return text().codePointCount(0, edits.changedOffset(offset)) + 1;
    }

    /** The offset for a position; -1 for nowhere, the end for one behind it. */
    private int offset(int position) {
        boolean behind = position > sql.codePointCount(0, sql.length());
        return position <= 0 ? -1 : behind ? sql.length() : sql.offsetByCodePoints(0, position - 1);
    }

    /** The call of which the argument that is given its type at a position has a wrong one, or null. */
    public Misfit misfit(int position) {
        return misfitAt(offset(position));
    }

    /** The same for an offset. */
    Misfit misfitAt(int offset) {
        return arguments.stream().filter(misfit -> misfit.wrapper() == offset).findFirst().orElse(null);
    }

    /**
     * What the caller wrote where the server names a character that is taken away.
     *
     * @return 0 when the character at the position is the caller's
     */
    public char instead(int position) {
        int offset = offset(position);
        boolean gone = offset >= 0 && offset < sql.length()
                && edits.changedOffset(offset) == edits.changedOffset(offset + 1);
        return gone ? TextProbe.next(text(), edits.changedOffset(offset)) : 0;
    }

    /** The position of a call in the restored text. */
    public int position(Misfit misfit) {
        return positionOf(misfit.call());
    }
}
