package io.pgbg.dispatch;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.Outcome;
import io.pgbg.PgbgJob;
import io.pgbg.ResultInfo;
import io.pgbg.RowConsumer;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.RowStream;
import io.pgbg.job.SessionJobs;
import io.pgbg.wire.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A job for those who write Java. Thread-safe. */
final class SessionJob implements PgbgJob {

    private static final String TAGS_LABEL = "result";

    private final LauncherSession session;
    private final Job job;

    SessionJob(LauncherSession session, Job job) {
        this.session = session;
        this.job = job;
    }

    @Override
    public Handle handle() {
        return job.handle();
    }

    @Override
    public JobInfo info() {
        return job.info();
    }

    @Override
    public Outcome outcome() {
        return job.outcome();
    }

    @Override
    public ResultInfo resultInfo() {
        return job.resultInfo();
    }

    @Override
    public Optional<ErrorInfo> errorInfo() {
        return Optional.ofNullable(job.errorInfo());
    }

    @Override
    public JobProgress progress() throws SQLException {
        return SessionJobs.progress(job);
    }

    @Override
    public String sql() {
        return job.fullSql();
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
        return job.outcome();
    }

    @Override
    public boolean await(Duration timeout) throws SQLException {
        long nanos = SessionJobs.clampedNanos(Times.millis(timeout));
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
            JobResult result = execution.waitingFor(List.of(job),
                    wait -> job.read(wait, () -> session.forgetRead(job)));
            Statement owner = execution.owner();
            if (result instanceof JobResult.Tags tags) {
                return hand(Rows.texts(TAGS_LABEL, tags.tags()), owner, consumer);
            }
            if (result instanceof JobResult.Complete complete) {
                return hand(complete.rows(), owner, consumer);
            }
            return handAll((JobResult.Streamed) result, execution, consumer);
        });
    }

    private long handAll(JobResult.Streamed result, Execution execution, RowConsumer consumer) throws SQLException {
        RowStream rest = result.rest();
        try {
            long count = 0;
            Rows window = result.first();
            while (window != null) {
                count += hand(window, execution.owner(), consumer);
                window = execution.waitingFor(List.of(job), rest::next);
            }
            return count;
        } finally {
            // nothing happens when all was read
            rest.close();
        }
    }

    private static long hand(Rows window, Statement owner, RowConsumer consumer) throws SQLException {
        try (ResultSet rows = window.withoutCursor().on(owner)) {
            while (rows.next()) {
                consumer.accept(rows);
            }
        }
        return window.size();
    }

    @Override
    public void cancel() {
        cancel(Duration.ZERO);
    }

    @Override
    public void cancel(Duration grace) {
        SessionJobs.cancel(job, Times.millis(grace));
    }

    @Override
    public void detach() {
        session.forget(job);
    }
}
