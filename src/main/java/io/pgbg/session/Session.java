package io.pgbg.session;

import io.pgbg.JobServer;
import io.pgbg.job.Job;
import io.pgbg.job.SessionJobs;
import io.pgbg.monitor.JobMonitor;
import io.pgbg.relay.Installations;
import io.pgbg.relay.RunningStatements;
import io.pgbg.relay.SessionRelay;
import io.pgbg.wire.PostgresProperties;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.Wire;
import io.pgbg.worker.JobServers;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.LauncherPosition;
import io.pgbg.worker.Placement;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import io.pgbg.worker.WorkerSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.postgresql.PGProperty;
import org.postgresql.util.HostSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the driver knows of one connection of the application, part by part: its jobs and where their workers come from,
 * what they take over, its transactions, the functions on the server.
 *
 * <p>Thread-safe. Nothing is made before the first launch.
 */
public final class Session {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private final Wire wire;
    private final Supplier<Properties> connectionProperties;
    private final SessionOptions options;
    private final SessionMemory memory;
    private final SessionJobs jobs;
    private final Set<Interruptible> waiting = ConcurrentHashMap.newKeySet();
    private final ColumnLists columnLists;
    private final SessionRelay relay;
    private final SessionPool pool;
    private final InheritedState inherited;
    private final Transactions transactions;
    private final Scripts scripts;
    private final SessionEnd end;
    private volatile boolean sharing;
    private volatile JobServers jobServers;

    /**
     * @param connection pgjdbc's connection
     * @param watch sees what is sent over it
     * @param connectionProperties what pgjdbc resolves URL, Properties and service file to; asked at the first launch
     */
    public Session(Connection connection, SendWatch watch, Supplier<Properties> connectionProperties,
            SessionOptions options) throws SQLException {
        this.wire = new Wire(connection);
        this.memory = new SessionMemory(wire, watch);
        this.connectionProperties = connectionProperties;
        this.options = options;
        this.jobs = new SessionJobs(new RoleCheck(this, null), JobMonitor.INSTANCE);
        this.columnLists = new ColumnLists(wire);
        this.pool = new SessionPool(this::workerSource);
        this.inherited = new InheritedState(wire, options, pool, memory);
        this.scripts = new Scripts(options.api(), wire);
        this.relay = new SessionRelay(wire, new RelayLauncher(watch), installations(), options.api());
        this.end = new SessionEnd(connection, pool, jobs.attached(), relay.listening().statements(), options);
        this.transactions = new Transactions(wire, relay.installation()::transactionMayHaveEnded);
    }

    /** What the JVM knows of this database; {@code NONE} when functions installed there are not to be answered. */
    private Installations installations() {
        // a connection for replication executes no SQL, or cannot execute it at any time
        if (!options.usesInstalled()
                || PostgresProperties.value(PGProperty.REPLICATION, connectionProperties.get()) != null) {
            return Installations.NONE;
        }
        HostSpec host = wire.host();
        return Installations.of(host.getHost(), host.getPort(), wire.database());
    }

    private WorkerSource workerSource() throws SQLException {
        return workerSource(wire.host());
    }

    private WorkerSource workerSource(HostSpec host) {
        return WorkerSource.of(connectionProperties.get(), host, options.limits());
    }

    /** What the relay needs to know of this session. */
    private final class RelayLauncher implements SessionRelay.Launcher {

        private final SendWatch watch;

        RelayLauncher(SendWatch watch) {
            this.watch = watch;
        }

        @Override
        public SpareConnections spares() throws SQLException {
            return pool.get().spares();
        }

        @Override
        public List<String> settingNames(Wire via) throws SQLException {
            return inherited.settings(via).names();
        }

        @Override
        public List<String> customSettings() {
            return inherited.customSettings();
        }

        @Override
        public int networkTimeoutMillis() throws SQLException {
            return wire.jdbc().getNetworkTimeout();
        }

        @Override
        public SendWatch socket() {
            return watch;
        }

        @Override
        public String sessionSql() {
            return SessionQuery.relayedSql(wire.serverVersion());
        }
    }

    /** The connection is there: looks after what there is in its database. */
    public void open() {
        relay.open();
        end.watch(this);
    }

    // ---- the parts

    /** Pgjdbc's connection. */
    public Connection connection() {
        return wire.jdbc();
    }

    public Wire wire() {
        return wire;
    }

    public SessionOptions options() {
        return options;
    }

    /** What the server has told of the session. */
    public SessionMemory memory() {
        return memory;
    }

    /** What jobs take over. */
    public InheritedState inherited() {
        return inherited;
    }

    public Transactions transactions() {
        return transactions;
    }

    /** The texts that are executed. */
    public Scripts scripts() {
        return scripts;
    }

