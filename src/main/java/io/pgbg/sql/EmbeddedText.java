package io.pgbg.sql;

import java.util.Arrays;

/**
 * SQL that stands in literals of a statement, with the place in the statement's text where each of its characters is
 * written. Immutable.
 */
final class EmbeddedText {

    /** Stands for a part that is known only when the statement runs: an operator, behind which anything may come. */
    private static final char UNKNOWN = '@';

    private final String text;
    private final int[] starts;
    private final int[] ends;
    private final int shift;

    private EmbeddedText(String text, int[] starts, int[] ends, int shift) {
        this.text = text;
        this.starts = starts;
        this.ends = ends;
        this.shift = shift;
    }

    /** The text that a statement stands in, which is written as it is. */
    static EmbeddedText around(Fragment statement) {
        return new EmbeddedText(statement.whole(), null, null, statement.start());
    }

    String text() {
        return text;
    }

    /** Where the writing of a character starts in the statement. */
    int start(int at) {
        return starts == null ? at - shift : starts[at];
    }

    /** The offset in the statement behind the writing of a character. */
    int end(int at) {
        return ends == null ? at + 1 - shift : ends[at];
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
        // The digits of a character that is given by number may be fewer than they could be.
        boolean byNumber = ends != null && ends[at - 1] - starts[at - 1] > 2;
        return Characters.continuesName(before) || before == UNKNOWN || byNumber;
    }

    /** Puts a text together from literals. Used by one thread for one text. */
    static final class Builder {

        private final EmbeddedText around;
        private final StringBuilder text = new StringBuilder();
        private int[] starts = new int[0];
        private int[] ends = new int[0];
        private int length;

        /** @param around the text that the literals stand in */
        Builder(EmbeddedText around) {
            this.around = around;
        }

        /** Adds the value of a literal, or a part that is not known when the token is none. */
        Builder add(Fragment fragment, int i) {
            length = text.length();
            String value = fragment.literal(i, this::addPlace);
            return value == null ? addUnknown() : append(value);
        }

        Builder addUnknown() {
            length = text.length();
            reserve(1);
            starts[length] = -1;
            ends[length] = -1;
            return append(String.valueOf(UNKNOWN));
        }

        private Builder append(String part) {
            text.append(part);
            return this;
        }

        private void addPlace(int count, int start, int end) {
            reserve(count);
            Arrays.fill(starts, length, length + count, around.start(start));
            Arrays.fill(ends, length, length + count, around.end(end - 1));
            length += count;
        }

        private void reserve(int count) {
            if (length + count > starts.length) {
                int capacity = Math.max(length + count, 2 * starts.length + 64);
                starts = Arrays.copyOf(starts, capacity);
                ends = Arrays.copyOf(ends, capacity);
            }
        }

        EmbeddedText build() {
            return new EmbeddedText(text.toString(), starts, ends, 0);
        }
    }
}
