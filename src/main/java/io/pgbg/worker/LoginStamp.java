package io.pgbg.worker;

/**
 * The SQL of a text that tells whether a login would still connect to its database in the same way. The text changes
 * with everything that the server looks at then: the right to connect, the role's attributes, the settings that ALTER
 * ROLE and ALTER DATABASE have given it, and the roles it is a member of. Every role can evaluate it, with the same
 * result in every session.
 *
 * <p>Only superusers can read passwords, but every role can read how often rows of {@code pg_authid} were updated. That
 * is one of the server's statistics, which lag a little, and which are quick to read since PostgreSQL 15. Before that,
 * on a standby, or with {@code track_counts} off, a changed password goes unnoticed.
 */
public final class LoginStamp {

    /** Since this version of the server reading statistics is quick. */
    private static final int QUICK_STATISTICS = 150_000;

    private static final String UPDATES_OF_ROLES =
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

    /** An expression of type {@code bigint}: when the session has loaded the configuration, in microseconds. */
    public static final String CONFIGURED_SQL = micros("pg_catalog.pg_conf_load_time()");

    private LoginStamp() {
    }

    /**
     * An expression of type {@code text}, never NULL.
     *
     * @param serverVersion such as 150000
     * @param login the name of the role that connects, whatever role its session has taken on since
     */
    public static String sql(int serverVersion, String login) {
        return sqlOf(serverVersion, literal(login));
    }

    /**
     * The same for a login whose name is the value of an expression.
     *
     * @param serverVersion such as 150000
     * @param loginSql an expression of any text type
     */
    public static String sqlOf(int serverVersion, String loginSql) {
        return String.format(SQL, serverVersion >= QUICK_STATISTICS ? UPDATES_OF_ROLES : "", loginSql);
    }

    /** An expression of type {@code bigint}: a time in microseconds. */
    static String micros(String time) {
        return "(pg_catalog.date_part('epoch', " + time
                + ") OPERATOR(pg_catalog.*) 1000000::pg_catalog.float8)::pg_catalog.int8";
    }

    private static String literal(String text) {
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
