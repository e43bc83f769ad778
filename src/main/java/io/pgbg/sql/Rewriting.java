package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes a statement for the server: its calls reach the functions that they mean and no others, and the values of
 * settings that the server does not know are in the text. It keeps what it wrote for the last few targets, because a
 * statement is executed again and again with the same functions.
 *
 * <p>Thread-safe.
 */
public final class Rewriting {

    /** Sessions with installations in different schemas may share a statement, and sessions without one. */
    private static final int MOST_TARGETS = 4;

    private final String text;
    private final Dialect dialect;
    private final List<RelayedCall> calls;
    private final Set<String> names;
    private final List<ParsedStatement.SettingRead> reads;
    private volatile List<Qualified> written = List.of();

    /**
     * @param calls in text order, never empty
     * @param reads in text order
     */
    Rewriting(String text, Dialect dialect, List<RelayedCall> calls, List<ParsedStatement.SettingRead> reads) {
        this.text = text;
        this.dialect = dialect;
        this.calls = List.copyOf(calls);
        this.names = calls.stream().map(RelayedCall::function).collect(Collectors.toUnmodifiableSet());
        this.reads = List.copyOf(reads);
    }

    List<RelayedCall> calls() {
        return calls;
    }

    /** All that the statement calls or names, in lower case. */
    Set<String> names() {
        return names;
    }

    /** The statement for the functions of a target. */
    Qualified in(CallTarget target) {
        List<Qualified> known = written;
        for (Qualified one : known) {
            if (one.target().equals(target)) {
                return one;
            }
        }
        Qualified added = new Qualified(text, dialect, new TextEdits(text, edits(target)), names, target);
        // two threads may write at once, and one of the texts is lost: it is written again when it is wanted
        written = Stream.concat(Stream.of(added), known.stream()).limit(MOST_TARGETS).toList();
        return added;
    }

    /** The changes of the text; those at the same place are in the order in which they stand there. */
    List<TextEdits.Edit> edits(CallTarget target) {
        List<TextEdits.Edit> edits = new ArrayList<>();
        calls.forEach(call -> new CallForm(text, call, target).write(edits));
        edits.sort(Comparator.comparingInt(TextEdits.Edit::start));
        int[] starts = edits.stream().mapToInt(TextEdits.Edit::start).toArray();
        for (ParsedStatement.SettingRead read : reads) {
            if (!isBetween(starts, read)) {
                read.edit(target.settings()).ifPresent(edits::add);
            }
        }
        return edits;
    }

    /** Whether one of these places is inside of a call that reads a setting. */
    private static boolean isBetween(int[] starts, ParsedStatement.SettingRead read) {
        int at = Arrays.binarySearch(starts, read.start() + 1);
        int next = at < 0 ? -at - 1 : at;
        return next < starts.length && starts[next] < read.end();
    }
}
