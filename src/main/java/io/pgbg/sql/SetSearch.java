package io.pgbg.sql;

/**
 * Finds the letters {@code set} in a text, in any case. Of three characters in a row one is looked at, and the steps do
 * not depend on each other: {@link WordSearch} is for longer words. Pure functions; searching allocates nothing.
 */
final class SetSearch {

    /** A bit for each of the letters s, e and t: the low five bits are the same in both cases, and of few others. */
    private static final int LETTERS = 1 << ('s' & 31) | 1 << ('e' & 31) | 1 << ('t' & 31);

    private SetSearch() {
    }

    /** The offset of the first occurrence at or behind an offset, or -1. */
    static int find(String text, int from) {
        int length = text.length();
        for (int probe = from + 2; probe < length; probe += 3) {
            char c = text.charAt(probe);
            if ((LETTERS >>> c & 1) != 0) {
                int at = around(text, probe, c, from);
                if (at >= 0) {
                    return at;
                }
            }
        }
        return -1;
    }

    /** The occurrence that the letter at the probe belongs to, or -1. */
    private static int around(String text, int probe, char letter, int from) {
        int start = switch (letter) {
            case 's', 'S' -> probe;
            case 'e', 'E' -> probe - 1;
            case 't', 'T' -> probe - 2;
            default -> -1;
        };
        boolean found = start >= from && start + 3 <= text.length()
                && Characters.lowerCase(text.charAt(start)) == 's'
                && Characters.lowerCase(text.charAt(start + 1)) == 'e'
                && Characters.lowerCase(text.charAt(start + 2)) == 't';
        return found ? start : -1;
    }
}
