package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.AttachedJobs;
import io.pgbg.job.Job;
import io.pgbg.job.SettingNames;
import io.pgbg.job.Wait;
import io.pgbg.job.WorkerPool;
import io.pgbg.job.WorkerSource;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.Reading;
import io.pgbg.sql.ScriptCache;
import io.pgbg.sql.SettingMentions;
import io.pgbg.sql.SqlReader;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the driver knows of one connection of the application: its attached jobs, where their workers come from, and what
 * the session has changed that the server does not tell.
 *
 * <p>Thread-safe. Nothing is made before the first launch.
 */
public final class LauncherSession {

    private static final Logger LOG = LoggerFactory.getLogger(LauncherSession.class);

    /** Shared: what a text says does not depend on the connection. */
    private static final ScriptCache SCRIPTS = new ScriptCache(new SqlReader(Function.names()));

    /** No session has this many custom settings; a text that is no setting must not fill the memory. */
    private static final int MOST_CUSTOM_SETTINGS = 1000;

    private final BaseConnection connection;
    private final Wire wire;
    private final Supplier<Properties> connectionProperties;
    private final SessionOptions options;
    private final AttachedJobs jobs = new AttachedJobs();
    private final Set<String> customSettings = new ConcurrentSkipListSet<>();
    private final Set<Execution> waiting = ConcurrentHashMap.newKeySet();
    private final ColumnLists columnLists;
    private final ReentrantLock poolLock = new ReentrantLock();
    private WorkerPool pool;
    private boolean closed;
    private volatile boolean roleMayHaveChanged;
    private volatile SettingNames inheritedSettings;

    /**
     * @param connection pgjdbc's connection
     * @param connectionProperties what pgjdbc resolves URL, Properties and service file to; asked at the first launch
     */
    public LauncherSession(BaseConnection connection, Supplier<Properties> connectionProperties,
            SessionOptions options) throws SQLException {
        this.connection = connection;
        this.wire = new Wire(connection);
        this.connectionProperties = connectionProperties;
        this.options = options;
        this.columnLists = new ColumnLists(wire);
        options.inherited().stream().filter(name -> name.indexOf('.') > 0).forEach(customSettings::add);
    }

    BaseConnection connection() {
        return connection;
    }

    Wire wire() {
        return wire;
    }

    AttachedJobs jobs() {
        return jobs;
    }

    ColumnLists columnLists() {
        return columnLists;
    }

    SessionOptions options() {
        return options;
    }

    /**
     * Reads a text that the application is about to execute.
     *
     * @param parameters whether {@code ?} is a JDBC parameter in it
     */
    public Reading read(String sql, boolean parameters) {
        return SCRIPTS.read(sql, Dialect.of(wire.standardConformingStrings(), parameters));
    }

    /** Takes note of what a text that is executed may change. */
    public void observe(SettingMentions mentions) {
        if (mentions.role()) {
            roleMayHaveChanged = true;
        }
        if (options.inheritAll() && customSettings.size() < MOST_CUSTOM_SETTINGS) {
            mentions.names().stream().filter(name -> !name.startsWith("pg_background.")).forEach(customSettings::add);
        }
    }

    /** Whether the session may have another role than when a job was launched. */
    boolean roleMayHaveChanged() {
        return roleMayHaveChanged;
    }

    /** The names of the custom settings that the session may have set. */
    Set<String> customSettings() {
        return new TreeSet<>(customSettings);
    }

    /** The settings that a job takes over, besides the custom ones; the first call asks the server. */
    SettingNames inheritedSettings() throws SQLException {
        SettingNames names = inheritedSettings;
        if (names == null) {
            names = readInheritedSettings();
            inheritedSettings = names;
        }
        return names;
    }

    private SettingNames readInheritedSettings() throws SQLException {
        if (!options.inheritAll() && options.inherited().isEmpty()) {
            return SettingNames.none();
        }
        SettingNames all = pool().settingNames(connection, connection.getQueryExecutor().getServerVersionNum());
        return options.inheritAll() ? all : all.only(options.inherited());
    }

    /** The name of a type for a message. */
    String typeName(int oid) throws SQLException {
        if (wire.inFailedTransaction()) {
            return "type " + oid;
        }
        return wire.run("SELECT pg_catalog.format_type(" + Integer.toUnsignedString(oid) + ", NULL)", notice -> { })
                .rows().firstColumn().get(0);
    }

