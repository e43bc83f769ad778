package io.pgbg.function;

/**
 * The types of arguments and results. For the types of arguments there is SQL by which the server checks and converts a
 * value just as it does with a function's argument.
 */
public enum Type {
    // Built-in functions with one signature that give back what they get. Their argument accepts what an argument of
    // the type accepts: implicit casts, untyped literals and parameters, nothing else. They need no quotes, so they can
    // be written into literals of any kind.
    TEXT("text", "text", 25, -1, "pg_catalog.repeat(", ", 1)"),
    INTEGER("integer", "int4", 23, 4, "pg_catalog.int4up(", ")"),
    BIGINT("bigint", "int8", 20, 8, "pg_catalog.int8up(", ")"),
    BOOLEAN("boolean", "bool", 16, 1, "pg_catalog.booleq(", ", true)"),
    /** {@code pg_background_handle[]}: only a server on which the type exists can read such an argument. */
    HANDLES(Names.HANDLE + "[]", Names.HANDLE + "[]", 0, -1, null, null),

    DOUBLE("double precision", "float8", 701, 8, null, null),
    OID("oid", "oid", 26, 4, null, null),
    TIMESTAMPTZ("timestamp with time zone", "timestamptz", 1184, 8, null, null),
    VOID("void", "void", 2278, 4, null, null);

    private static final String SERVERS = "pg_catalog.";

    private final String sqlName;
    private final String shortName;
    private final int oid;
    private final int length;
    private final String before;
    private final String after;

    Type(String sqlName, String shortName, int oid, int length, String before, String after) {
        this.sqlName = sqlName;
        this.shortName = shortName;
        this.oid = oid;
        this.length = length;
        this.before = before;
        this.after = after;
    }

    /** The name of the type in the server's messages. */
    public String sqlName() {
        return sqlName;
    }

    /**
     * The name for a declaration, which means the type under every search path.
     *
     * @param schema the schema of the driver's own types, as it is to be written in SQL
     */
    public String declaration(String schema) {
        return (oid == 0 ? schema + '.' : SERVERS) + shortName;
    }

    /** The type's oid; 0 for a type of the driver's own, whose oid each database chooses. */
    public int oid() {
        return oid;
    }

    /** The length of a value as the server tells it; negative when the length of values differs. */
    public int length() {
        return length;
    }

    /** The SQL before an argument that makes the server evaluate it as this type; null when there is no such way. */
    public String before() {
        return before;
    }

    /** The SQL behind it. */
    public String after() {
        return after;
    }
}
