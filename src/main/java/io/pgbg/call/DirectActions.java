package io.pgbg.call;

import io.pgbg.function.Function;
import io.pgbg.function.ResultType;
import io.pgbg.function.Type;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.Waiting;
import io.pgbg.relay.Installation;
import io.pgbg.session.LauncherWatch;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.LauncherPosition;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Carries out a direct call for one row of its arguments, the calls nested in them first.
 *
 * <p>Made for one execution, used by its thread.
 */
final class DirectActions {

    private final CallContext context;
    private final Session session;
    private final Installation installation;

    /** @param installation the functions as they are installed in the database, or null */
    DirectActions(CallContext context, Installation installation) {
        this.context = context;
        this.session = context.session();
        this.installation = installation;
    }

    /**
     * Calls a function.
     *
     * @return null when an argument is NULL that must not be: then the function is not called
     */
    Operation.Given call(BoundCall call, Evaluation.Values values) throws SQLException {
        List<String> arguments = arguments(call, values);
        if (arguments == null) {
            return null;
        }
        boolean nested = call.arguments().stream().anyMatch(bound -> bound != null && bound.nested() != null);
        return new Operation(call.function(), arguments, new Caller(values, nested)).perform();
    }

    /**
     * Calls a function that does not give a job's rows.
     *
     * @return the rows it gives, each with a value for each of its columns
     */
    List<List<String>> rows(BoundCall call, Evaluation.Values values) throws SQLException {
        ResultType type = call.function().result();
        Operation.Given given = call(call, values);
        if (given == null) {
            return nothing(type);
        }
        if (given instanceof Operation.Given.Launched launched) {
            return List.of(launched.row());
        }
        return type.shape() == ResultType.Shape.VOID ? List.of(List.of(""))
                : inZone(type, ((Operation.Given.Rows) given).rows());
    }

    /**
     * The arguments, the defaults of those that are left out among them, and of a nested call its value: it is made
     * now. Null when one is NULL that must not be.
     */
    private List<String> arguments(BoundCall call, Evaluation.Values values) throws SQLException {
        List<Function.Parameter> parameters = call.function().parameters();
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            BoundCall.Bound bound = call.arguments().get(i);
            Function.Parameter parameter = parameters.get(i);
            if (bound == null && parameter.defaultSql() == null) {
                continue;
            }
            String value = bound == null ? parameter.nullable() ? null : parameter.defaultSql()
                    : bound.nested() == null ? values.of(bound) : rows(bound.nested(), values).get(0).get(0);
            if (value == null && !parameter.nullable()) {
                return null;
            }
            arguments.add(value);
        }
        return arguments;
    }

    /** What a strict function gives for NULL: no rows, otherwise NULLs. */
    private static List<List<String>> nothing(ResultType result) {
        return switch (result.shape()) {
            case TABLE, RECORDS, ROWS -> List.of();
            case VOID, VALUE -> List.of(Collections.singletonList(null));
            case HANDLE, RECORD -> List.of(Collections.nCopies(result.columns().size(), null));
        };
    }

    /** The rows with their times in the session's zone, in which the server shows them. */
    private List<List<String>> inZone(ResultType result, List<List<String>> rows) {
        List<List<String>> shown = new ArrayList<>(rows.size());
        for (List<String> row : rows) {
            List<String> values = new ArrayList<>(row);
            for (int i = 0; i < values.size(); i++) {
                if (result.columns().get(i).type() == Type.TIMESTAMPTZ && values.get(i) != null) {
                    values.set(i, ResultTexts.inZone(values.get(i), session.wire().timeZone()));
                }
            }
            shown.add(values);
        }
        return shown;
    }

    /** The session itself, with its own rights. */
    private final class Caller implements Operation.Caller, Waiting {

        private final Evaluation.Values values;
        private final boolean launchedHere;

        /** @param launchedHere whether the job of the call is launched in its arguments */
        Caller(Evaluation.Values values, boolean launchedHere) {
            this.values = values;
            this.launchedHere = launchedHere;
        }

        @Override
        public Session session() {
            return session;
        }

        @Override
        public SessionJobs jobs() throws SQLException {
            return session.jobs(values.role());
        }

        @Override
        public Waiting waiting() {
            return this;
        }

        @Override
        public <T> T during(Collection<Job> jobs, SqlFunction<Wait, T> step) throws SQLException {
            return context.waitingFor(jobs, step);
        }

        @Override
        public SessionQuery.Launch launch() {
            return values.launch();
        }

        @Override
        public LauncherPosition position() {
            return values.position();
        }

        @Override
        public int maxWorkers() {
            return values.launch().maxWorkers();
        }

        @Override
        public void notice(SQLWarning notice) {
            context.warn(notice);
        }

        @Override
        public JobResult read(Job job) throws SQLException {
            // before the notices change hands: they are the first reader's
            job.checkReadable();
            boolean read = false;
            try {
                JobResult result = context.listening(job.notices(), () -> context.waiting(
                        new LauncherWatch(session, job), wait -> job.read(wait, () -> session.forgetRead(job))));
                read = true;
                return result;
            } finally {
                if (!read && launchedHere) {
                    // the caller does not know its pid
                    session.jobs().forget(job);
                }
            }
        }

        @Override
        public boolean changePrivileges(Function function, String role, String printCommands) throws SQLException {
            if (installation != null) {
                return Privileges.onServer(context, installation, function, role, printCommands);
            }
            return function == Function.GRANT ? Privileges.grant(context, role) : Privileges.revoke(context, role);
        }
    }
}
