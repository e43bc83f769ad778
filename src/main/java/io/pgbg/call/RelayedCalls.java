package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.RowStream;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.Waiting;
import io.pgbg.relay.Installation;
import io.pgbg.relay.RemoteCall;
import io.pgbg.relay.RequestHandler;
import io.pgbg.relay.RowSource;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.LauncherPosition;
import io.pgbg.worker.SessionState;
import io.pgbg.worker.TextSettings;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Collection;
import java.util.List;

/**
 * Does for functions on the server what {@link DirectCall} does for calls that the driver sees: the same jobs, the same
 * errors.
 *
 * <p>Used by the thread that serves one execution.
 */
public final class RelayedCalls implements RequestHandler {

    /** What the server writes for true. */
    private static final String TRUE = "t";

    private static final String IS_MEMBER = """
            SELECT pg_catalog.pg_has_role(r.oid, 'MEMBER') FROM pg_catalog.pg_roles AS r
            WHERE r.rolname OPERATOR(pg_catalog.=) ?::pg_catalog.name""";

    /** Under one of its names, of which all do the same. */
    private static final String MAY_EXECUTE = """
            SELECT pg_catalog.bool_or(pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
              AND pg_catalog.pg_has_role(r.oid, 'MEMBER'))
            FROM pg_catalog.pg_proc AS p, pg_catalog.pg_roles AS r
            WHERE p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(?)::pg_catalog.oid
              AND p.proname OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(?, ',')::pg_catalog.name[])
              AND r.rolname OPERATOR(pg_catalog.=) ?::pg_catalog.name
              AND %s""".formatted(Installation.IS_PART);

    private final CallContext context;
    private final Session session;

    public RelayedCalls(CallContext context) {
        this.context = context;
        this.session = context.session();
    }

    @Override
    public String sessionDigest() {
        return session.inherited().toldDigest();
    }

    private static Function function(RemoteCall call) throws SQLException {
        Function function = Function.ofOperation(call.operation());
        if (function == null) {
            throw unknown(call);
        }
        return function;
    }

    private Operation operation(Function function, RemoteCall call, Requester asker) {
        return new Operation(function, arguments(function, call), new Operation.Caller() {
            @Override
            public Session session() {
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
                SessionQuery.Launch launch = session.inherited().told(call.digest(), call.session());
                checkRole(call.role(), launch.state());
                return launch;
            }

            @Override
            public LauncherPosition position() throws SQLException {
                // what the launcher has seen by now, another connection to its server sees, too
                return LauncherPosition.read(asker.ask("SELECT "
                        + LauncherPosition.sql(session.wire().serverVersion())));
            }

            @Override
            public int maxWorkers() throws SQLException {
                return session.inherited().told(call.digest(), call.session()).maxWorkers();
            }

            @Override
            public void notice(SQLWarning notice) {
                context.warn(notice);
            }

            @Override
            public JobResult read(Job job) throws SQLException {
                return RelayedCalls.this.read(job, asker);
            }

            @Override
            public boolean changePrivileges(Function changing, String role, String printCommands)
                    throws SQLException {
                // the function on the server does it itself
                throw unknown(call);
            }
        });
    }

