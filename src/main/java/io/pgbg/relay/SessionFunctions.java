package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
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
import org.postgresql.util.ServerErrorMessage;

/**
 * The functions, the types and the views that live as long as the session: makes those that a statement names.
 *
 * <p>They belong to the login, whatever role is in force, so that a role with fewer rights cannot replace one. Before
 * each statement the driver looks whether another object has taken the place of one of them.
 *
 * <p>Used by one thread at a time.
 */
final class SessionFunctions {

    /** The schema in which they live. */
    static final String SCHEMA = "pg_temp";

    /**
     * Tells the session its mailbox, and asks in the same round trip which objects have the names of the driver's; oid
     * and xmin show whether they are those that the driver has made.
     */
    private static final String LOOK = """
            SELECT pg_catalog.set_config('pgbg.mailbox', ?, false), current_user,
              pg_catalog.current_setting('check_function_bodies'),
              ARRAY(SELECT pg_catalog.concat(c.relname, ': ',
                  pg_catalog.string_agg(pg_catalog.concat(a.attname, ' ', a.atttypid), ', ' ORDER BY a.attnum))
                FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a
                  ON a.attrelid OPERATOR(pg_catalog.=) c.oid
                WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
                  AND c.relname OPERATOR(pg_catalog.=) ANY ('{%s}'::pg_catalog.name[])
                  AND c.relkind OPERATOR(pg_catalog.=) 'c'::pg_catalog."char"
                  AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped
                GROUP BY c.oid, c.relname)::pg_catalog.text,
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
                      OR c.relname OPERATOR(pg_catalog.=) 'pg_background_activity'::pg_catalog.name))
              )::pg_catalog.text, pg_catalog.current_setting('role'),
              pg_catalog.pg_backend_pid()""".formatted(String.join(",", Names.types()));

    /**
     * A function that the login may not remove stays: a call that the driver has qualified has exactly the types of the
     * driver's function.
     */
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

    private final Wire wire;
    private final Question look;
    private final Api api;
    private final FunctionTexts texts;
    /** What the driver has made, by name, with the oid and xmin of its rows. */
    private final Map<String, String> made = new HashMap<>();
    /** The same for what {@link #LOOK} has found last. */
    private Map<String, String> present = Map.of();
    /** What {@link #LOOK} has found of the types: each with its columns. */
    private List<String> types = List.of();
    private String checksBodies;
    private String currentUser;
    private String role;

    SessionFunctions(Wire wire, Api api, FunctionTexts texts) {
        this.wire = wire;
        this.look = new Question(wire, LOOK);
        this.api = api;
        this.texts = texts;
    }

    /** SQL that tells the functions where the mailbox is. */
    static String tell(long number) {
        return "SELECT pg_catalog.set_config('pgbg.mailbox', '" + number + "', false)";
    }

    /** Whether a statement that names these uses one of the types. */
    boolean usesType(Collection<String> names) {
        return FunctionTexts.needed(names, api).stream().anyMatch(FunctionTexts::isType);
    }

