package io.pgbg.sql;

/**
 * What must be known about a connection and a statement to split SQL into tokens.
 *
 * @param standardConformingStrings the server's {@code standard_conforming_strings}: whether a backslash in a plain
 *     {@code '..'} literal is an ordinary character
 * @param parameters whether {@code ?} stands for a JDBC parameter (and {@code ??} for the operator {@code ?}), as in a
 *     prepared statement; otherwise {@code ?} is an operator character
 */
public record Dialect(boolean standardConformingStrings, boolean parameters) {

    /** A plain {@code Statement} on a server with default settings. */
    public static final Dialect STATEMENT = new Dialect(true, false);

    /** A {@code PreparedStatement} on a server with default settings. */
    public static final Dialect PREPARED = new Dialect(true, true);

    /** The same server settings, for the text of a plain statement or of a prepared one. */
    public static Dialect of(boolean standardConformingStrings, boolean parameters) {
        if (standardConformingStrings) {
            return parameters ? PREPARED : STATEMENT;
        }
        return new Dialect(false, parameters);
    }
}
