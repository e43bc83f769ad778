package io.pgbg.sql;

import java.util.function.UnaryOperator;

/**
 * The functions on the server that the calls in a statement are to reach. Immutable.
 *
 * @param schema the schema of the functions, as it is to be written in SQL
 * @param session whether they are the session's own functions, which a call with any schema means; installed functions
 *     are meant by calls that name their schema or none
 * @param signatures the parameters of the functions
 * @param settings gives SQL whose value is that of a setting of the driver, by the setting's name in lower case; null
 *     when there is no such setting. The server alone does not know these values
 */
public record CallTarget(String schema, boolean session, Signatures signatures, UnaryOperator<String> settings) {

    /**
     * Checks the schema.
     *
     * @throws IllegalArgumentException if the schema's name cannot stand in every literal as it is: it is empty, or has
     *     an apostrophe, a backslash or a dollar sign in it
     */
    public CallTarget {
        if (schema.isEmpty() || schema.chars().anyMatch(c -> c == '\'' || c == '\\' || c == '$')) {
            throw new IllegalArgumentException("cannot stand in a literal as it is: <" + schema + ">");
        }
    }

    /** Whether a call means one of these functions, or a name a type or a view beside them. */
    boolean isMeantBy(RelayedCall call) {
        return session || call.schema() == null || call.schema().equals(Quoting.unquoted(schema));
    }

    /** Whether a call names this very schema. */
    boolean isSchemaOf(RelayedCall call) {
        return Quoting.unquoted(schema).equals(call.schema());
    }

    /**
     * The text that replaces the schema of a call, or that is put before the name when the call has none.
     *
     * @return null when the call keeps what is written
     */
    String qualifier(RelayedCall call) {
        boolean written = call.schemaEnd() > call.start();
        if (call.found() || written && !session) {
            return null;
        }
        // in a pattern of format() a percent sign stands for itself when it is doubled
        String schemaThere = schema.replace("%", "%".repeat(1 << call.patterns()));
        return (call.apart() ? " " : "") + schemaThere + (written ? "" : ".");
    }
}
