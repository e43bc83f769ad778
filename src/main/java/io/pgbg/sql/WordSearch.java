package io.pgbg.sql;

import java.util.Arrays;

/**
 * Finds a word of ASCII letters, digits and underscores in a text, in any case, by Horspool's method: it looks at about
 * one character of the text for each length of the word. Immutable; searching allocates nothing.
 */
final class WordSearch {

    private final String word;
    private final byte[] shifts = new byte[128];

    /** @param word in lower case, not empty */
    WordSearch(String word) {
        this.word = word;
        int length = word.length();
        Arrays.fill(shifts, (byte) length);
        for (int i = 0; i < length - 1; i++) {
            char c = word.charAt(i);
            shifts[c] = (byte) (length - 1 - i);
            shifts[Character.toUpperCase(c)] = shifts[c];
        }
    }

    /** The offset of the first occurrence at or behind an offset, or -1. */
    int find(String text, int from) {
        int length = word.length();
        char lastOfWord = word.charAt(length - 1);
        int last = from + length - 1;
        while (last < text.length()) {
            char c = text.charAt(last);
            if (Characters.lowerCase(c) == lastOfWord && matches(text, last - length + 1)) {
                return last - length + 1;
            }
            last += c < 128 ? shifts[c] : length;
        }
        return -1;
    }

    private boolean matches(String text, int start) {
        for (int i = 0; i < word.length(); i++) {
            if (Characters.lowerCase(text.charAt(start + i)) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
