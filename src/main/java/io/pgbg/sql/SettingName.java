package io.pgbg.sql;

import java.util.List;

/**
 * Names of settings in text that is not split into tokens, because it may be the text of a job or a part of PL/pgSQL,
 * inside any quotes: after {@code SET}, and as the first argument of {@code set_config}. Pure functions.
 */
final class SettingName {

    private static final String SET_CONFIG = "set_config";

    /** How pgjdbc shows the parameter that takes the result of a call: before an execution, behind one, and in 42.2. */
    private static final List<String> SHOWN_RESULTS = List.of("(?,", "((NULL),", "(('null'),");

    /** A name, or a literal that holds one, is never longer; what seems to be is given up. */
    private static final int LONGEST = 1000;
    private static final int LONGEST_LITERAL = 200;

    private SettingName() {
    }

    /**
     * The end of a name with a dot in it, as custom settings have: {@code a.b}, {@code "a".b}, {@code "a.b"}. Allocates
     * nothing.
     *
     * @return the offset behind the name that starts here, or -1 when there is none with a dot
     */
    static int end(String text, int start) {
        boolean dotted = false;
        int at = start;
        while (at - start < LONGEST) {
            int end = partEnd(text, at);
            if (end < 0) {
                return -1;
            }
            dotted |= text.charAt(at) == '"' && hasDot(text, at, end);
            int next = TextProbe.skipBlank(text, end);
            if (!TextProbe.is(text, next, '.')) {
                return dotted ? end : -1;
            }
            dotted = true;
            at = TextProbe.skipBlank(text, next + 1);
        }
        return -1;
    }

    /** Looks no further than the end: a text may have very many names in quotes, and no dot. */
    private static boolean hasDot(String text, int start, int end) {
        int at = start;
        while (at < end && text.charAt(at) != '.') {
            at++;
        }
        return at < end;
    }

    /** The name between these offsets, in lower case and without quotes. */
    static String text(String text, int start, int end) {
        StringBuilder name = new StringBuilder();
        int at = start;
        while (at < end) {
            int partEnd = partEnd(text, at);
            name.append(Quoting.unquoted(text.substring(at, partEnd)));
            if (partEnd < end) {
                name.append('.');
                at = TextProbe.skipBlank(text, TextProbe.skipBlank(text, partEnd) + 1);
            } else {
                at = end;
            }
        }
        return Characters.lowerCase(name.toString());
    }

    private static int partEnd(String text, int at) {
        if (at >= text.length()) {
            return -1;
        }
        if (text.charAt(at) == '"') {
            int end = quotedEnd(text, at);
            return end - at > 2 ? end : -1;
        }
        return Characters.startsName(text.charAt(at)) ? LexicalForms.word(text, at) : -1;
    }

    private static int quotedEnd(String text, int quote) {
        int limit = Math.min(text.length(), quote + LONGEST);
        for (int i = quote + 1; i < limit; i++) {
            if (text.charAt(i) == '"') {
                if (!TextProbe.is(text, i + 1, '"')) {
                    return i + 1;
                }
                i++;
            }
        }
        return -1;
    }

    /** Whether a call of {@code set_config} starts here; its name may stand in quotes. */
    static boolean isConfigCall(String text, int name) {
        return TextProbe.isWord(text, name, SET_CONFIG) && TextProbe.is(text, parenthesis(text, name), '(');
    }

    private static int parenthesis(String text, int name) {
        int end = name + SET_CONFIG.length();
        return TextProbe.skipBlank(text, TextProbe.is(text, end, '"') ? end + 1 : end);
    }

    /**
     * The setting that a call of {@code set_config} names. The quotes of the literal may be doubled, because the call
     * may stand in a literal itself, and parentheses may stand around it, as in the texts that pgjdbc makes of its
     * statements.
     *
     * @param name where the call starts
     * @return the setting's name in lower case, or null when the first argument is anything but a literal
     */
    static String ofConfigCall(String text, int name) {
        return ofArgument(text, parenthesis(text, name));
    }

    /**
     * The same for a text that pgjdbc makes of {@code {? = call set_config(?, ..)}}: it shows the parameter that takes
     * the result as another argument before the first.
     *
     * @return null also when the first argument shows no such parameter
     */
    static String behindResult(String text, int name) {
        int at = parenthesis(text, name);
        for (String result : SHOWN_RESULTS) {
            if (text.startsWith(result, at)) {
                return ofArgument(text, at + result.length());
            }
        }
        return null;
    }

    private static String ofArgument(String text, int start) {
        int at = TextProbe.skipBlank(text, start);
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
        int end = find(text, start, '$');
        int length = start - dollar;
        return text.regionMatches(end, text, dollar, length) ? whole(text, start, end, end + length) : null;
    }

    private static String quoted(String text, int quote) {
        int start = behindQuotes(text, quote);
        int end = find(text, start, '\'');
        int behind = behindQuotes(text, end);
        return start > quote && behind - end == start - quote ? whole(text, start, end, behind) : null;
    }

    private static int find(String text, int start, char end) {
        int at = start;
        while (at < text.length() && at - start < LONGEST_LITERAL && text.charAt(at) != end) {
            at++;
        }
        return at;
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
