package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.job.SpareConnections;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Collection;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.postgresql.core.BaseConnection;

/**
 * The relay of one session: whether its functions are there, and the conversations with them.
 *
 * <p>Used by the thread that executes a statement, but for what conversations ask for.
 */
public final class SessionRelay {

    /** The schema in which the functions live as long as the session. */
    public static final String SCHEMA = "pg_temp";

    /**
     * What of ours the session has, and in which version of its rows, what the handle is made of, and who asks. Whoever
     * else made something, or changed it, is noticed.
     */
    private static final String LOOK = """
            SELECT current_user, pg_catalog.current_setting('check_function_bodies'),
              (SELECT pg_catalog.string_agg(a.attname || ' ' || a.atttypid, ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
                WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = 'pg_background_handle'
                  AND c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped),
              pg_catalog.string_agg(s.sign, ' ' ORDER BY s.sign)
            FROM (SELECT oid || ':' || xmin FROM pg_catalog.pg_proc
                WHERE pronamespace = pg_catalog.pg_my_temp_schema()
                  AND (proname >= 'pg_background_' AND proname < 'pg_background`'
                    OR proname IN ('grant_pg_background_privileges', 'revoke_pg_background_privileges'))
              UNION ALL
              SELECT 'v' || c.oid || ':' || c.xmin || ':' || r.xmin FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = c.oid
                WHERE c.relnamespace = pg_catalog.pg_my_temp_schema()
                  AND c.relname IN ('pg_background_list', 'pg_background_activity')) AS s(sign)""";

    /** What {@link #LOOK} tells of our own handle. */
    private static final String HANDLE = "pid 23, cookie 20";

    private static final String REMOVE = """
            DO LANGUAGE plpgsql $do$
            DECLARE
              f pg_catalog.text;
            BEGIN
              FOR f IN SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()
                  AND relkind = 'v' AND relname IN ('pg_background_list', 'pg_background_activity') LOOP
                EXECUTE 'DROP VIEW IF EXISTS pg_temp.' || f || ' CASCADE';
              END LOOP;
              FOR f IN SELECT oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc
                  WHERE pronamespace = pg_catalog.pg_my_temp_schema()
                    AND (proname >= 'pg_background_' AND proname < 'pg_background`'
                      OR proname IN ('grant_pg_background_privileges', 'revoke_pg_background_privileges')) LOOP
                EXECUTE 'DROP FUNCTION ' || f || ' CASCADE';
              END LOOP;
            END
            $do$;""";

    private static final String REMOVE_HANDLE = "DROP TYPE pg_temp.pg_background_handle CASCADE;";

    private final BaseConnection connection;
    private final Wire wire;
    private final SpareSource spares;
    private final TypeNames types = new TypeNames();
    /** Null where nothing that is installed is made use of. */
    private final SessionInstallation installation;
    private final NoticeWatch watch = NoticeWatch.ofJvm();
    private final Api api;
    /** What was made here, at first and altogether, and what was found last. */
    private String madeFirst;
    private String madeAll;
    private String present;
    private String handle;
    private String checksBodies;
    private volatile String role;
    private volatile boolean kept;
    private final ReentrantLock oneAtATime = new ReentrantLock();

    /** Where connections for answers come from. */
    @FunctionalInterface
    public interface SpareSource {

        SpareConnections get() throws SQLException;
    }

    /**
     * @param installations what is known of the database; null when installed functions are not to be answered
     * @param api the version of the functions
     */
    public SessionRelay(BaseConnection connection, Wire wire, SpareSource spares, Installations installations,
            Api api) {
        this.api = api;
        this.connection = connection;
        this.wire = wire;
        this.spares = spares;
        this.installation = installations == null ? null : new SessionInstallation(installations, wire);
    }

    /** Whether functions that are installed in the database are answered. */
    public boolean usesInstalled() {
        return installation != null;
    }

    /** Where the functions are installed, or null: for a statement that is about to call them. */
    public Installation installation() throws SQLException {
        return installation == null ? null : installation.current();
    }

    /**
     * A statement that installs the functions.
     *
     * @param schema where to, quoted if need be
     * @param version the version of the functions
     * @param renewing whether they are there already
     */
    public String installText(String schema, Api version, boolean renewing) {
        return RelayFunctions.install(schema, version, renewing, serverVersion());
    }

    /**
     * A statement that removes what was installed.
     *
     * @param schema where it is, quoted if need be
     * @param cascade whether to remove what depends on it, too
     */
    public String removeText(String schema, boolean cascade) {
        return RelayFunctions.remove(schema, cascade);
    }

    /** This session has installed or removed the functions. */
    public void changed() throws SQLException {
        installation.change();
    }

    /**
     * Held from making ready for a statement that calls functions to its end, as pgjdbc holds its own for each execution:
     * of two threads with one connection the second must not close the gate that the first one's functions wait at. What
     * ends a statement never takes it.
     */
    public ReentrantLock oneAtATime() {
        return oneAtATime;
    }

    /** Whether functions are installed, as far as it is known. */
    public boolean isInstalled() {
        return installation != null && installation.known() != null;
    }

    /** The session begins: asks whether the functions are installed, unless somebody has asked a short while ago. */
    public void open() {
        if (installation != null) {
            installation.open();
        }
    }

