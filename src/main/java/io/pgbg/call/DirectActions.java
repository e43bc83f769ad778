package io.pgbg.call;

import io.pgbg.function.Function;
import io.pgbg.function.ResultType;
import io.pgbg.function.Type;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.Waiting;
import io.pgbg.relay.Installation;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Does what a direct call says, for one row of its arguments.
 *
 * <p>Made for one execution, used by its thread.
 */
final class DirectActions {

    private final CallContext context;
    private final Session session;

    DirectActions(CallContext context) {
        this.context = context;
        this.session = context.session();
    }

    /**
     * Calls a function that does not give a job's rows.
     *
     * @param installation the functions as they are installed in the database, or null
     * @return the rows it gives, each with a value for each of its columns
     */
    List<List<String>> call(BoundCall call, Evaluation.Values values, Installation installation) throws SQLException {
        Function function = call.function();
        List<String> arguments = arguments(call, values);
        if (arguments == null) {
            return nothing(function.result());
        }
        Operation operation = new Operation(function, arguments, new Caller(values));
        if (Operation.givesJob(function)) {
            return List.of(operation.launched(operation.launch()));
        }
        if (function == Function.GRANT || function == Function.REVOKE) {
            boolean done = privileges(function, arguments, installation);
            return List.of(List.of(ResultTexts.text(done)));
        }
        List<List<String>> rows = operation.perform();
        return function.result().shape() == ResultType.Shape.VOID ? List.of(List.of("")) : inZone(function.result(), rows);
    }

    /** The job whose rows a call gives, and what becomes of it when they cannot be read; null for NULL. */
    Job jobForResult(BoundCall call, Evaluation.Values values) throws SQLException {
        List<String> arguments = arguments(call, values);
        return arguments == null ? null
                : new Operation(call.function(), arguments, new Caller(values)).jobForResult();
    }

    /** Runs a job for its rows; null when an argument is NULL. */
    JobResult runQuery(BoundCall call, Evaluation.Values values) throws SQLException {
        List<String> arguments = arguments(call, values);
        return arguments == null ? null : new Operation(call.function(), arguments, new Caller(values)).runQuery();
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
                    : bound.nested() == null ? values.of(bound) : call(bound.nested(), values, null).get(0).get(0);
            if (value == null && !parameter.nullable()) {
                return null;
            }
            arguments.add(value);
        }
        return arguments;
    }

    /** What a function that is strict gives for NULL: rows none, otherwise NULLs. */
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

    private boolean privileges(Function function, List<String> arguments, Installation installation)
            throws SQLException {
        String role = arguments.get(0);
        if (installation != null) {
            return Privileges.onServer(context, installation, function, role, arguments.get(1));
        }
        return function == Function.GRANT ? Privileges.grant(context, role) : Privileges.revoke(context, role);
    }

    /** The session itself, with its own rights. */
    private final class Caller implements Operation.Caller {

        private final Evaluation.Values values;

        Caller(Evaluation.Values values) {
            this.values = values;
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
            return new Waiting() {
                @Override
                public <T> T during(Collection<Job> jobs, SqlFunction<Wait, T> step) throws SQLException {
                    return context.waitingFor(jobs, step);
                }
            };
        }

        @Override
        public SessionQuery.Launch launch() {
            return values.launch();
        }

        @Override
        public int maxWorkers() {
            return values.launch().maxWorkers();
        }

        @Override
        public void notice(SQLWarning notice) {
            context.warn(notice);
        }
    }
}
