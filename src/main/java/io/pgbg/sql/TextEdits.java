package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Changes of a text, and where the characters of the changed text stand in the one before. Offsets count UTF-16 units.
 * Immutable.
 */
final class TextEdits {

    private final String text;
    private final List<Edit> edits;

    /**
     * One change: the characters from start to end become another text; an insertion when both are the same.
     *
     * @param start offset in the original
     * @param end offset in the original
     * @param text the text that stands there afterwards
     */
    record Edit(int start, int end, String text) {

        static Edit insertion(int at, String text) {
            return new Edit(at, at, text);
        }

        static Edit removal(int start, int end) {
            return new Edit(start, end, "");
        }
    }

    /**
     * Changes a text.
     *
     * @param edits in any order, but those at the same place in the order in which they are to stand there; no edit
     *     overlaps another
     */
    TextEdits(String original, List<Edit> edits) {
        this.edits = new ArrayList<>(edits);
        if (edits.isEmpty()) {
            this.text = original;
            return;
        }
        this.edits.sort(Comparator.comparingInt(Edit::start));
        StringBuilder changed = new StringBuilder(original.length() + 32 * edits.size());
        int end = 0;
        for (Edit edit : this.edits) {
            changed.append(original, end, edit.start()).append(edit.text());
            end = edit.end();
        }
        this.text = changed.append(original, end, original.length()).toString();
    }

    /** The changed text. */
    String text() {
        return text;
    }

    /** Where a character of the changed text stands in the original; one of a change, where the change begins. */
    int originalOffset(int offset) {
        int grown = 0;
        for (Edit edit : edits) {
            int end = edit.start() + grown + edit.text().length();
            if (offset < end) {
                return Math.min(offset - grown, edit.start());
            }
            grown = end - edit.end();
        }
        return offset - grown;
    }

    /** Whether a character of the changed text was written by a change. */
    boolean isWritten(int offset) {
        int grown = 0;
        for (Edit edit : edits) {
            int end = edit.start() + grown + edit.text().length();
            if (offset < end) {
                return offset >= edit.start() + grown;
            }
            grown = end - edit.end();
        }
        return false;
    }

    /** Where a character of the original stands in the changed text; a removed one, where the change begins. */
    int changedOffset(int offset) {
        int grown = 0;
        for (Edit edit : edits) {
            if (offset < edit.start()) {
                break;
            }
            if (offset < edit.end()) {
                return edit.start() + grown;
            }
            grown += edit.text().length() - (edit.end() - edit.start());
        }
        return offset + grown;
    }
}
