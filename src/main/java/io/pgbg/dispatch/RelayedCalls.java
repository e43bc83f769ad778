package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.RowStream;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.SessionState;
import io.pgbg.job.Waiting;
import io.pgbg.relay.Answerer;
import io.pgbg.relay.RowSource;
import io.pgbg.relay.TextArray;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Does for functions on the server what {@link DirectCall} does for calls that the driver sees: the same jobs, the same
 * errors.
 *
 * <p>Used by the thread that serves one execution.
 */
final class RelayedCalls implements Answerer {

    private final Execution execution;
    private final LauncherSession session;
    private final Set<String> outsideRoles;
    /** What the session is asked for by the launch in progress. */
    private SessionQuery query;

    /**
     * @param outsideRoles the roles that may be in force outside of all functions, as far as it is known for
     * certain
     */
    RelayedCalls(Execution execution, Set<String> outsideRoles) {
        this.execution = execution;
        this.session = execution.session();
        this.outsideRoles = outsideRoles;
    }

    @Override
    public String prepare(Call call, Asker asker) throws SQLException {
        Function function = function(call);
        if (Operation.launches(function)) {
            query = session.queryMeanwhile();
            return query.textSql();
        }
        if (Operation.counts(function)) {
            return "SELECT (" + Setting.MAX_WORKERS.currentSql() + ")::pg_catalog.text";
        }
        if (function == Function.RESULT || function == Function.RESULT_V2) {
            awaitResult(operation(function, call, null, asker).jobForResult(), asker);
        }
        return null;
    }

    private static Function function(Call call) throws SQLException {
        Function function = Function.ofOperation(call.function());
        if (function == null) {
            throw unknown(call);
        }
        return function;
    }

    /**
     * @param sessionText what the query of {@link #prepare} gave
     */
    private Operation operation(Function function, Call call, String sessionText, Asker asker) {
        return new Operation(function, call.arguments(), new Operation.Caller() {
            @Override
            public LauncherSession session() {
                return session;
            }

            @Override
            public SessionJobs jobs() throws SQLException {
                return RelayedCalls.this.jobs(call, asker);
            }

            @Override
            public Waiting waiting() {
                return RelayedCalls.this.waiting(asker);
            }

            @Override
            public SessionQuery.Launch launch() throws SQLException {
                List<String> answers = TextArray.read(sessionText);
                SessionQuery.Launch launch = query.read(answers == null ? List.of() : answers);
                checkRole(call.role(), launch.state());
                return launch;
            }

            @Override
            public int maxWorkers() throws SQLException {
                return Setting.MAX_WORKERS.parseCurrent(sessionText);
            }

            @Override
            public void notice(SQLWarning notice) {
                execution.warn(notice);
            }
        });
    }

    /** The session's jobs for the role that calls, while the session's own connection is busy. */
    private SessionJobs jobs(Call call, Asker asker) throws SQLException {
        return session.jobs().withAccess((job, own) -> {
            boolean same = job.role().equals(call.role());
            if (!same && !"true".equals(asker.ask("SELECT pg_catalog.pg_has_role(" + literal(call.role()) + ", "
                    + literal(job.role()) + ", 'USAGE')::pg_catalog.text"))) {
                throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                        "permission denied for background worker with PID \"%d\"", job.pid()).toException();
            }
        });
    }

    private Waiting waiting(Asker asker) {
        return new Waiting() {
            @Override
            public <T> T during(Collection<Job> jobs, Step<T> step) throws SQLException {
                return waitFor(jobs, asker, step);
            }
        };
    }

    private <T> T waitFor(Collection<Job> jobs, Asker asker, Waiting.Step<T> step) throws SQLException {
        return execution.waiting(new RelayWatch(asker, jobs), step::run, jobs.isEmpty());
    }

    private static SQLException unknown(Call call) {
        return ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                "this release of the driver does not know the function %s that the server's functions ask for",
                call.function())
                .hint("Use the driver that has installed the functions, or a newer one.").toException();
    }

    private void awaitResult(Job job, Asker asker) throws SQLException {
        execution.listening(job.notices(), () -> waitFor(List.of(job), asker, wait -> {
            job.awaitReadable(wait);
            return null;
        }));
    }

    @Override
    public Reply perform(Call call, String sessionText, Asker asker) throws SQLException {
        Function function = function(call);
        Operation operation = operation(function, call, sessionText, asker);
        if (Operation.givesJob(function)) {
            Job job = operation.launch();
            // nobody knows the pid of a job whose launcher was not there any more
            return new Values(operation.launched(job), () -> session.ownJobs().forget(job));
        }
        return switch (function) {
            case RESULT, RESULT_V2 -> result(operation.jobForResult(), asker);
            case RUN_QUERY -> table(operation.runQuery(), asker);
            case LIST, LIST_V2, DRAIN -> new Table(false, new Windows(
                    ResultTexts.rows(function.result(), operation.perform()), null, asker));
            default -> new Values(operation.perform().get(0), () -> { });
        };
    }

    /**
     * The job runs as a role that is in force outside of all functions: on a connection of its own it can leave its
     * role for the login's, which code that runs within a function with the rights of its owner must not be able to.
     */
    private void checkRole(String role, SessionState state) throws SQLException {
        if (!outsideRoles.contains(role) || !role.equals(state.effectiveRole())) {
            throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                    "permission denied to launch a job as role \"%s\"", role)
                    .detail("The call is made within a function or a view that runs with the rights of another role"
                            + " than the session, and a job on a connection of its own could leave that role.")
                    .hint("Call the function from code that runs with the rights of its caller (SECURITY INVOKER).")
                    .toException();
        }
    }

    private static String literal(String name) {
        return "E'" + name.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private Reply result(Job job, Asker asker) throws SQLException {
        JobResult result = waitFor(List.of(job), asker,
                wait -> job.read(wait, () -> session.ownJobs().attached().remove(job)));
        return table(result, asker);
    }

    private Reply table(JobResult result, Asker asker) {
        if (result instanceof JobResult.Tags tags) {
            return new Table(true, new Windows(Rows.texts("result", tags.tags()), null, asker));
        }
        if (result instanceof JobResult.Streamed streamed) {
            return new Table(false, new Windows(streamed.first(), streamed.rest(), asker));
        }
        return new Table(false, new Windows(((JobResult.Complete) result).rows(), null, asker));
    }

    /** The windows of a result. */
    private final class Windows implements RowSource {

        private Rows first;
        private final RowStream rest;
        private final Asker asker;

        Windows(Rows first, RowStream rest, Asker asker) {
            this.first = first;
            this.rest = rest;
            this.asker = asker;
        }

        @Override
        public Rows next() throws SQLException {
            Rows window = first;
            first = null;
            if (window != null || rest == null) {
                return window;
            }
            return waitFor(List.of(rest.job()), asker, rest::next);
        }

        @Override
        public void close() {
            if (rest != null) {
                rest.close();
            }
        }
    }
}
