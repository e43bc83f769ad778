package io.pgbg.sql;

import java.util.Arrays;

/**
 * SQL that stands in literals of a statement, with the place in the statement's text where each of its characters is
 * written. Immutable.
 */
final class EmbeddedText {

    /** Stands for a part that is known only when the statement runs: an operator, because anything may follow one. */
    private static final char UNKNOWN = '@';
    /** Stands for a literal or a name that is known only when the statement runs: a character that SQL does not use. */
    private static final char OPERAND = '\1';

    /** The kinds of these two; the kind of any other character is the number of patterns that it stands in. */
    private static final int UNKNOWN_KIND = -1;
    private static final int OPERAND_KIND = -2;

    private final String text;
    private final int[] starts;
    private final int[] ends;
    private final int[] kinds;
    private final int shift;
    private final boolean known;

    private EmbeddedText(String text, int[] starts, int[] ends, int[] kinds, int shift) {
        this.text = text;
        this.starts = starts;
        this.ends = ends;
        this.kinds = kinds;
        this.shift = shift;
        this.known = kinds == null || Arrays.stream(kinds, 0, text.length()).noneMatch(kind -> kind == UNKNOWN_KIND);
    }

    /** The text around a statement, which is written as it is. */
    static EmbeddedText around(Fragment statement) {
        return new EmbeddedText(statement.whole(), null, null, null, statement.start());
    }

    /** A text that is written as it is. */
    static EmbeddedText of(String text) {
        return new EmbeddedText(text, null, null, null, 0);
    }

    String text() {
        return text;
    }

    /** The offset in the statement where a character is written; -1 for a character that stands for an unknown part. */
    int start(int at) {
        if (starts == null) {
            return at - shift;
        }
        return starts[at] < 0 && at > 0 && kinds[at] == OPERAND_KIND ? ends[at - 1] : starts[at];
    }

    /** The offset in the statement behind a character as it is written, or -1. */
    int end(int at) {
        if (ends == null) {
            return at + 1 - shift;
        }
        return ends[at] < 0 && at + 1 < text.length() && kinds[at] == OPERAND_KIND ? starts[at + 1] : ends[at];
    }

    /** Whether all of it is known, apart from literals and names. */
    boolean isKnown() {
        return known;
    }

    /** Whether a character stands for a part that may be anything. */
    boolean isUnknown(int at) {
        return kinds != null && kinds[at] == UNKNOWN_KIND;
    }

    /** In how many patterns of {@code format}, one in the other, a character is written. */
    int patterns(int at) {
        return kinds == null ? 0 : Math.max(0, kinds[at]);
    }

    private int kind(int at) {
        return kinds == null ? 0 : kinds[at];
    }

    /** Whether these characters are written without anything in between. */
    boolean isUnbroken(int first, int last) {
        for (int i = first; i < last; i++) {
            if (end(i) != start(i + 1)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a name put before this character could become part of what stands before it. */
    boolean runsOn(int at) {
        if (at == 0) {
            return false;
        }
        char before = text.charAt(at - 1);
        // an escape with a number may have fewer digits than it could have, and would swallow the name's first letters
        boolean byNumber = ends != null && ends[at - 1] - starts[at - 1] > 2;
        return Characters.continuesName(before) || before == UNKNOWN || before == OPERAND || byNumber;
    }

    /** Builds a text of literals. Used by one thread for one text. */
    static final class Builder {

        private final EmbeddedText around;
        private final StringBuilder text = new StringBuilder();
        /** The text while it is but one literal, of which no copy is made; otherwise null. */
        private String only;
        /** Whether all is written as it is so far: then its offset in the statement tells each character's place. */
        private boolean plain = true;
        private int origin;
        private int[] starts = new int[0];
        private int[] ends = new int[0];
        private int[] kinds = new int[0];
        private int length;

        /** Starts with an empty text; the literals stand in the text around it. */
        Builder(EmbeddedText around) {
            this.around = around;
        }

        int length() {
            return only == null ? text.length() : only.length();
        }

        private StringBuilder text() {
            if (only != null) {
                text.append(only);
                only = null;
            }
            return text;
        }

        /** Adds the value of a literal; if the token has no value that can be told, an unknown part. */
        Builder add(Fragment fragment, int i) {
            length = length();
            String value = fragment.literal(i, this::addPlace);
            return value == null ? addUnknown() : append(value);
        }

        Builder addUnknown() {
            return addStandIn(UNKNOWN, UNKNOWN_KIND);
        }

        /** Adds an unknown literal or name. */
        Builder addOperand() {
            return addStandIn(OPERAND, OPERAND_KIND);
        }

        private Builder addStandIn(char standIn, int kind) {
            length = length();
            put(1, -1, -1, kind);
            return append(String.valueOf(standIn));
        }

        private Builder append(String part) {
            if (length() == 0) {
                only = part;
            } else {
                text().append(part);
            }
            return this;
        }

        private void addPlace(int count, int start, int end) {
            put(count, around.start(start), around.end(end - 1), around.kind(start));
        }

        private void put(int count, int start, int end, int kind) {
            if (plain && length == 0) {
                origin = start;
            }
            if (plain && count == 1 && start == origin + length && end == start + 1 && kind == 0) {
                length++;
                return;
            }
            spread(length);
            if (length + count > starts.length) {
                int capacity = Math.max(length + count, 2 * starts.length + 64);
                starts = Arrays.copyOf(starts, capacity);
                ends = Arrays.copyOf(ends, capacity);
                kinds = Arrays.copyOf(kinds, capacity);
            }
            Arrays.fill(starts, length, length + count, start);
            Arrays.fill(ends, length, length + count, end);
            Arrays.fill(kinds, length, length + count, kind);
            length += count;
        }

        /** From now on each character has a place of its own. */
        private void spread(int count) {
            if (plain) {
                plain = false;
                starts = new int[count];
                ends = new int[count];
                kinds = new int[count];
                for (int i = 0; i < count; i++) {
                    starts[i] = origin + i;
                    ends[i] = origin + i + 1;
                }
            }
        }

        /** Treats the text from an offset on as a pattern of {@code format}, and fills in its placeholders. */
        void fillIn(int from) {
            StringBuilder pattern = text();
            spread(pattern.length());
            int to = from;
            int at = from;
            while (at < pattern.length()) {
                int end = pattern.charAt(at) == '%' ? FormatPlaceholder.end(pattern, at) : -1;
                int last = end < 0 ? at : end - 1;
                char type = end < 0 ? 0 : pattern.charAt(last);
                int kind = type == 0 || type == '%' ? kinds[at] : type == 's' ? UNKNOWN_KIND : OPERAND_KIND;
                starts[to] = starts[at];
                ends[to] = ends[last];
                kinds[to] = kind < 0 ? kind : kind + 1;
                pattern.setCharAt(to,
                        kind == UNKNOWN_KIND ? UNKNOWN : kind == OPERAND_KIND ? OPERAND : pattern.charAt(at));
                to++;
                at = last + 1;
            }
            pattern.setLength(to);
        }

        EmbeddedText build() {
            String all = only == null ? text.toString() : only;
            return plain ? new EmbeddedText(all, null, null, null, -origin)
                    : new EmbeddedText(all, starts, ends, kinds, 0);
        }
    }
}
