package io.pgbg.dispatch;

import io.pgbg.PgbgConnection;
import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import io.pgbg.job.Job;
import io.pgbg.job.LaunchContext;
import io.pgbg.job.LoginStamp;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.SettingNames;
import io.pgbg.job.SpareConnections;
import io.pgbg.job.Wait;
import io.pgbg.job.WorkerPool;
import io.pgbg.job.WorkerSource;
import io.pgbg.relay.Installations;
import io.pgbg.relay.NoticeSource;
import io.pgbg.relay.SessionRelay;
import io.pgbg.relay.StatementWatch;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.Reading;
import io.pgbg.sql.Script;
import io.pgbg.sql.ScriptCache;
import io.pgbg.sql.SettingMentions;
import io.pgbg.sql.SqlReader;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.postgresql.PGProperty;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.HostSpec;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the driver knows of one connection of the application: its attached jobs, where their workers come from, and
 * what the session has changed that the server does not tell.
 *
 * <p>Thread-safe. Nothing is made before the first launch.
 */
public final class LauncherSession {

    private static final Logger LOG = LoggerFactory.getLogger(LauncherSession.class);

    /** Shared: what a text says does not depend on the connection, but for the version of the functions. */
    private static final Map<Api, ScriptCache> SCRIPTS = scripts();

