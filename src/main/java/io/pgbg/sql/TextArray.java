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
            boolean quoted = text.charAt(at) == '"';
            int behind = quoted ? behindQuoted(text, at + 1, end) : behindPlain(text, at, end);
            if (behind < 0) {
                return null;
            }
            String element = quoted ? unescaped(text, at + 1, behind - 1) : text.substring(at, behind);
            elements.add(!quoted && NULL.equals(element) ? null : element);
            at = behind;
        }
        return elements;
    }

    /** The offset behind an element without quotes; -1 where none stands. */
    private static int behindPlain(String text, int start, int end) {
        int at = start;
        while (at < end && text.charAt(at) != ',') {
            char c = text.charAt(at);
            if (c == '{' || c == '}' || c == '"' || c == '\\') {
                return -1;
            }
            at++;
        }
        return at == start ? -1 : at;
    }

    /** The offset behind the closing quote; -1 without one. */
    private static int behindQuoted(String text, int start, int end) {
        int at = start;
        while (at < end && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return at < end ? at + 1 : -1;
    }

    /** An element of many megabytes is a job's text: it is copied no more often than it has to be. */
    private static String unescaped(String text, int start, int end) {
        int escape = escape(text, start, end);
        if (escape == end) {
            return text.substring(start, end);
        }
        StringBuilder element = new StringBuilder(end - start);
        int copied = start;
        while (escape < end) {
            element.append(text, copied, escape).append(text.charAt(escape + 1));
            copied = escape + 2;
            escape = escape(text, copied, end);
        }
        return element.append(text, copied, end).toString();
    }

    /** The offset of the next backslash; the end when there is none before it. */
    private static int escape(String text, int from, int end) {
        int at = from;
        while (at < end && text.charAt(at) != '\\') {
            at++;
        }
        return at;
    }
}
