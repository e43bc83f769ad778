package io.pgbg.sql;

import java.util.Arrays;

/**
 * The two searches that the text of every statement of an application passes through. They ignore case and allocate
 * nothing. Pure functions.
 */
final class TextSearch {

    private static final String NAME = "pg_background";
    private static final int NAME_LENGTH = NAME.length();

    /** How far Horspool's method moves on, by the character at the end of the window. */
    private static final byte[] SHIFTS = shifts();

    /** A bit for each of the letters s, e and t: the low five bits are the same in both cases, and of few others. */
    private static final int SET_LETTERS = 1 << ('s' & 31) | 1 << ('e' & 31) | 1 << ('t' & 31);

    private TextSearch() {
    }

    private static byte[] shifts() {
        byte[] shifts = new byte[128];
        Arrays.fill(shifts, (byte) NAME_LENGTH);
        for (int i = 0; i < NAME_LENGTH - 1; i++) {
            char c = NAME.charAt(i);
            shifts[c] = (byte) (NAME_LENGTH - 1 - i);
            shifts[Character.toUpperCase(c)] = shifts[c];
        }
        return shifts;
    }

    /**
     * Whether {@code pg_background} occurs anywhere in a text; if not, no function of the driver is named there. It
     * looks at about one character of the text for each length of the name.
     */
    static boolean mentionsDriver(String text) {
        int last = NAME_LENGTH - 1;
        while (last < text.length()) {
            char c = text.charAt(last);
            if (Characters.lowerCase(c) == 'd' && isName(text, last - NAME_LENGTH + 1)) {
                return true;
            }
            last += c < 128 ? SHIFTS[c] : NAME_LENGTH;
        }
        return false;
    }

    private static boolean isName(String text, int start) {
        for (int i = 0; i < NAME_LENGTH; i++) {
            if (Characters.lowerCase(text.charAt(start + i)) != NAME.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The offset of the first {@code set} at or behind an offset, or -1. Of three characters in a row it looks at one,
     * and the steps do not depend on each other, as those of Horspool's method do: for a short word this is faster.
     */
    static int findSet(String text, int from) {
        int length = text.length();
        for (int probe = from + 2; probe < length; probe += 3) {
            char c = text.charAt(probe);
            if ((SET_LETTERS >>> c & 1) != 0) {
                int at = setAround(text, probe, c, from);
                if (at >= 0) {
                    return at;
                }
            }
        }
        return -1;
    }

    /** The occurrence that the letter at the probe belongs to, or -1. */
    private static int setAround(String text, int probe, char letter, int from) {
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
