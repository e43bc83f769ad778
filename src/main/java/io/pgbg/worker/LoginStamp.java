package io.pgbg.worker;

/**
 * The SQL of a text that changes whenever something changes of what the server looks at when a login connects to a
 * database: whether it may, its attributes, the settings that ALTER ROLE and ALTER DATABASE have given it, the roles it
 * is a member of. Every role can evaluate it, and it does not depend on the session that does.
 *
 * <p>Passwords are for superusers only. What everybody may know is how often rows of {@code pg_authid} were updated.
 * The server counts that as statistics, which take a moment to be told, and which are quick to read since PostgreSQL
 * 15; before that, on a standby, or with {@code track_counts} off, a changed password goes unnoticed.
 */
public final class LoginStamp {

    private static final int QUICK_STATISTICS = 150_000;

    private static final String CHANGES_OF_ROLES =
            ", '|', pg_catalog.pg_stat_get_tuples_updated('pg_catalog.pg_authid'::pg_catalog.regclass)";

    private static final String SQL = """
            (SELECT pg_catalog.concat(d.oid, '|', d.xmin, '|', r.oid, '|', r.rolcanlogin, '|', r.rolsuper,
              '|', pg_catalog.date_part('epoch', r.rolvaliduntil),
              '|', r.rolvaliduntil OPERATOR(pg_catalog.<) pg_catalog.clock_timestamp(),
              '|', pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')%s,
              '|', ARRAY(SELECT s.xmin FROM pg_catalog.pg_db_role_setting AS s
                WHERE s.setdatabase OPERATOR(pg_catalog.=) ANY (ARRAY[0::pg_catalog.oid, d.oid])
                  AND s.setrole OPERATOR(pg_catalog.=) ANY (ARRAY[0::pg_catalog.oid, r.oid])),
              '|', ARRAY(SELECT m.roleid FROM pg_catalog.pg_auth_members AS m
                WHERE m.member OPERATOR(pg_catalog.=) r.oid))
            FROM pg_catalog.pg_database AS d
              LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname OPERATOR(pg_catalog.=) %s::pg_catalog.name
            WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())""";

    /** When the session has loaded the server's configuration, in microseconds as a number of type bigint. */
    public static final String CONFIGURED_SQL = micros("pg_catalog.pg_conf_load_time()");

    private LoginStamp() {
    }

    /**
     * An expression of type {@code text}, not NULL.
     *
     * @param login the role that connects, whatever a session has become since
     */
    public static String sql(int serverVersion, String login) {
        return sqlOf(serverVersion, literal(login));
    }

    /** The same for a login that an expression tells. */
    public static String sqlOf(int serverVersion, String login) {
        return String.format(SQL, serverVersion >= QUICK_STATISTICS ? CHANGES_OF_ROLES : "", login);
    }

    /** A time as a number of microseconds. */
    static String micros(String time) {
        return "(pg_catalog.date_part('epoch', " + time
                + ") OPERATOR(pg_catalog.*) 1000000::pg_catalog.float8)::pg_catalog.int8";
    }

    private static String literal(String text) {
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