    /**
     * Makes what a statement names, as far as it is missing, and tells the session its mailbox.
     *
     * @param mailbox its number
     */
    void prepare(Collection<String> names, long mailbox) throws SQLException {
        look(mailbox);
        List<String> needed = FunctionTexts.needed(names, api);
        Set<String> missing = new TreeSet<>();
        for (String name : needed) {
            boolean there = FunctionTexts.isType(name) ? types.contains(described(FunctionTexts.typeName(name)))
                    : present.containsKey(name) && present.get(name).equals(made.get(name));
            if (!there) {
                missing.add(name);
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        if (missing.contains(Names.LIST)) {
            // they use the function, and are removed with it
            needed.stream().filter(FunctionTexts::isView).forEach(missing::add);
        }
        StringBuilder text = new StringBuilder();
        for (String name : needed) {
            if (missing.contains(name)) {
                text.append(remove(name)).append(texts.ofSession(name, api));
            }
        }
        make(text.toString());
        look(mailbox);
        missing.forEach(name -> made.put(name, present.get(name)));
    }

    /** One of the driver's own types as {@link #LOOK} reports it. */
    private static String described(String typeName) {
        return typeName + ": " + Function.resultOfType(typeName).columns().stream()
                .map(column -> column.name() + ' ' + column.type().oid()).collect(Collectors.joining(", "));
    }

    private String remove(String name) {
        if (FunctionTexts.isType(name)) {
            String type = FunctionTexts.typeName(name);
            return types.stream().anyMatch(found -> found.startsWith(type + ':'))
                    ? "DROP TYPE " + SCHEMA + '.' + type + " CASCADE;" : "";
        }
        if (!present.containsKey(name)) {
            return "";
        }
        return FunctionTexts.isView(name)
                ? "DROP VIEW IF EXISTS " + SCHEMA + '.' + FunctionTexts.viewName(name) + " CASCADE;"
                : String.format(REMOVE_FUNCTIONS, name);
    }

    private void look(long mailbox) throws SQLException {
        List<String> row = look.ask(Long.toString(mailbox));
        wire.learnPid(Integer.parseInt(row.get(6)));
        currentUser = row.get(1);
        role = row.get(5);
        checksBodies = row.get(2);
        types = TextArray.read(row.get(3));
        present = TextArray.read(row.get(4)).stream().sorted().collect(Collectors.toMap(
                entry -> entry.substring(0, entry.lastIndexOf(' ')), entry -> entry, (a, b) -> a + ", " + b));
    }

    /**
     * Runs statements with the rights of the login. They are one DO block, because older releases of pgjdbc cannot send
     * several statements as one simple message over the caller's connection.
     */
    private void make(String text) throws SQLException {
        boolean login = wire.login().equals(currentUser);
        if (!login) {
            ForgottenRoles.check(wire.serverVersion(), role);
        }
        String asLogin = login ? text : "SET LOCAL SESSION AUTHORIZATION DEFAULT;" + text;
        try {
            if (wire.inTransaction()) {
                // the caller's settings are restored
                wire.run(block(asLogin, "SET LOCAL check_function_bodies = " + checksBodies, !login), notice -> { });
            } else {
                // a transaction of their own, so that a rollback of the caller's does not undo them
                runAlone(block(asLogin, "", false));
            }
        } catch (SQLException e) {
            throw explained(e);
        }
    }

    private void runAlone(String block) throws SQLException {
        try {
            wire.runTogether("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; " + block + "; COMMIT");
        } catch (SQLException e) {
            rollback(e);
            throw e;
        }
    }

    private void rollback(SQLException failure) {
        try {
            if (wire.inTransaction()) {
                wire.run("ROLLBACK", notice -> { });
            }
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private static String block(String text, String last, boolean back) {
        return "DO LANGUAGE plpgsql $pgbg_make$ DECLARE u pg_catalog.text := session_user; r pg_catalog.text :="
                + " pg_catalog.current_setting('role'); BEGIN EXECUTE $pgbg_text$SET LOCAL check_function_bodies = off;"
                + text + last + "$pgbg_text$; "
                + (back ? "PERFORM pg_catalog.set_config('session_authorization', u, true);"
                        + " PERFORM pg_catalog.set_config('role', r, true); " : "")
                + "END $pgbg_make$";
    }

    /** Without the place in the driver's own SQL: its text is long, and says nothing to the caller. */
    private static SQLException explained(SQLException error) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null) {
            return error;
        }
        ServerError explained = ServerError.copyOf(message).position(0).where(null);
        boolean privilege = SQLState.INSUFFICIENT_PRIVILEGE.is(error.getSQLState());
        if (!privilege && !SQLState.READ_ONLY_SQL_TRANSACTION.is(error.getSQLState())) {
            return explained.toException();
        }
        return explained.hint(privilege
                        ? "Calls of pg_background functions inside other SQL need the TEMPORARY privilege on"
                        + " the database. A statement that is nothing but the call needs no privilege."
                        : "Calls of pg_background functions inside other SQL need temporary functions, made at their"
                        + " first use: use them once before the read-only transaction begins.")
                .toException();
    }
}
