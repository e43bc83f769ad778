package io.pgbg.sql;

/** Writes values and names so that they can stand in SQL, whatever is in them. Pure functions. */
public final class Quoting {

    private Quoting() {
    }

    /**
     * A string literal of this value.
     *
     * @param value without the character NUL, which the server does not take
     * @return the literal with its quotes, which means the same whatever {@code standard_conforming_strings} is
     */
    public static String literal(String value) {
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    /**
     * An identifier for this name, in quotes.
     *
     * @param name as the server knows it
     */
    public static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** The name in an identifier, which has its quotes taken away if it has any; its case stays. */
    static String unquoted(String identifier) {
        int last = identifier.length() - 1;
        boolean quoted = last > 0 && identifier.charAt(0) == '"' && identifier.charAt(last) == '"';
        return quoted ? identifier.substring(1, last).replace("\"\"", "\"") : identifier;
    }
}
