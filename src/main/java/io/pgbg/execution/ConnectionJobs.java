package io.pgbg.execution;

import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobServer;
import io.pgbg.JobStatistics;
import io.pgbg.LaunchOptions;
import io.pgbg.Outcome;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.RowConsumer;
import io.pgbg.RunOutcome;
import io.pgbg.call.Evaluation;
import io.pgbg.call.Launching;
import io.pgbg.job.Job;
import io.pgbg.job.JobRequest;
import io.pgbg.job.JobResult;
import io.pgbg.job.JobWaits;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.LaunchContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A session's jobs for those who write Java. Thread-safe. */
public final class ConnectionJobs implements PgbgConnection {

    /** For what launches nothing. */
    private static final LaunchOptions NOTHING_ELSEWHERE = LaunchOptions.DEFAULT.withServer(JobServer.LAUNCHER);

    private final Session session;
    private final Connection face;

    /** @param face the connection that the application holds */
    public ConnectionJobs(Session session, Connection face) {
        this.session = session;
        this.face = face;
    }

    @Override
    public PgbgJob launch(String sql, LaunchOptions options) throws SQLException {
        return start(sql, options, false);
    }

    @Override
    public PgbgJob submit(String sql, LaunchOptions options) throws SQLException {
        return start(sql, options, true);
    }

    private PgbgJob start(String sql, LaunchOptions options, boolean submitted) throws SQLException {
        return executing(execution -> {
            Evaluation.Values asked = ask(options, execution);
            Job job = session.jobs().launch(context(options, asked), request(sql, options, asked.launch(), submitted),
                    execution::waitingFor);
            return new SessionJob(session, face, job);
        });
    }

    @Override
    public RunOutcome run(String sql, LaunchOptions options, Duration timeout) throws SQLException {
        return executing(execution -> {
            Evaluation.Values asked = ask(options, execution);
            return waits(execution).run(context(options, asked), request(sql, options, asked.launch(), true),
                    Times.millis(timeout), notice -> { });
        });
    }

    @Override
    public long query(String sql, LaunchOptions options, Duration timeout, RowConsumer consumer) throws SQLException {
        return executing(execution -> {
            Evaluation.Values asked = ask(options, execution);
            JobResult result = waits(execution).runQuery(context(options, asked),
                    request(sql, options, asked.launch(), false), Times.millis(timeout), notice -> { });
            return ResultReader.read(result, execution, consumer);
        });
    }

    private JobWaits waits(Execution execution) throws SQLException {
        return session.jobs().waits(execution::waitingFor);
    }

    private JobRequest request(String sql, LaunchOptions options, SessionQuery.Launch launch, boolean submitted)
            throws SQLException {
        Objects.requireNonNull(sql, "sql");
        int queueSize = options.queueSize() == 0 ? launch.defaultQueueSize() : options.queueSize();
        session.scripts().conformingStringsNow();
        return Launching.request(session, sql, queueSize, options.label(), submitted, launch);
    }

    /** Asks the server for what a launch takes over. */
    private Evaluation.Values ask(LaunchOptions options, Execution execution) throws SQLException {
        session.checkOpen();
        Evaluation.Values asked = Evaluation.launch(session, server(options), execution);
        session.inherited().forget(asked.launch().unsetSettings());
        return asked;
    }

    private JobServer server(LaunchOptions options) {
        return options.server() == null ? session.options().jobServer() : options.server();
    }

    private LaunchContext context(LaunchOptions options, Evaluation.Values asked) throws SQLException {
        return session.launchContext(asked.launch(), server(options), asked.position());
    }

    @Override
    public PgbgJob job(Handle handle) throws SQLException {
        return new SessionJob(session, face, session.jobs().get(handle));
    }

    @Override
    public List<JobInfo> list() throws SQLException {
        return session.ownJobs().list();
    }

    @Override
    public JobStatistics statistics() throws SQLException {
        return executing(execution -> session.jobs().statistics(
                ask(NOTHING_ELSEWHERE, execution).launch().maxWorkers()));
    }

    @Override
    public Outcome outcome(Handle handle) throws SQLException {
        return session.jobs().outcome(handle);
    }

    @Override
    public Optional<Handle> awaitAny(Collection<Handle> handles, Duration timeout) throws SQLException {
        return executing(execution -> Optional.ofNullable(
                waits(execution).awaitAny(handles, Times.millis(timeout))));
    }

    @Override
    public List<Outcome> drain(Collection<Handle> handles, Duration timeout) throws SQLException {
        return executing(execution -> waits(execution).drain(handles, Times.millis(timeout)));
    }

    @Override
    public int cancelAll() throws SQLException {
        return session.ownJobs().cancelAll(0);
    }

    @Override
    public int cancelByLabel(String pattern) throws SQLException {
        return session.ownJobs().cancelByLabel(pattern, 0);
    }

    @Override
    public int detachAll() throws SQLException {
        return session.ownJobs().detachAll();
    }

    @Override
    public int purge() throws SQLException {
        return session.ownJobs().purge();
    }

    private <T> T executing(SqlFunction<Execution, T> work) throws SQLException {
        return executing(session, work);
    }

    /** Does something as an execution of its own, which the closing of the connection ends. */
    static <T> T executing(Session session, SqlFunction<Execution, T> work) throws SQLException {
        session.checkOpen();
        try (Statement owner = session.connection().createStatement()) {
            return work.apply(new Execution(session, owner));
        }
    }
}
