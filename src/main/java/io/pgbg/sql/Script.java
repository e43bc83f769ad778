package io.pgbg.sql;

import java.util.List;

/**
 * SQL text split into its statements.
 *
 * @param text the whole text
 * @param statements its statements in order; empty ones are left out
 */
public record Script(String text, List<Statement> statements) {

    public Script {
        statements = List.copyOf(statements);
    }

    /** Whether the server gets the text as it is and the driver has nothing to do. */
    public boolean isPlain() {
        return statements.stream().allMatch(Statement.Passed.class::isInstance);
    }
}