    /** The session's jobs for the role that calls, while the session's own connection is busy. */
    private SessionJobs jobs(RemoteCall call, Requester asker) throws SQLException {
        return session.jobs().withAccess((job, own) -> {
            boolean same = job.role().equals(call.role());
            if (!same && !TRUE.equals(asker.ask("SELECT pg_catalog.pg_has_role(?::pg_catalog.name, ?::pg_catalog.name,"
                    + " 'USAGE')", call.role(), job.role()))) {
                throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                        "permission denied for background worker with PID \"%d\"", job.pid()).toException();
            }
        });
    }

    private Waiting waiting(Requester asker) {
        return new Waiting() {
            @Override
            public <T> T during(Collection<Job> jobs, SqlFunction<Wait, T> step) throws SQLException {
                return waitFor(jobs, asker, step);
            }
        };
    }

    private <T> T waitFor(Collection<Job> jobs, Requester asker, SqlFunction<Wait, T> step) throws SQLException {
        return context.waiting(new RelayWatch(asker, jobs, session.ownJobs().attached()::findBeside), wait -> {
            // the statement may have ended before this could be ended with it
            asker.checkWanted();
            return step.apply(wait);
        });
    }

    private static SQLException unknown(RemoteCall call) {
        return ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                "this release of the driver does not know the function %s that the server's functions ask for",
                call.operation())
                .hint("Use the driver that has installed the functions, or a newer one.").toException();
    }

    private JobResult read(Job job, Requester asker) throws SQLException {
        context.listening(job.notices(), () -> waitFor(List.of(job), asker, wait -> {
            job.awaitReadable(wait);
            return null;
        }));
        return waitFor(List.of(job), asker, wait -> job.read(wait, () -> session.ownJobs().attached().remove(job)));
    }

    @Override
    public Reply perform(RemoteCall call, Requester asker) throws SQLException {
        Function function = function(call);
        checkMayCall(function, call.role(), asker);
        session.countRelayed();
        Operation.Given given = operation(function, call, asker).perform();
        if (given instanceof Operation.Given.Launched launched) {
            // a launcher that was not there any more does not know the job's pid
            return new Values(launched.row(), () -> session.ownJobs().forget(launched.job()));
        }
        if (given instanceof Operation.Given.OfJob job) {
            return table(job.result(), asker);
        }
        List<List<String>> rows = ((Operation.Given.Rows) given).rows();
        return switch (function.result().shape()) {
            case TABLE, RECORDS ->
                    new Table(false, new Windows(ResultTexts.rows(function.result(), rows), null, null, asker));
            default -> new Values(rows.get(0), null);
        };
    }

    /**
     * A request may name any role that the login may become, and gains no more than a call of the function would: the
     * login must be a member of the role, and the role must have EXECUTE on the function where that is installed.
     */
    private void checkMayCall(Function function, String role, Requester asker) throws SQLException {
        Installation installation = session.relay().installation().last();
        String allowed = installation == null ? null
                : asker.ask(MAY_EXECUTE, installation.schema(), String.join(",", names(function)), role);
        if (allowed == null) {
            // nothing is installed, or not for others yet: everybody may call
            allowed = role.equals(session.wire().login()) ? TRUE : asker.ask(IS_MEMBER, role);
        }
        if (!TRUE.equals(allowed)) {
            throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE, "permission denied for function %s",
                    function.sqlName()).toException();
        }
    }

    private static List<String> names(Function function) {
        return function.sqlNames().stream().map(Function.Name::text).toList();
    }

    /** The job runs in the state that the function has told, whose role must be the one that the request names. */
    private void checkRole(String role, SessionState state) throws SQLException {
        if (!role.equals(state.effectiveRole())) {
            throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                    "permission denied to launch a job as role \"%s\"", role).toException();
        }
    }

    /** The functions of a session say by a cookie that is none that they were called with a pid alone. */
    private static List<String> arguments(Function function, RemoteCall call) {
        List<String> arguments = call.arguments();
        boolean pidAlone = function.takesPidAlone() && arguments.size() == 2
                && "0".equals(arguments.get(1));
        return pidAlone ? arguments.subList(0, 1) : arguments;
    }

    private Reply table(JobResult result, Requester asker) {
        if (result instanceof JobResult.Tags tags) {
            return new Table(true, new Windows(tags.rows(), null, null, asker));
        }
        if (result instanceof JobResult.Streamed streamed) {
            return new Table(false, new Windows(streamed.first(), streamed.rest(), streamed.rest().job().texts(),
                    asker));
        }
        JobResult.Complete complete = (JobResult.Complete) result;
        return new Table(false, new Windows(complete.rows(), null, complete.texts(), asker));
    }

    /** The windows of a result. */
    private final class Windows implements RowSource {

        private Rows first;
        private final RowStream rest;
        private final TextSettings texts;
        private final Requester asker;

        Windows(Rows first, RowStream rest, TextSettings texts, Requester asker) {
            this.first = first;
            this.rest = rest;
            this.texts = texts;
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
        public TextSettings texts() {
            return texts;
        }

        @Override
        public void close() {
            if (rest != null) {
                rest.close();
            }
        }
    }
}