    /** Somebody else has installed or removed the functions, by all appearances. */
    public void doubt() {
        if (installation != null) {
            installation.doubt();
        }
    }

    /** To be called when a transaction may have ended. */
    public void transactionMayHaveEnded() {
        if (installation != null) {
            installation.transactionMayHaveEnded();
        }
    }

    /** The session ends. */
    public void close() {
        if (installation != null) {
            installation.close();
        }
    }

    /**
     * Makes ready for a statement that calls installed functions.
     *
     * @param currentRole the role in force outside of all functions, null when the server does not tell
     */
    public void prepareInstalled(String currentRole) {
        role = currentRole;
    }

    private int serverVersion() {
        return connection.getQueryExecutor().getServerVersionNum();
    }

    /** Whether what a statement names is all among what sessions have first, so that no handle comes into it. */
    public boolean isFirst(Collection<String> names) {
        return names.stream().allMatch(name -> RelayFunctions.isFirst(name, api));
    }

    /**
     * Sees to it that what a statement names is in the session's {@value #SCHEMA}, and is ours. What most sessions
     * never use is made when it is named first.
     *
     * @param names what it names: functions, the type, views
     * @throws SQLException 42501 when the role may not make temporary objects, 25006 in a read-only transaction, 25P02
     *     in a failed one
     */
    public void prepare(Collection<String> names) throws SQLException {
        boolean all = !isFirst(names);
        look();
        boolean hasAll = present != null && present.equals(madeAll) && HANDLE.equals(handle);
        boolean hasFirst = hasAll || present != null && present.equals(madeFirst);
        if (hasAll || hasFirst && !all) {
            return;
        }
        String text = (hasFirst ? "" : (present == null ? "" : REMOVE)
                + RelayFunctions.firstOfSession(api, serverVersion())) + (all ? others() : "");
        if (wire.inTransaction()) {
            // the caller's setting comes back
            make("SET LOCAL check_function_bodies = off;" + text + "SET LOCAL check_function_bodies = " + checksBodies);
        } else {
            // a transaction of their own, so that nothing of the caller's undoes them
            wire.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", notice -> { });
            try {
                make("SET LOCAL check_function_bodies = off;" + text);
                wire.run("COMMIT", notice -> { });
            } catch (SQLException e) {
                wire.run("ROLLBACK", notice -> { });
                throw e;
            }
        }
        look();
        if (all) {
            madeAll = present;
        } else {
            madeFirst = present;
        }
    }

    private String others() {
        boolean fits = HANDLE.equals(handle);
        return (handle == null || fits ? "" : REMOVE_HANDLE)
                + RelayFunctions.othersOfSession(api, !fits, serverVersion());
    }

    /** Looks what there is. */
    private void look() throws SQLException {
        Rows row = wire.run(LOOK, notice -> { }).rows();
        role = row.text(0, 0);
        checksBodies = row.text(0, 1);
        handle = row.text(0, 2);
        present = row.text(0, 3);
    }

    /** Carries out statements as one: older releases of pgjdbc send no others on the launcher's connection. */
    private void make(String text) throws SQLException {
        try {
            wire.run("DO LANGUAGE plpgsql $pgbg_make$ BEGIN EXECUTE $pgbg_text$" + text
                    + "$pgbg_text$; END $pgbg_make$", notice -> { });
        } catch (SQLException e) {
            if (SQLState.INSUFFICIENT_PRIVILEGE.is(e.getSQLState())) {
                throw ServerError.copyOf(ServerError.messageOf(e)).position(0)
                        .hint("Calls of pg_background functions inside other SQL need the TEMPORARY privilege on the "
                                + "database. A statement that is nothing but the call needs no privilege.")
                        .cause(e).toException();
            }
            if (SQLState.READ_ONLY_SQL_TRANSACTION.is(e.getSQLState())) {
                throw ServerError.copyOf(ServerError.messageOf(e)).position(0)
                        .hint("Calls of pg_background functions inside other SQL need temporary functions, made at"
                                + " their "
                                + "first use: use them once before the read-only transaction begins.")
                        .cause(e).toException();
            }
            throw e;
        }
    }

    /** The role in force outside of all functions, as making ready for the last statement has found it. */
    public String role() {
        return role;
    }

    /** From now on statements may call the functions without showing it. */
    public void keep() {
        kept = true;
    }

    /** Whether statements may call the functions without showing it. */
    public boolean watchesAll() {
        return kept || installation != null && installation.known() != null;
    }

    /**
     * Begins to listen to a statement.
     *
     * @param notices where pgjdbc will put them, empty now
     * @param certain whether it is known to call the functions
     * @throws SQLException when there is no connection to be had for the answers
     */
    public Conversation begin(NoticeSource notices, boolean certain, Consumer<SQLWarning> reader, Answerer answerer,
            Runnable endWait) throws SQLException {
        Conversation conversation = new Conversation(this, notices, reader, answerer, endWait);
        if (certain) {
            conversation.expectRequests();
        } else {
            watch.add(conversation);
        }
        return conversation;
    }

    void ended(Conversation conversation) {
        watch.remove(conversation);
    }

    Control control() throws SQLException {
        return new Control(spares.get(), launcher());
    }

    TypeNames types() {
        return types;
    }

    int launcher() {
        return connection.getBackendPID();
    }

    boolean showsDetails() {
        return connection.getLogServerErrorDetail();
    }
}