    public ColumnLists columnLists() {
        return columnLists;
    }

    /** The functions on the server and the conversations with them. */
    public SessionRelay relay() {
        return relay;
    }

    // ---- jobs

    /**
     * The session's jobs, for one operation. Under {@link SessionOptions.Scope#JVM} those of other connections are
     * among them, for a caller with a handle.
     */
    public SessionJobs jobs() throws SQLException {
        return jobs(null);
    }

    /**
     * The same.
     *
     * @param role the role in force as the server has just told; null when it was not asked for
     */
    public SessionJobs jobs(String role) throws SQLException {
        if (options.scope() == SessionOptions.Scope.JVM && !sharing) {
            checkOpen();
            jobs.attached().shareWith(workerSource());
            sharing = true;
        }
        return jobs.withAccess(new RoleCheck(this, role));
    }

    /** The session's jobs, for one operation that has nothing to do with handles. */
    public SessionJobs ownJobs() {
        return jobs.withAccess(new RoleCheck(this, null));
    }

    /** A call of a function on the server is about to be answered. */
    public void countRelayed() {
        JobMonitor.INSTANCE.relayed();
    }

    public void forget(Job job) {
        jobs.forget(job);
    }

    /** A job was read to its end. */
    public void forgetRead(Job job) {
        jobs.attached().remove(job);
    }

    /**
     * Where a job is launched from that the session asks for now.
     *
     * @param server on which server it is to run
     * @param position where the launcher's server stands; null when the job runs there
     */
    public LaunchContext launchContext(SessionQuery.Launch launch, JobServer server, LauncherPosition position)
            throws SQLException {
        if (wire.isPooled()) {
            pool.get().expectPooler();
        }
        LaunchContext beside = new LaunchContext(pool.get(), launch.names(), launch.state(), launch.freshness(),
                launch.maxWorkers(), options.onExhaustion(), wire.pid(), options.jobName());
        return server == JobServer.LAUNCHER ? beside : beside.with(new Placement(server, position,
                options.replayTimeout().toNanos(), jobServers()));
    }

    private JobServers jobServers() throws SQLException {
        JobServers known = jobServers;
        if (known == null) {
            known = new JobServers(connectionProperties.get(), wire.host(), this::workerSource);
            jobServers = known;
        }
        return known;
    }

    /** The name of a type for a message. */
    public String typeName(int oid) throws SQLException {
        if (wire.inFailedTransaction()) {
            return "type " + oid;
        }
        return wire.run("SELECT pg_catalog.format_type(" + Integer.toUnsignedString(oid) + ", NULL)", notice -> { })
                .rows().firstColumn().get(0);
    }

    // ---- listening

    /** Whether every statement may call functions on the server without showing it. */
    public boolean watchesAll() {
        return relay.listening().listensToAll();
    }

    /** Whether fetching more rows of a result set may call functions on the server. */
    public boolean watchesFetches(ResultSet rows) throws SQLException {
        return relay.listening().listensToAll() && rows.getFetchSize() > 0 && wire.inTransaction();
    }

    /** Where statements are to be found that may call functions without showing it, while they are executed. */
    public RunningStatements watchedStatements() {
        return relay.listening().statements();
    }

    // ---- the end

    /** Something begins to wait that the closing of the session ends. */
    public void enter(Interruptible waiter) {
        waiting.add(waiter);
    }

    /** It waits no more. */
    public void leave(Interruptible waiter) {
        waiting.remove(waiter);
    }

    /**
     * The launcher is being closed: its jobs are detached, or cancelled if the properties say so, or left to the other
     * connections that share them. Does not block for long.
     *
     * @param aborted whether nothing is to be waited for at all
     * @return the jobs to be waited for when the launcher's connection is closed, and lets go of its locks
     */
    public Collection<Job> close(boolean aborted) {
        if (!end.begin()) {
            return List.of();
        }
        waiting.forEach(Interruptible::connectionClosed);
        relay.close(!aborted);
        Collection<Job> attached = end.letGo();
        LOG.debug("{} - launcher closed", wire.pid());
        return options.onClose() == SessionOptions.OnClose.WAIT ? attached : List.of();
    }

    /** Waits for the jobs of a closed launcher. */
    public static void await(Collection<Job> jobs) throws SQLException {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);
        for (Job job : jobs) {
            job.awaitOver(wait);
        }
    }

    /** A pool takes the launcher back: the next one who gets it is to find no job of the one before. */
    public void endRequest() {
        end.endRequest();
    }

    public boolean isClosed() {
        return pool.isClosed();
    }

    /**
     * Refuses a call after the session was closed.
     *
     * @throws SQLException 08003
     */
    public void checkOpen() throws SQLException {
        pool.checkOpen();
    }
}
