package io.pgbg.sql;

import java.util.List;

/**
 * SQL text split into its statements.
 *
 * <p>Thread-safe. Text and statements never change.
 */
public final class Script {

    private final String text;
    private final List<ParsedStatement> statements;
    private volatile Object meaning;

    /**
     * @param text the whole text
     * @param statements its statements in order; empty ones are left out
     */
    Script(String text, List<ParsedStatement> statements) {
        this.text = text;
        this.statements = List.copyOf(statements);
    }

    /** The whole text. */
    public String text() {
        return text;
    }

    /** Its statements in order, without empty ones. */
    public List<ParsedStatement> statements() {
        return statements;
    }

    /** The object that {@link #remember} got last; null before that. */
    public Object meaning() {
        return meaning;
    }

    /**
     * Keeps an object that a reader has made of the text alone, for as long as the script itself is kept.
     *
     * @param newMeaning immutable, because all connections share the script
     */
    public void remember(Object newMeaning) {
        meaning = newMeaning;
    }

    /** Whether the server gets the text as it is, and the driver has nothing to do. */
    boolean isPlain() {
        return statements.stream().allMatch(ParsedStatement.Passed.class::isInstance);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Script script && text.equals(script.text) && statements.equals(script.statements);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "Script" + statements;
    }
}
