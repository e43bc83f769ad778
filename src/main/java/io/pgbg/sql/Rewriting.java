package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes a statement for the server: its calls reach the functions that they mean and no others, and the values of
 * settings that the server does not know are in the text. It keeps the text that it wrote last, because a statement is
 * executed again and again with the same functions.
 *
 * <p>Thread-safe.
 */
public final class Rewriting {

    private final String text;
    private final Dialect dialect;
    private final List<RelayedCall> calls;
    private final Set<String> names;
    private final List<SettingRead> reads;
    private volatile Qualified written;

    /**
     * @param calls in text order, never empty
     * @param reads in text order
     */
    Rewriting(String text, Dialect dialect, List<RelayedCall> calls, List<SettingRead> reads) {
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
        Qualified last = written;
        if (last == null || !last.target().equals(target)) {
            last = new Qualified(text, dialect, new TextEdits(text, edits(target)), names, target);
            written = last;
        }
        return last;
    }

    /** The changes of the text; those at the same place are in the order in which they stand there. */
    List<TextEdits.Edit> edits(CallTarget target) {
        List<TextEdits.Edit> edits = new ArrayList<>();
        calls.forEach(call -> new CallForm(text, call, target).write(edits));
        edits.sort(Comparator.comparingInt(TextEdits.Edit::start));
        int[] starts = edits.stream().mapToInt(TextEdits.Edit::start).toArray();
        for (SettingRead read : reads) {
            if (!isBetween(starts, read)) {
                read.edit(target.settings()).ifPresent(edits::add);
            }
        }
        return edits;
    }

    /** Whether one of these places is inside of a call that reads a setting. */
    private static boolean isBetween(int[] starts, SettingRead read) {
        int at = Arrays.binarySearch(starts, read.start() + 1);
        int next = at < 0 ? -at - 1 : at;
        return next < starts.length && starts[next] < read.end();
    }
}
