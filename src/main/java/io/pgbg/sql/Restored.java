package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * SQL that the server quotes from a statement that the driver has written, as the caller wrote it: additions to calls
 * are taken away. Immutable.
 */
public final class Restored {

    private static final int DEEPEST = 6;

    private final String sql;
    private final TextEdits edits;
    private final List<Misfit> arguments;

    /**
     * An argument of a type that its parameter does not take. The server complains of the function that the argument is
     * wrapped in.
     *
     * @param wrapper offset where that function is named
     * @param before how that call begins
     * @param call offset where the function is named that the caller called
     * @param function its name
     * @param types what stands for each argument in a message of the server, with a question mark for the type it tells
     */
    public record Misfit(int wrapper, String before, int call, String function, List<String> types) {

        public Misfit {
            types = List.copyOf(types);
        }

        /**
         * The call in the words of the server, such as {@code pg_background_launch(boolean, integer)}.
         *
         * @param type the type that the server has told
         */
        public String signature(String type) {
            return types.stream().map(known -> known.replace("?", type))
                    .collect(Collectors.joining(", ", function + '(', ")"));
        }
    }

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
        calls.sort(Comparator.comparingInt(call -> call.start()));
        List<TextEdits.Edit> edits = new ArrayList<>();
        List<Misfit> arguments = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (RelayedCall call : calls) {
            if (target.isSchemaOf(call) && seen.add(call.start())) {
                new CallForm(sql, call, target).restore(edits, arguments);
            }
        }
        return new Restored(sql, new TextEdits(sql, edits), arguments);
    }

    private static void read(EmbeddedText text, Dialect dialect, CallFinder finder, int depth,
            List<RelayedCall> calls) {
        List<Token> tokens = TextSearch.mentionsDriver(text.text()) ? Lexer.tokens(text.text(), dialect) : List.of();
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

    /** Where a character stands in {@link #text()}, as the server counts: from 1, in characters; 0 for nowhere. */
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

    /** The argument of a wrong type that an error at this position is about, or null. */
    public Misfit misfit(int position) {
        return misfitAt(offset(position));
    }

    /** The same for an offset. */
    Misfit misfitAt(int offset) {
        return arguments.stream().filter(misfit -> misfit.wrapper() == offset).findFirst().orElse(null);
    }

    /**
     * The caller's character at the place where the server names one that is taken away.
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
