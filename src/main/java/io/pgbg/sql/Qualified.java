package io.pgbg.sql;

import java.util.List;

/** A statement whose calls are qualified with a schema; all else in it is as it was. Immutable. */
public final class Qualified {

    private final String original;
    private final String text;
    private final List<CallName> calls;
    private final String schema;

    private Qualified(String original, String text, List<CallName> calls, String schema) {
        this.original = original;
        this.text = text;
        this.calls = calls;
        this.schema = schema;
    }

    /** @param calls in text order */
    static Qualified of(String original, List<CallName> calls, String schema) {
        if (schema.isEmpty() || schema.chars().anyMatch(c -> c == '\'' || c == '\\' || c == '$')) {
            throw new IllegalArgumentException("cannot stand in a literal as it is: <" + schema + ">");
        }
        StringBuilder text = new StringBuilder(original.length() + calls.size() * (schema.length() + 1));
        int end = 0;
        for (CallName call : calls) {
            text.append(original, end, call.start()).append(call.qualifier(schema));
            end = call.schemaEnd();
        }
        return new Qualified(original, text.append(original, end, original.length()).toString(), calls, schema);
    }

    static Qualified asWritten(String text) {
        return new Qualified(text, text, List.of(), "");
    }

    /** The text for the server. */
    public String text() {
        return text;
    }

    /**
     * Where a character of {@link #text()} stands in the original statement. A character of the schema stands where the
     * call is named.
     *
     * @param position as the server counts: in characters, not in UTF-16 units, from 1
     * @return the position, counted in the same way; behind the end as far as it was given behind the end; what is not
     *     positive stays as it is
     */
    public int original(int position) {
        if (position <= 0) {
            return position;
        }
        int characters = text.codePointCount(0, text.length());
        if (position > characters) {
            return position - characters + original.codePointCount(0, original.length());
        }
        int offset = originalOffset(text.offsetByCodePoints(0, position - 1));
        return original.codePointCount(0, offset) + 1;
    }

    private int originalOffset(int offset) {
        int grown = 0;
        for (CallName call : calls) {
            int start = call.start() + grown;
            int end = start + call.qualifier(schema).length();
            if (offset < start) {
                break;
            }
            if (offset < end) {
                return call.start();
            }
            grown = end - call.schemaEnd();
        }
        return offset - grown;
    }
}
