package io.pgbg.sql;

/**
 * Small tests on text that is not split into tokens. They take every offset, allocate nothing, and give up on comments
 * of an unreasonable length, so that a text full of comment openings takes linear time. Pure functions.
 */
final class TextProbe {

    private static final int LONGEST_COMMENT = 1000;

    private TextProbe() {
    }

    /** Whether the word, given in lower case, stands here as a whole, in any case. */
    static boolean isWord(String text, int at, String word) {
        int end = at + word.length();
        // regionMatches is slow, and the first letter alone mostly gives the answer
        return at >= 0 && end <= text.length() && Characters.lowerCase(text.charAt(at)) == word.charAt(0)
                && text.regionMatches(true, at, word, 0, word.length())
                && (at == 0 || !Characters.continuesName(text.charAt(at - 1)))
                && (end == text.length() || !Characters.continuesName(text.charAt(end)));
    }

    /** Whether this character stands here. */
    static boolean is(String text, int at, char c) {
        return at >= 0 && at < text.length() && text.charAt(at) == c;
    }

    /** The offset of the next character that is neither white space nor in a comment. */
    static int skipBlank(String text, int start) {
        int at = start;
        while (at < text.length()) {
            if (Characters.isSpace(text.charAt(at))) {
                at++;
            } else {
                int behind = behindComment(text, at);
                if (behind < 0) {
                    break;
                }
                at = behind;
            }
        }
        return at;
    }

    /** The next such character, or 0 at the end. */
    static char next(String text, int start) {
        int at = skipBlank(text, start);
        return at < text.length() ? text.charAt(at) : 0;
    }

    private static int behindComment(String text, int at) {
        boolean line = text.startsWith("--", at);
        if (!line && !text.startsWith("/*", at)) {
            return -1;
        }
        int limit = Math.min(text.length(), at + LONGEST_COMMENT);
        for (int i = at + 2; i < limit; i++) {
            if (line ? Characters.isNewline(text.charAt(i)) : text.startsWith("*/", i)) {
                return line ? i : i + 2;
            }
        }
        return -1;
    }
}
