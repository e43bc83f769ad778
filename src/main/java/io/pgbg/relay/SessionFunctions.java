package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.function.Names;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.Question;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The functions, the type and the views that live as long as the session: makes what a statement names, and only that.
 *
 * <p>They belong to the login, whatever role is in force, so that nobody with fewer rights can replace one. Whoever else
 * has made something under their names is noticed before each statement.
 *
 * <p>Used by one thread at a time.
 */
final class SessionFunctions {

    /** The schema in which they live. */
    static final String SCHEMA = "pg_temp";

    /** The mailbox is told, and in the same round trip asked what of ours there is, and in which version of its rows. */
    private static final String LOOK = """
            SELECT pg_catalog.set_config('pgbg.mailbox', ?, false), current_user,
              pg_catalog.current_setting('check_function_bodies'),
              (SELECT pg_catalog.string_agg(pg_catalog.concat(a.attname, ' ', a.atttypid), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a
                  ON a.attrelid OPERATOR(pg_catalog.=) c.oid
                WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
                  AND c.relname OPERATOR(pg_catalog.=) 'pg_background_handle'::pg_catalog.name
                  AND c.relkind OPERATOR(pg_catalog.=) 'c'::pg_catalog."char"
                  AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped),
              pg_catalog.array_cat(
                ARRAY(SELECT pg_catalog.concat(p.proname, ' ', p.oid, ':', p.xmin) FROM pg_catalog.pg_proc AS p
                  WHERE p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
                    AND (p.proname OPERATOR(pg_catalog.>=) 'pg_background_'::pg_catalog.name
                        AND p.proname OPERATOR(pg_catalog.<) 'pg_background`'::pg_catalog.name
                      OR p.proname OPERATOR(pg_catalog.=) 'grant_pg_background_privileges'::pg_catalog.name
                      OR p.proname OPERATOR(pg_catalog.=) 'revoke_pg_background_privileges'::pg_catalog.name)),
                ARRAY(SELECT pg_catalog.concat('view ', c.relname, ' ', c.oid, ':', c.xmin, ':', r.xmin)
                  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_rewrite AS r
                    ON r.ev_class OPERATOR(pg_catalog.=) c.oid
                  WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
                    AND (c.relname OPERATOR(pg_catalog.=) 'pg_background_list'::pg_catalog.name
                      OR c.relname OPERATOR(pg_catalog.=) 'pg_background_activity'::pg_catalog.name)))::pg_catalog.text""";

    /** What {@link #LOOK} tells of our own handle. */
    private static final String HANDLE = "pid 23, cookie 20";

    /** Who has no right to remove a function keeps it: a call of ours has exactly the types of our function. */
    private static final String REMOVE_FUNCTIONS = """
            DO LANGUAGE plpgsql $do$
            DECLARE
              f pg_catalog.text;
            BEGIN
              FOR f IN SELECT p.oid::pg_catalog.regprocedure::pg_catalog.text FROM pg_catalog.pg_proc AS p
                  WHERE p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
                    AND p.proname OPERATOR(pg_catalog.=) '%s'::pg_catalog.name LOOP
                BEGIN
                  EXECUTE pg_catalog.concat('DROP FUNCTION ', f, ' CASCADE');
                EXCEPTION
                  WHEN insufficient_privilege THEN
                    NULL;
                END;
              END LOOP;
            END
            $do$;
            """;

    private static final String REMOVE_HANDLE = "DROP TYPE pg_temp.pg_background_handle CASCADE;";

    private final Wire wire;
    private final Question look;
    private final Api api;
    private final String sessionSql;
    /** What was made here, by name: the rows that it had then. */
    private final Map<String, String> made = new HashMap<>();
    private Map<String, String> present = Map.of();
    private String handle;
    private String checksBodies;
    private String role;

    SessionFunctions(Wire wire, Api api, String sessionSql) {
        this.wire = wire;
        this.look = new Question(wire, LOOK);
        this.api = api;
        this.sessionSql = sessionSql;
    }

    /** SQL that tells the functions where the mailbox is. */
    static String tell(long number) {
        return "SELECT pg_catalog.set_config('pgbg.mailbox', '" + number + "', false)";
    }

    /** Whether what a statement names has to do with the type of a handle. */
    boolean usesType(Collection<String> names) {
        return RelayFunctions.needed(names, api).contains(Names.HANDLE);
    }