    /**
     * Makes the server fail the transaction block, if there is one or the statement would have begun one, as it does when
     * a function raises an error: the server raises the very error.
     */
    void failTransaction(SQLException error) throws SQLException {
        if (connection.isClosed() || wire.inFailedTransaction()
                || !wire.inTransaction() && connection.getAutoCommit()) {
            return;
        }
        ServerErrorMessage message = ServerError.messageOf(error);
        String text = message == null ? error.getMessage() : message.getMessage();
        String state = error.getSQLState() == null ? SQLState.UNEXPECTED_ERROR.code() : error.getSQLState();
        try {
            // dollar signs would end the quotes
            String plain = String.valueOf(text).replace('$', '?');
            wire.runInTransaction("DO LANGUAGE plpgsql $pgbg$BEGIN RAISE EXCEPTION USING ERRCODE = '" + state
                    + "', MESSAGE = $text$" + plain + "$text$; END$pgbg$", notice -> { });
        } catch (SQLException expected) {
            // the error is the purpose; a connection that is lost has no transaction any more
            LOG.trace("{} - transaction failed: {}", connection.getBackendPID(), expected.getSQLState());
        }
    }

    /**
     * For what the driver does without the server, which would refuse any statement in a failed transaction block.
     *
     * @throws SQLException 25P02 in one
     */
    void refuseInFailedTransaction() throws SQLException {
        if (wire.inFailedTransaction()) {
            throw ServerError.error(SQLState.IN_FAILED_SQL_TRANSACTION,
                    "current transaction is aborted, commands ignored until end of transaction block").toException();
        }
    }

    /** The workers of this session's server and login. */
    WorkerPool pool() throws SQLException {
        poolLock.lock();
        try {
            if (pool == null) {
                pool = WorkerPool.join(WorkerSource.of(connectionProperties.get(),
                        connection.getQueryExecutor().getHostSpec(), options.maxWorkers(), options.idleWorkers(),
                        options.idleTimeout()));
            }
            return pool;
        } finally {
            poolLock.unlock();
        }
    }

    /** Something to do. */
    @FunctionalInterface
    public interface Work {

        void run() throws SQLException;
    }

    /**
     * Does several things as one transaction, unless there is one already: what a text of several statements, or a batch,
     * is for the server.
     */
    public void asOneTransaction(Work work) throws SQLException {
        if (!connection.getAutoCommit() || wire.inTransaction()) {
            work.run();
            return;
        }
        boolean done = false;
        wire.run("BEGIN", notice -> { });
        try {
            work.run();
            done = true;
        } finally {
            // the work may have ended it itself
            if (wire.inTransaction()) {
                wire.run(done ? "COMMIT" : "ROLLBACK", notice -> { });
            }
        }
    }

    void enter(Execution execution) {
        waiting.add(execution);
    }

    void leave(Execution execution) {
        waiting.remove(execution);
    }

    /** The launcher is being closed in good order: deals with the jobs as the properties say. */
    public void close() throws SQLException {
        end(options.onClose());
    }

    /** The launcher is gone: nothing may block. */
    public void abort() throws SQLException {
        end(options.onClose() == SessionOptions.OnClose.CANCEL ? SessionOptions.OnClose.CANCEL
                : SessionOptions.OnClose.DETACH);
    }

    private void end(SessionOptions.OnClose onClose) throws SQLException {
        if (!markClosed()) {
            return;
        }
        waiting.forEach(Execution::connectionClosed);
        try {
            for (Job job : jobs.all()) {
                if (onClose == SessionOptions.OnClose.CANCEL) {
                    job.cancel();
                }
                jobs.remove(job);
                job.detach();
                if (onClose == SessionOptions.OnClose.WAIT) {
                    job.awaitOver(new Wait(Wait.FOREVER, Wait.Watch.NEVER));
                }
            }
        } finally {
            leavePool();
        }
    }

    private boolean markClosed() {
        poolLock.lock();
        try {
            boolean first = !closed;
            closed = true;
            return first;
        } finally {
            poolLock.unlock();
        }
    }

    private void leavePool() {
        poolLock.lock();
        try {
            if (pool != null) {
                pool.leave();
                pool = null;
            }
        } finally {
            poolLock.unlock();
        }
        LOG.debug("{} - launcher closed", connection.getBackendPID());
    }
}
