package io.pgbg.relay;

import io.pgbg.function.Api;

/**
 * The functions that are installed in a database.
 *
 * <p>Immutable.
 *
 * @param schema where they are, quoted if need be
 * @param version the {@link #VERSION} that the driver had which installed them
 * @param api the version of the functions
 */
public record Installation(String schema, String version, Api api) {

    /** The version that this driver installs. */
    public static final String VERSION = "5";

    /**
     * A query for the function that marks an installation: its schema, owner, and body. Any role may make a function
     * that looks like it; only those of the database's owner and of superusers count, and those of superusers come
     * first. A function in a schema whose name could end a literal does not count: the driver writes the name into SQL.
     */
    static final String MARKER = """
            SELECT p.oid, p.proowner, p.prosrc, n.nspname FROM pg_catalog.pg_proc AS p
              JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
              JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
              JOIN pg_catalog.pg_roles AS o ON o.oid OPERATOR(pg_catalog.=) p.proowner
            WHERE p.proname OPERATOR(pg_catalog.=) 'pg_background_relay_version'::pg_catalog.name
              AND p.pronargs OPERATOR(pg_catalog.=) 0::pg_catalog.int2
              AND l.lanname OPERATOR(pg_catalog.=) 'sql'::pg_catalog.name
              AND p.prosrc OPERATOR(pg_catalog.~~) 'SELECT ''%''::pg_catalog.text%-- pgbg-jdbc%'::pg_catalog.text
              AND n.nspname OPERATOR(pg_catalog.!~~) 'pg_temp_%'::pg_catalog.text
              AND n.nspname::pg_catalog.text OPERATOR(pg_catalog.=)
                pg_catalog.translate(n.nspname::pg_catalog.text, E'"$''\\\\', '')
              AND (o.rolsuper OR p.proowner OPERATOR(pg_catalog.=) (SELECT datdba FROM pg_catalog.pg_database
                WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))
            ORDER BY o.rolsuper DESC, p.oid LIMIT 1""";

    /**
     * A condition: the function {@code p} belongs to the role that has installed the functions in its schema. Other
     * roles may make functions of the same names there.
     */
    public static final String IS_PART = """
            p.proowner OPERATOR(pg_catalog.=) (SELECT m.proowner FROM pg_catalog.pg_proc AS m
              WHERE m.pronamespace OPERATOR(pg_catalog.=) p.pronamespace
                AND m.proname OPERATOR(pg_catalog.=) 'pg_background_relay_version'::pg_catalog.name
                AND m.pronargs OPERATOR(pg_catalog.=) 0::pg_catalog.int2)""";

    /** The version in the body of such a function. */
    static final String MARKED_VERSION = "pg_catalog.split_part(m.prosrc, '''', 2)";

    /** The version of the functions: where launch has a label, it returns a handle. */
    static final String MARKED_API =
            "CASE WHEN pg_catalog.strpos(m.prosrc, '-- pg_background_launch(text, integer, text)')"
            + " OPERATOR(pg_catalog.>) 0 THEN '2' ELSE '1' END";

    /** The query for an installation: its components as one row, or no row. */
    static final String QUERY = "SELECT pg_catalog.quote_ident(m.nspname), " + MARKED_VERSION + ", " + MARKED_API
            + " FROM (" + MARKER + ") AS m";

    /** Whether a newer driver than this one has installed it. */
    public boolean isNewer() {
        return compareVersion() > 0;
    }

    /** Whether an older driver has installed it, whose functions send requests that this driver does not understand. */
    boolean isOlder() {
        return compareVersion() < 0;
    }

    private int compareVersion() {
        return version.length() == VERSION.length() ? version.compareTo(VERSION) : version.length() - VERSION.length();
    }
}
