package io.pgbg.sql;

/** A name with a dot in it, as custom settings have: {@code a.b}, {@code "a".b}, {@code "a.b"}. Pure functions. */
final class DottedName {

    private static final int LONGEST = 1000;

    private DottedName() {
    }

    /** The offset behind the name that starts here, or -1 when there is none with a dot. Allocates nothing. */
    static int end(String text, int start) {
        boolean dotted = false;
        int at = start;
        while (at - start < LONGEST) {
            int end = partEnd(text, at);
            if (end < 0) {
                return -1;
            }
            int dot = text.charAt(at) == '"' ? text.indexOf('.', at) : -1;
            dotted |= dot >= 0 && dot < end;
            int next = TextProbe.skipBlank(text, end);
            if (!TextProbe.is(text, next, '.')) {
                return dotted ? end : -1;
            }
            dotted = true;
            at = TextProbe.skipBlank(text, next + 1);
        }
        return -1;
    }

    /** The name between these offsets, in lower case and without quotes. */
    static String text(String text, int start, int end) {
        StringBuilder name = new StringBuilder();
        int at = start;
        while (at < end) {
            int partEnd = partEnd(text, at);
            String part = text.substring(at, partEnd);
            boolean quoted = part.charAt(0) == '"';
            name.append(quoted ? part.substring(1, part.length() - 1).replace("\"\"", "\"") : part);
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

    /** Gives up on a quote that is not closed soon: no name is that long. */
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
}
