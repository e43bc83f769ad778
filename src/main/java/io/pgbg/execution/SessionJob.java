package io.pgbg.execution;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.ResultInfo;
import io.pgbg.RowConsumer;
import io.pgbg.function.Function;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.JobWaits;
import io.pgbg.session.Session;
import io.pgbg.session.RoleCheck;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A job for those who write Java. Thread-safe. */
final class SessionJob implements PgbgJob {

    private final Session session;
    private final Connection face;
    private final Job job;

    /** @param face the connection that the application holds, which its result sets lead back to */
    SessionJob(Session session, Connection face, Job job) {
        this.session = session;
        this.face = face;
        this.job = job;
    }

    @Override
    public ResultSet result() throws SQLException {
        PreparedStatement statement = face.prepareStatement("SELECT * FROM " + Function.RESULT.sqlName() + "(?, ?)");
        boolean given = false;
        try {
            // the caller never sees this statement
            statement.closeOnCompletion();
            statement.setInt(1, handle().pid());
            statement.setLong(2, handle().cookie());
            ResultSet rows = statement.executeQuery();
            given = true;
            return rows;
        } finally {
            if (!given) {
                statement.close();
            }
        }
    }

    @Override
    public Handle handle() {
        return job.handle();
    }

    @Override
    public JobInfo info() {
        return job.facts().info();
    }

    @Override
    public Outcome outcome() {
        return job.facts().outcome();
    }

    @Override
    public ResultInfo resultInfo() {
        return job.facts().resultInfo();
    }

    @Override
    public Optional<ErrorInfo> errorInfo() {
        return Optional.ofNullable(job.facts().errorInfo());
    }

    @Override
    public JobProgress progress() throws SQLException {
        return job.progress();
    }

    @Override
    public String sql() {
        return job.request().fullSql();
    }

    @Override
    public String server() {
        return job.facts().server();
    }

    @Override
    public CompletableFuture<Outcome> completion() {
        return job.completion();
    }

    @Override
    public Outcome await() throws SQLException {
        ConnectionJobs.executing(session, execution -> execution.waitingFor(List.of(job), wait -> {
            job.awaitOver(wait);
            return job;
        }));
        return job.facts().outcome();
    }

    @Override
    public boolean await(Duration timeout) throws SQLException {
        long nanos = JobWaits.clampedNanos(Times.millis(timeout));
        return ConnectionJobs.executing(session,
                execution -> execution.waitingFor(List.of(job), wait -> job.awaitOver(wait, nanos)));
    }

    @Override
    public void onNotice(Consumer<SQLWarning> consumer) {
        job.notices().forwardTo(consumer);
    }

    @Override
    public long forEachRow(RowConsumer consumer) throws SQLException {
        return ConnectionJobs.executing(session, execution -> {
            new RoleCheck(session, null).check(job, true);
            JobResult result = execution.waitingFor(List.of(job),
                    wait -> job.read(wait, () -> session.forgetRead(job)));
            return ResultReader.read(result, execution, consumer);
        });
    }

    @Override
    public void cancel() {
        cancel(Duration.ZERO);
    }

    @Override
    public void cancel(Duration grace) {
        job.cancel(Times.millis(grace));
    }

    @Override
    public void detach() {
        session.forget(job);
    }
}
