package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/** Arrays of texts in PostgreSQL's notation, one dimension, as requests and answers are written. Pure functions. */
public final class TextArray {

    private static final String NULL = "NULL";

    private TextArray() {
    }

    /** Writes an array. A null element is NULL. */
    public static String write(Iterable<String> elements) {
        StringBuilder text = new StringBuilder("{");
        for (String element : elements) {
            append(text, element);
        }
        return text.append('}').toString();
    }

    private static void append(StringBuilder text, String element) {
        if (text.length() > 1) {
            text.append(',');
        }
        if (element == null) {
            text.append(NULL);
        } else if (isPlain(element)) {
            text.append(element);
        } else {
            quote(text, element);
        }
    }

    private static boolean isPlain(String element) {
        int length = element.length();
        if (length == 0 || length == NULL.length() && NULL.equalsIgnoreCase(element)) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = element.charAt(i);
            boolean plain = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-'
                    || c == '_' || c == ':' || c == '+';
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private static void quote(StringBuilder text, String element) {
        text.append('"');
        for (int i = 0; i < element.length(); i++) {
            char c = element.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        text.append('"');
    }

    /**
     * Reads an array.
     *
     * @param text the array as the server writes it
     * @return its elements, null for NULL; null when the text is no array of one dimension
     */
    public static List<String> read(String text) {
        if (text == null || text.length() < 2 || text.charAt(0) != '{' || text.charAt(text.length() - 1) != '}') {
            return null;
        }
        List<String> elements = new ArrayList<>();
        int at = 1;
        int end = text.length() - 1;
        while (at < end) {
            if (!elements.isEmpty()) {
                if (text.charAt(at) != ',') {
                    return null;
                }
                at++;
            }
            StringBuilder element = new StringBuilder();
            boolean quoted = at < end && text.charAt(at) == '"';
            at = quoted ? readQuoted(text, at + 1, end, element) : readPlain(text, at, end, element);
            if (at < 0 || !quoted && element.isEmpty()) {
                return null;
            }
            elements.add(!quoted && NULL.contentEquals(element) ? null : element.toString());
        }
        return elements;
    }

    private static int readPlain(String text, int start, int end, StringBuilder element) {
        int at = start;
        while (at < end && text.charAt(at) != ',') {
            char c = text.charAt(at);
            if (c == '{' || c == '}' || c == '"' || c == '\\') {
                return -1;
            }
            element.append(c);
            at++;
        }
        return at;
    }

    private static int readQuoted(String text, int start, int end, StringBuilder element) {
        int at = start;
        while (at < end && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at++;
            }
            element.append(text.charAt(at));
            at++;
        }
        return at < end ? at + 1 : -1;
    }
}
