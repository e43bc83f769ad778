package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How a statement is written for the server: its calls reach the functions they are meant for and no others, and it
 * reads settings that the server does not know. What was written last is kept, because a statement is executed again
 * and again with the same functions.
 *
 * <p>Thread-safe.
 */
public final class Rewriting {

    private final String text;
    private final Dialect dialect;
    private final List<RelayedCall> calls;
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
        this.reads = List.copyOf(reads);
    }

    List<CallName> names() {
        return calls.stream().map(RelayedCall::name).toList();
    }

    Qualified in(CallTarget target) {
        Qualified last = written;
        if (last == null || !last.target().equals(target)) {
            last = new Qualified(text, dialect, new TextEdits(text, edits(target)), names(), target);
            written = last;
        }
        return last;
    }

    /** The changes, in the order in which those at one place stand. */
    List<TextEdits.Edit> edits(CallTarget target) {
        List<TextEdits.Edit> edits = new ArrayList<>();
        calls.forEach(call -> CallEdits.add(call, target, edits));
        edits.sort(Comparator.comparingInt(TextEdits.Edit::start));
        int[] starts = edits.stream().mapToInt(TextEdits.Edit::start).toArray();
        for (SettingRead read : reads) {
            if (!isBetween(starts, read)) {
                read.edit(target.settings()).ifPresent(edits::add);
            }
        }
        return edits;
    }

    /** Whether a place is between the two ends of a call that reads a setting. */
    private static boolean isBetween(int[] starts, SettingRead read) {
        int at = Arrays.binarySearch(starts, read.start() + 1);
        int next = at < 0 ? -at - 1 : at;
        return next < starts.length && starts[next] < read.end();
    }
}