    /**
     * Sees to it that what a statement names is there.
     *
     * @param mailbox its number
     */
    void prepare(Collection<String> names, long mailbox) throws SQLException {
        look(mailbox);
        List<String> needed = RelayFunctions.needed(names, api);
        Set<String> missing = new TreeSet<>();
        for (String name : needed) {
            boolean there = Names.HANDLE.equals(name) ? HANDLE.equals(handle)
                    : present.containsKey(name) && present.get(name).equals(made.get(name));
            if (!there) {
                missing.add(name);
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        if (missing.contains(Names.LIST)) {
            // they are made of the function, and go with it
            needed.stream().filter(RelayFunctions::isView).forEach(missing::add);
        }
        StringBuilder text = new StringBuilder();
        for (String name : needed) {
            if (missing.contains(name)) {
                text.append(remove(name)).append(RelayFunctions.ofSession(name, api, sessionSql, serverVersion()));
            }
        }
        make(text.toString());
        look(mailbox);
        missing.forEach(name -> made.put(name, present.get(name)));
    }

    private String remove(String name) {
        if (Names.HANDLE.equals(name)) {
            return handle == null ? "" : REMOVE_HANDLE;
        }
        if (!present.containsKey(name)) {
            return "";
        }
        return RelayFunctions.isView(name) ? "DROP VIEW IF EXISTS " + SCHEMA + '.' + RelayFunctions.viewName(name) + " CASCADE;"
                : String.format(REMOVE_FUNCTIONS, name);
    }

    private int serverVersion() {
        return wire.serverVersion();
    }

    /** Looks what there is. */
    private void look(long mailbox) throws SQLException {
        List<String> row = look.ask(Long.toString(mailbox));
        role = row.get(1);
        checksBodies = row.get(2);
        handle = row.get(3);
        present = TextArray.read(row.get(4)).stream().sorted().collect(Collectors.toMap(
                entry -> entry.substring(0, entry.lastIndexOf(' ')), entry -> entry, (a, b) -> a + ", " + b));
    }

    /**
     * Carries out statements as one, in the login's name: older releases of pgjdbc send no others on the launcher's
     * connection.
     */
    private void make(String text) throws SQLException {
        boolean login = wire.login().equals(role);
        String asLogin = login ? text : "SET LOCAL SESSION AUTHORIZATION DEFAULT;" + text;
        try {
            if (wire.inTransaction()) {
                // the caller's settings come back
                run(asLogin, "SET LOCAL check_function_bodies = " + checksBodies, !login);
            } else {
                // a transaction of their own, so that nothing of the caller's undoes them
                wire.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", notice -> { });
                try {
                    run(asLogin, "", false);
                    wire.run("COMMIT", notice -> { });
                } catch (SQLException e) {
                    wire.run("ROLLBACK", notice -> { });
                    throw e;
                }
            }
        } catch (SQLException e) {
            throw explained(e);
        }
    }

    private void run(String text, String last, boolean back) throws SQLException {
        wire.run("DO LANGUAGE plpgsql $pgbg_make$ DECLARE u pg_catalog.text := session_user; r pg_catalog.text :="
                + " pg_catalog.current_setting('role'); BEGIN EXECUTE $pgbg_text$SET LOCAL check_function_bodies = off;"
                + text + last + "$pgbg_text$; "
                + (back ? "PERFORM pg_catalog.set_config('session_authorization', u, true);"
                        + " PERFORM pg_catalog.set_config('role', r, true); " : "")
                + "END $pgbg_make$", notice -> { });
    }

    private static SQLException explained(SQLException error) {
        boolean privilege = SQLState.INSUFFICIENT_PRIVILEGE.is(error.getSQLState());
        if (!privilege && !SQLState.READ_ONLY_SQL_TRANSACTION.is(error.getSQLState())) {
            return error;
        }
        return ServerError.copyOf(ServerError.messageOf(error)).position(0)
                .hint(privilege ? "Calls of pg_background functions inside other SQL need the TEMPORARY privilege on the"
                        + " database. A statement that is nothing but the call needs no privilege."
                        : "Calls of pg_background functions inside other SQL need temporary functions, made at their"
                        + " first use: use them once before the read-only transaction begins.")
                .cause(error).toException();
    }
}
