package io.pgbg.function;

/** The types of arguments, each with a way to have the server check and convert one just as a function's argument. */
public enum Type {
    // Built-in functions with one signature that give back what they get. Their argument accepts what an argument of
    // the type accepts: implicit casts, untyped literals and parameters, nothing else.
    TEXT("text", "pg_catalog.textcat(", ", '')"),
    INTEGER("integer", "pg_catalog.int4up(", ")"),
    BOOLEAN("boolean", "pg_catalog.booleq(", ", true)");

    private final String sqlName;
    private final String before;
    private final String after;

    Type(String sqlName, String before, String after) {
        this.sqlName = sqlName;
        this.before = before;
        this.after = after;
    }

    /** The name by which the server calls the type in messages. */
    public String sqlName() {
        return sqlName;
    }

    /** What stands before an argument in SQL that evaluates it as this type. */
    public String before() {
        return before;
    }

    /** What stands behind it. */
    public String after() {
        return after;
    }
}
