package io.pgbg.sql;

/**
 * The functions on the server that the calls in a statement are to reach. Immutable.
 *
 * @param schema the schema they are in, as it is to be written in SQL
 * @param session whether they are the session's own, which a call means whatever schema it names; installed ones are
 *     meant by calls that name theirs or none
 * @param signatures their parameters
 * @param settings the driver's settings
 */
public record CallTarget(String schema, boolean session, Signatures signatures, SettingTexts settings) {

    /**
     * @throws IllegalArgumentException if the schema's name cannot stand in every literal as it is: it is empty, or has
     *     an apostrophe, a backslash or a dollar sign in it
     */
    public CallTarget {
        if (schema.isEmpty() || schema.chars().anyMatch(c -> c == '\'' || c == '\\' || c == '$')) {
            throw new IllegalArgumentException("cannot stand in a literal as it is: <" + schema + ">");
        }
    }

    /** Whether a name means something of ours. */
    boolean isMeantBy(CallName name) {
        return session || name.schema() == null || name.schema().equals(plainSchema());
    }

    /** Whether a name has this very schema. */
    boolean isSchemaOf(CallName name) {
        return plainSchema().equals(name.schema());
    }

    /** The schema's name as the server knows it. */
    private String plainSchema() {
        boolean quoted = schema.length() > 1 && schema.startsWith("\"") && schema.endsWith("\"");
        return quoted ? schema.substring(1, schema.length() - 1).replace("\"\"", "\"") : schema;
    }

    /**
     * What takes the place of the schema that is written, or stands before the name when none is.
     *
     * @return null when the name stays as it is
     */
    String qualifier(CallName name) {
        boolean written = name.schemaEnd() > name.start();
        if (name.found() || written && !session) {
            return null;
        }
        // in a pattern of format() a percent sign stands for itself when it is doubled
        String schemaThere = schema.replace("%", "%".repeat(1 << name.patterns()));
        return (name.apart() ? " " : "") + schemaThere + (written ? "" : ".");
    }
}
