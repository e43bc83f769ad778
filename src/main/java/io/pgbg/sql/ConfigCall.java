package io.pgbg.sql;

/**
 * A call of {@code set_config} in text that is not split into tokens: its quotes may be doubled, as in a literal, and
 * parentheses may stand around its first argument, as in the texts that pgjdbc makes of its statements. Pure functions.
 */
final class ConfigCall {

    private static final int NAME_LENGTH = "set_config".length();
    private static final int LONGEST_NAME = 200;

    private ConfigCall() {
    }

    /** Whether the name that starts here is followed by an opening parenthesis. */
    static boolean isAt(String text, int name) {
        return TextProbe.is(text, parenthesis(text, name), '(');
    }

    private static int parenthesis(String text, int name) {
        int end = name + NAME_LENGTH;
        return TextProbe.skipBlank(text, TextProbe.is(text, end, '"') ? end + 1 : end);
    }

    /** The setting's name in lower case, or null when the first argument is anything but a literal. */
    static String setting(String text, int name) {
        int at = parenthesis(text, name);
        while (TextProbe.is(text, at, '(')) {
            at = TextProbe.skipBlank(text, at + 1);
        }
        return TextProbe.is(text, at, '$') ? dollarQuoted(text, at) : quoted(text, behindPrefix(text, at));
    }

    private static int behindPrefix(String text, int at) {
        if (text.regionMatches(true, at, "U&", 0, 2)) {
            return at + 2;
        }
        boolean letter = TextProbe.is(text, at + 1, '\'') && "eEnN".indexOf(text.charAt(at)) >= 0;
        return letter ? at + 1 : at;
    }

    private static String dollarQuoted(String text, int dollar) {
        int start = LexicalForms.dollarTag(text, dollar);
        if (start < 0) {
            return null;
        }
        int end = start;
        while (end < text.length() && end - start < LONGEST_NAME && text.charAt(end) != '$') {
            end++;
        }
        int length = start - dollar;
        return text.regionMatches(end, text, dollar, length) ? whole(text, start, end, end + length) : null;
    }

    private static String quoted(String text, int quote) {
        int start = behindQuotes(text, quote);
        int end = start;
        while (end < text.length() && end - start < LONGEST_NAME && text.charAt(end) != '\'') {
            end++;
        }
        int behind = behindQuotes(text, end);
        return start > quote && behind - end == start - quote ? whole(text, start, end, behind) : null;
    }

    private static int behindQuotes(String text, int start) {
        int at = start;
        while (TextProbe.is(text, at, '\'')) {
            at++;
        }
        return at;
    }

    /** The name, unless the literal holds escapes or is only a part of an expression. */
    private static String whole(String text, int start, int end, int behind) {
        int next = TextProbe.skipBlank(text, behind);
        boolean ends = TextProbe.is(text, next, ',') || TextProbe.is(text, next, ')') || text.startsWith("::", next);
        String name = text.substring(start, end);
        return ends && name.indexOf('\\') < 0 ? Characters.lowerCase(name) : null;
    }
}
