package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** What others can see on the server of the connections of a database. Used by one thread. */
public final class ServerState {

    /** A condition on pg_stat_activity: another backend sleeps. Before PostgreSQL 10 the server shows no such waits. */
    public static final String SLEEPS = "pid <> pg_backend_pid() AND (wait_event = 'PgSleep' OR wait_event IS NULL"
            + " AND state = 'active' AND query LIKE '%pg_sleep%'"
            + " AND current_setting('server_version_num')::int < 100000)";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Connection raw;

    /** @param raw a connection to the database that is looked at, not of the driver under test */
    public ServerState(Connection raw) {
        this.raw = raw;
    }

    /** How many backends there are with an application name: a connection that was given it, and its workers. */
    public int backends(String applicationName) throws SQLException {
        return count("pg_stat_activity WHERE application_name = '" + applicationName + "'");
    }

    /** How many large objects there are in the database. */
    public int largeObjects() throws SQLException {
        return count("pg_largeobject_metadata");
    }

    /** How many advisory locks are held or waited for in the database. */
    public int advisoryLocks() throws SQLException {
        return count("pg_locks WHERE locktype = 'advisory' "
                + "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
    }

    /** How many backends of the database are idle in a transaction. */
    public int idleTransactions() throws SQLException {
        return count("pg_stat_activity WHERE datname = current_database()"
                + " AND state = ANY ('{idle in transaction, idle in transaction (aborted)}'::text[])");
    }

    /** How many other backends of the database run a statement. */
    public int activeBackends() throws SQLException {
        return count("pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                + " AND query NOT LIKE 'autovacuum:%' AND pid <> pg_backend_pid()");
    }

    /** Waits until no other backend of the database runs a statement. */
    public void awaitNoStatement() throws Exception {
        Await.until("no backend runs a statement", PATIENCE, () -> activeBackends() == 0);
    }

    /** Waits until no large object, no advisory lock and no idle transaction is left in the database. */
    public void awaitNothingLeft() throws Exception {
        Await.until("no large object is left", PATIENCE, () -> largeObjects() == 0);
        Await.until("no advisory lock is left", PATIENCE, () -> advisoryLocks() == 0);
        Await.until("no transaction is left idle", PATIENCE, () -> idleTransactions() == 0);
    }

    /** Waits until so many backends with an application name are left. */
    public void awaitBackends(String applicationName, int count) throws Exception {
        Await.until(count + " backends of " + applicationName + " are left", PATIENCE,
                () -> backends(applicationName) == count);
    }

    /** Waits until a backend runs a statement. */
    public void awaitActive(int pid) throws Exception {
        Await.until("backend " + pid + " runs a statement", PATIENCE,
                () -> count("pg_stat_activity WHERE state = 'active' AND pid = " + pid) == 1);
    }

    /** Waits until a backend sleeps, in a statement of whatever text. */
    public void awaitSleep(int pid) throws Exception {
        Await.until("backend " + pid + " sleeps", PATIENCE, () -> count("pg_stat_activity WHERE pid = " + pid
                + " AND (wait_event = 'PgSleep' OR wait_event IS NULL AND state = 'active'"
                + " AND current_setting('server_version_num')::int < 100000)") == 1);
    }

    /** Waits until a backend waits for an advisory lock. */
    public void awaitBlocked(int pid) throws Exception {
        Await.until("backend " + pid + " waits for an advisory lock", PATIENCE,
                () -> count("pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = " + pid) == 1);
    }

    /** Waits until a query gives a value. */
    public void awaitValue(String value, String sql) throws Exception {
        Await.until(sql + " gives " + value, PATIENCE, () -> value.equals(Sql.value(raw, sql)));
    }

    private int count(String from) throws SQLException {
        return Integer.parseInt(Sql.value(raw, "SELECT count(*) FROM " + from));
    }
}