    /** What the server takes as the name of a custom setting; anything else is no setting and must not get into SQL. */
    private static final Pattern CUSTOM_SETTING =
            Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_$]*(\\.[\\p{L}_][\\p{L}\\p{N}_$]*)+");

    /** No session has this many custom settings; a text that is no setting must not fill the memory. */
    private static final int MOST_CUSTOM_SETTINGS = 1000;

    private final BaseConnection connection;
    private final Wire wire;
    private final ScriptCache scripts;
    private final Supplier<Properties> connectionProperties;
    private final SessionOptions options;
    private final SendWatch watch;
    private final SessionMemory memory;
    private final SessionJobs jobs = new SessionJobs(new RoleCheck(this, null));
    private final Set<String> customSettings = new ConcurrentSkipListSet<>();
    private final Set<Execution> waiting = ConcurrentHashMap.newKeySet();
    private final ColumnLists columnLists;
    private final SessionRelay relay;
    private final ReentrantLock poolLock = new ReentrantLock();
    private WorkerPool pool;
    private volatile boolean closed;
    private volatile boolean sharing;
    private volatile boolean conformingStrings = true;
    private volatile SettingNames inheritedSettings;
    private volatile SessionQuery query;
    private volatile Plan plan;

    /** What the last script means, which may be executed again and again. */
    private record Plan(Script script, List<Piece> pieces) {
    }

    /**
     * @param connection pgjdbc's connection
     * @param watch sees what is sent over it
     * @param connectionProperties what pgjdbc resolves URL, Properties and service file to; asked at the first launch
     */
    public LauncherSession(BaseConnection connection, SendWatch watch, Supplier<Properties> connectionProperties,
            SessionOptions options) throws SQLException {
        this.connection = connection;
        this.watch = watch;
        this.memory = new SessionMemory(watch);
        this.wire = new Wire(connection);
        this.connectionProperties = connectionProperties;
        this.options = options;
        this.scripts = SCRIPTS.get(options.api());
        this.columnLists = new ColumnLists(wire);
        this.relay = new SessionRelay(connection, wire, new RelayLauncher(), installations(), options.api());
        options.inherited().stream().filter(name -> name.indexOf('.') > 0).forEach(customSettings::add);
    }

    private static Map<Api, ScriptCache> scripts() {
        Map<Api, ScriptCache> all = new EnumMap<>(Api.class);
        for (Api api : Api.values()) {
            all.put(api, new ScriptCache(new SqlReader(Function.names(), new DirectShapes(api),
                    Set.of(Names.HANDLE), Set.copyOf(Names.views()))));
        }
        return all;
    }

    /** What the JVM knows of this database; null when functions installed there are not to be answered. */
    private Installations installations() {
        // a connection for replication executes no SQL, or cannot execute it at any time
        if (!options.usesInstalled() || PGProperty.REPLICATION.getOrDefault(connectionProperties.get()) != null) {
            return null;
        }
        HostSpec host = connection.getQueryExecutor().getHostSpec();
        return Installations.of(host.getHost(), host.getPort(), connection.getQueryExecutor().getDatabase());
    }

    /** The connection is there: looks after what there is in its database. */
    public void open() {
        relay.open();
    }

    /** The error of a statement that the server has executed, as the caller is to see it. */
    public SQLException explain(SQLException error) {
        return StoredCode.explain(error, this);
    }

    /**
     * Commits a transaction whose deferred triggers may call functions on the server without showing it; their notices
     * are the connection's.
     *
     * @return false when there is no such transaction, and nothing was done
     */
    public boolean commitWatched() throws SQLException {
        if (connection.isClosed() || connection.getAutoCommit() || !wire.inTransaction() || wire.inFailedTransaction()
                || !relay.watchesAll()) {
            return false;
        }
        try (Statement commit = connection.createStatement()) {
            Execution execution = ScriptExecution.begin(this, commit);
            try {
                execution.onServer(commit, () -> commit.execute("COMMIT"));
            } finally {
                execution.settle();
                wire.warn(execution.warnings());
            }
        }
        return true;
    }

    /** To be called when a transaction may have ended. */
    public void transactionMayHaveEnded() {
        relay.transactionMayHaveEnded();
    }

    BaseConnection connection() {
        return connection;
    }

    Wire wire() {
        return wire;
    }

    /** Sees what goes over the connection. */
    SendWatch watch() {
        return watch;
    }

    /** What the server has told of the session. */
    SessionMemory memory() {
        return memory;
    }

    /**
     * The session's jobs, for one operation. Under {@link SessionOptions.Scope#JVM} those of other connections are
     * among them, for who has a handle.
     */
    SessionJobs jobs() throws SQLException {
        return jobs(null);
    }

    /**
     * The same.
     *
     * @param role the role in force as the server has just told; null when it was not asked for
     */
    SessionJobs jobs(String role) throws SQLException {
        if (options.scope() == SessionOptions.Scope.JVM && !sharing) {
            checkOpen();
            jobs.attached().shareWith(workerSource());
            sharing = true;
        }
        return jobs.withAccess(new RoleCheck(this, role));
    }

    /** The session's jobs, for one operation that has nothing to do with handles. */
    SessionJobs ownJobs() {
        return jobs.withAccess(new RoleCheck(this, null));
    }

    /**
     * The session's jobs for those who write Java.
     *
     * @param face the connection that the application holds
     */
    public PgbgConnection api(Connection face) {
        return new ConnectionJobs(this, face);
    }

    void forget(Job job) {
        jobs.forget(job);
    }

    /** A job was read to its end. */
    void forgetRead(Job job) {
        jobs.attached().remove(job);
    }

    private WorkerSource workerSource() throws SQLException {
        return WorkerSource.of(connectionProperties.get(), connection.getQueryExecutor().getHostSpec(),
                options.maxWorkers(), options.idleWorkers(), options.keepsMore(), options.idleTimeout());
    }

    /** Where a job is launched from that the session asks for now. */
    LaunchContext launchContext(SessionQuery.Launch launch) throws SQLException {
        return new LaunchContext(pool(), launch.names(), launch.state(), launch.freshness(), launch.maxWorkers(),
                options.onExhaustion());
    }

    /** The role that has logged in. */
    String login() {
        return connection.getQueryExecutor().getUser();
    }

    ColumnLists columnLists() {
        return columnLists;
    }

    SessionOptions options() {
        return options;
    }

    /** The functions on the server and the conversations with them. */
    SessionRelay relay() {
        return relay;
    }

    /** Whether every statement may call functions on the server without showing it. */
    public boolean watchesAll() {
        return relay.watchesAll();
    }

    /** Whether fetching more rows of a result set may call functions on the server. */
    public boolean watchesFetches(ResultSet rows) throws SQLException {
        return relay.watchesAll() && rows.getFetchSize() > 0 && wire.inTransaction();
    }

    /** Where statements are to be found that may call functions without showing it, while they are executed. */
    public StatementWatch watchedStatements() {
        return relay.statements();
    }

    /**
     * Begins to listen to something that is executed, because a function asks for something.
     *
     * @param owner pgjdbc's statement that is executed, or whose rows are fetched
     * @param notices where pgjdbc puts the notices
     * @param caller the thread that executes
     */
    public Hearing hear(Statement owner, NoticeSource notices, Thread caller) throws SQLException {
        return new Hearing(this, owner, notices, caller);
    }

    /**
     * Reads a text that the application is about to execute.
     *
     * @param parameters whether {@code ?} is a JDBC parameter in it
     */
    public Reading read(String sql, boolean parameters) {
        return scripts.read(sql, Dialect.of(conformingStringsNow(), parameters));
    }

    /** Asks pgjdbc, which in older releases answers only between two statements. */
    boolean conformingStringsNow() {
        boolean now = wire.standardConformingStrings();
        if (now != conformingStrings) {
            // on the way of every statement: a read is cheaper than a write
            conformingStrings = now;
        }
        return now;
    }

    /** Whether a backslash is nothing special in the session's strings, as it was when the last text was read. */
    boolean conformingStrings() {
        return conformingStrings;
    }

    /**
     * The pieces of a script.
     *
     * @throws SQLException as {@link Piece#of}
     */
    List<Piece> pieces(Script script) throws SQLException {
        Plan known = plan;
        if (known == null || known.script() != script) {
            known = new Plan(script, Piece.of(script, options.api()));
            plan = known;
        }
        return known.pieces();
    }

    /** Takes note of what a text that is executed may change. */
    public void observe(SettingMentions mentions) {
        if (options.inheritAll()) {
            mentions.names().stream()
                    .filter(name -> CUSTOM_SETTING.matcher(name).matches() && !name.startsWith("pg_background."))
                    .limit(MOST_CUSTOM_SETTINGS + 1L).forEach(customSettings::add);
        }
    }

    /** The session does not have these custom settings; whoever sets one will be noticed again. */
    void forget(Collection<String> names) {
        names.stream().filter(name -> !options.inherited().contains(name)).forEach(customSettings::remove);
    }

    /** What a launch asks the session; the first call asks the server for the settings' names. */
    SessionQuery query() throws SQLException {
        SessionQuery known = query;
        List<String> names = List.copyOf(customSettings);
        if (names.size() > MOST_CUSTOM_SETTINGS) {
            customSettings.clear();
            throw ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED,
                    "too many names of custom settings to be taken over by a job")
                    .detail("More than %d names were seen in this session's SQL since the last launch.",
                            MOST_CUSTOM_SETTINGS)
                    .hint("Set the ones that jobs need again, or name them in pgbgInheritSettings.").toException();
        }
        if (known == null || !known.isOf(names)) {
            known = new SessionQuery(inheritedSettings(connection), names, LoginStamp.sql(
                    connection.getQueryExecutor().getServerVersionNum(), connection.getQueryExecutor().getUser()),
                    memory);
            query = known;
        }
        return known;
    }

    /** What the relay needs to know of this session. */
    private final class RelayLauncher implements SessionRelay.Launcher {

        @Override
        public SpareConnections spares() throws SQLException {
            return pool().spares();
        }

        @Override
        public List<String> settingNames(BaseConnection via) throws SQLException {
            return inheritedSettings(via).names();
        }

        @Override
        public List<String> customSettings() {
            return List.copyOf(customSettings);
        }

        @Override
        public SendWatch socket() {
            return watch;
        }

        @Override
        public String sessionSql() {
            return SessionQuery.relayedSql(connection.getQueryExecutor().getServerVersionNum());
        }
    }

    /** What a function on the server has told of the session, and its digest; null before the first launch there. */
    private volatile Told told;

    private record Told(String digest, SessionQuery.Launch launch) {
    }

    /** The digest of what functions on the server have told of the session; empty when they have not. */
    String toldDigest() {
        Told known = told;
        return known == null ? "" : known.digest();
    }

    /**
     * What a launch takes over that a function on the server asks for.
     *
     * @param digest of what it tells
     * @param text what it tells; null when that is what was told before
     */
    SessionQuery.Launch told(String digest, String text) throws SQLException {
        Told known = told;
        if (text == null) {
            if (known == null || !known.digest().equals(digest)) {
                throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                        "a function on the server has not told what a job takes over").toException();
            }
            return known.launch();
        }
        SessionQuery.Launch launch = SessionQuery.readRelayed(text, inheritedSettings(connection), memory,
                known == null ? null : known.launch());
        told = new Told(digest, launch);
        return launch;
    }

    /**
     * The settings that a job takes over, besides the custom ones.
     *
     * @param via is asked at the first call
     */
    private SettingNames inheritedSettings(BaseConnection via) throws SQLException {
        SettingNames names = inheritedSettings;
        if (names == null) {
            names = readInheritedSettings(via);
            inheritedSettings = names;
        }
        return names;
    }

    private SettingNames readInheritedSettings(BaseConnection via) throws SQLException {
        if (!options.inheritAll() && options.inherited().isEmpty()) {
            return SettingNames.none();
        }
        SettingNames all = pool().settingNames(via);
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
     * Makes the server fail the transaction block, if there is one or the statement would have begun one, as it does
     * when a function raises an error: the server raises the very error.
     */
    void failTransaction(SQLException error) throws SQLException {
        ServerErrorMessage message = ServerError.messageOf(error);
        // what pgjdbc refuses by itself never gets to the server
        if (message == null || connection.isClosed() || wire.inFailedTransaction()
                || !wire.inTransaction() && connection.getAutoCommit()) {
            return;
        }
        try {
            // dollar signs would end the quotes
            String plain = String.valueOf(message.getMessage()).replace('$', '?');
            wire.runInTransaction("DO LANGUAGE plpgsql $pgbg$BEGIN RAISE EXCEPTION USING ERRCODE = '"
                    + error.getSQLState() + "', MESSAGE = $text$" + plain + "$text$; END$pgbg$", notice -> { });
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
            checkOpen();
            if (pool == null) {
                pool = WorkerPool.join(workerSource());
            }
            return pool;
        } finally {
            poolLock.unlock();
        }
    }

    /**
     * Does several things as one transaction, unless there is one already: what a text of several statements, or a
     * batch, is for the server.
     */
    public void asOneTransaction(SqlAction work) throws SQLException {
        if (!connection.getAutoCommit() || wire.inTransaction()) {
            work.run();
            return;
        }
        wire.run("BEGIN", notice -> { });
        try {
            work.run();
        } catch (SQLException e) {
            endTransaction("ROLLBACK", e);
            throw e;
        }
        endTransaction("COMMIT", null);
    }

    /** Ends the block, unless the work has done so itself. */
    private void endTransaction(String how, SQLException failure) throws SQLException {
        if (connection.isClosed() || !wire.inTransaction()) {
            return;
        }
        try {
            wire.run(how, notice -> { });
            relay.transactionMayHaveEnded();
        } catch (SQLException e) {
            if (failure == null) {
                throw e;
            }
            failure.addSuppressed(e);
        }
    }

    void enter(Execution execution) {
        waiting.add(execution);
    }

    void leave(Execution execution) {
        waiting.remove(execution);
    }

    /**
     * The launcher is being closed: its jobs are detached, or cancelled if the properties say so, or left to the other
     * connections that share them. Does not block for long.
     *
     * @param aborted whether nothing is to be waited for at all
     * @return the jobs to be waited for when the launcher's connection is closed, and lets go of its locks
     */
    public Collection<Job> close(boolean aborted) {
        if (!markClosed()) {
            return List.of();
        }
        waiting.forEach(Execution::connectionClosed);
        relay.close(!aborted);
        boolean cancel = options.onClose() == SessionOptions.OnClose.CANCEL;
        boolean keep = sharing && !cancel;
        Collection<Job> attached = jobs.attached().close(keep);
        if (cancel) {
            attached.forEach(Job::cancel);
        }
        if (!keep) {
            attached.forEach(Job::detach);
        }
        leavePool();
        return options.onClose() == SessionOptions.OnClose.WAIT ? attached : List.of();
    }

    /** Waits for the jobs of a closed launcher. */
    public static void await(Collection<Job> jobs) throws SQLException {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);
        for (Job job : jobs) {
            job.awaitOver(wait);
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Refuses what comes after the end. */
    void checkOpen() throws SQLException {
        if (closed) {
            throw ServerError.error(SQLState.CONNECTION_DOES_NOT_EXIST, "This connection has been closed.")
                    .toException();
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
