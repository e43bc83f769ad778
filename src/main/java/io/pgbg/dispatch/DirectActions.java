package io.pgbg.dispatch;

import io.pgbg.Handle;
import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.JobRequest;
import io.pgbg.job.SessionJobs;
import io.pgbg.relay.Installation;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Does what the functions do, all but those that give a job's rows, for one row of arguments.
 *
 * <p>Made for one execution, used by its thread.
 */
final class DirectActions {

    private final Execution execution;
    private final LauncherSession session;
    private final Installation installation;
    private final ResultValues results;

    /** @param installation the functions as they are installed in the database, or null */
    DirectActions(Execution execution, Installation installation) {
        this.execution = execution;
        this.session = execution.session();
        this.installation = installation;
        this.results = new ResultValues(session.wire().timeZone());
    }

    /**
     * Calls a function.
     *
     * @return the rows it gives, each with a value for each of its columns
     */
    List<List<String>> call(BoundCall call, Evaluation.Values values) throws SQLException {
        if (values.isStrictNull(call)) {
            return nothing(call);
        }
        return switch (call.function()) {
            case LIST -> session.ownJobs().list().stream().map(results::listed).toList();
            case LIST_V2 -> session.ownJobs().list().stream()
                    .map(job -> withoutLast(results.listed(job))).toList();
            case DETACH -> {
                Integer pid = pid(call, values);
                if (pid == null) {
                    yield nothing(call);
                }
                detach(call, values, pid);
                yield row("");
            }
            default -> List.of(one(call, values));
        };
    }

    /** What a function that is strict gives for NULL: rows none, otherwise NULLs. */
    private static List<List<String>> nothing(BoundCall call) {
        return switch (call.function().result().shape()) {
            case TABLE, RECORDS, ROWS -> List.of();
            case VOID -> row((String) null);
            case VALUE, HANDLE, RECORD ->
                    List.of(Collections.nCopies(call.function().result().columns().size(), null));
        };
    }

    private static List<List<String>> row(String... values) {
        return List.of(Arrays.asList(values));
    }

    private static List<String> withoutLast(List<String> values) {
        return values.subList(0, values.size() - 1);
    }

    /** The only row of a function that always gives one. */
    private List<String> one(BoundCall call, Evaluation.Values values) throws SQLException {
        return switch (call.function()) {
            case LAUNCH -> value(launch(call, values));
            case LAUNCH_HANDLE -> results.handle(launch(call, values, false));
            case SUBMIT -> results.handle(launch(call, values, true));
            case DETACH_V2, CANCEL, CANCEL_V2, CANCEL_V2_GRACE, WAIT_V2 -> {
                act(call, values);
                yield value("");
            }
            case WAIT, WAIT_V2_TIMEOUT -> value(ResultValues.bool(await(call, values)));
            case PROGRESS -> throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "%s can only be called from a background worker", call.function().sqlName()).toException();
            case CANCEL_BY_LABEL -> value(session.ownJobs().cancelByLabel(values.text(call, "pattern"),
                    values.number(call, "grace_ms", 0)));
            case CANCEL_ALL -> value(session.ownJobs().cancelAll(0));
            case DETACH_ALL -> value(session.ownJobs().detachAll());
            case PURGE -> value(session.ownJobs().purge());
            case GRANT, REVOKE -> value(ResultValues.bool(privileges(call, values)));
            default -> told(call, values);
        };
    }

    private static List<String> value(Object value) {
        return Collections.singletonList(value == null ? null : value.toString());
    }

    /** What the functions tell that change nothing, and what becomes of a job that was run. */
    private List<String> told(BoundCall call, Evaluation.Values values) throws SQLException {
        SessionJobs jobs = session.jobs();
        return switch (call.function()) {
            case STATS -> results.statistics(jobs.statistics(values.launch().maxWorkers()), true);
            case STATS_V2 -> results.statistics(jobs.statistics(values.launch().maxWorkers()), false);
            case GET_PROGRESS -> results.progress(jobs.progress(values.handle(call)));
            case RESULT_INFO -> results.resultInfo(jobs.resultInfo(values.handle(call)));
            case ERROR_INFO -> results.errorInfo(jobs.errorInfo(values.handle(call)));
            case OUTCOME -> results.outcome(jobs.outcome(values.handle(call)));
            case FULL_SQL -> value(jobs.fullSql(values.handle(call)));
            case RUN -> run(call, values);
            default -> throw new IllegalStateException("not answered directly: " + call.function());
        };
    }

    private Integer launch(BoundCall call, Evaluation.Values values) throws SQLException {
        SessionQuery.Launch launch = values.launch();
        return Launching.launch(session, values.text(call, "sql"),
                values.number(call, "queue_size", launch.defaultQueueSize()), launch, execution::waitingFor).pid();
    }

    private Handle launch(BoundCall call, Evaluation.Values values, boolean submitted) throws SQLException {
        return Launching.launch(session, request(session, call, values, submitted), values.launch(),
                execution::waitingFor).handle();
    }

    /** The job that a call with {@code sql}, {@code queue_size} and {@code label} wants. */
    static JobRequest request(LauncherSession session, BoundCall call, Evaluation.Values values, boolean submitted)
            throws SQLException {
        return Launching.request(session, values.text(call, "sql"), values.number(call, "queue_size", 0),
                values.text(call, "label"), submitted, values.launch());
    }

    private List<String> run(BoundCall call, Evaluation.Values values) throws SQLException {
        JobRequest request = request(session, call, values, true);
        session.forget(values.launch().unsetSettings());
        return results.run(session.jobs().run(session.launchContext(values.launch()), request,
                values.number(call, "timeout_ms", 0), execution::waitingFor, execution::warn));
    }

    /** The pid argument of a call: given, or of a job that a nested call launches now; null for NULL. */
    Integer pid(BoundCall call, Evaluation.Values values) throws SQLException {
        BoundCall nested = call.arguments().get(0).nested();
        if (nested == null) {
            return values.number(call, "pid", 0);
        }
        return values.isStrictNull(nested) ? null : launch(nested, values);
    }

    private void detach(BoundCall call, Evaluation.Values values, int pid) throws SQLException {
        if (call.has("cookie")) {
            session.jobs().detach(values.handle(call));
        } else {
            session.jobs().forget(session.jobs().get(pid));
        }
    }

    private void act(BoundCall call, Evaluation.Values values) throws SQLException {
        Handle handle = values.handle(call);
        switch (call.function()) {
            case DETACH_V2 -> session.jobs().detach(handle);
            case CANCEL, CANCEL_V2, CANCEL_V2_GRACE ->
                    session.jobs().cancel(handle, values.number(call, "grace_ms", 0));
            case WAIT_V2 -> session.jobs().await(handle, execution::waitingFor);
            default -> throw new IllegalStateException("gives a value: " + call.function());
        }
    }

    /** Waits, for ever if the newer function is given no time. */
    private boolean await(BoundCall call, Evaluation.Values values) throws SQLException {
        Handle handle = values.handle(call);
        int timeout = values.number(call, "timeout_ms", 0);
        if (call.function() == Function.WAIT && timeout <= 0) {
            session.jobs().await(handle, execution::waitingFor);
            return true;
        }
        return session.jobs().await(handle, timeout, execution::waitingFor);
    }

    private boolean privileges(BoundCall call, Evaluation.Values values) throws SQLException {
        String role = values.of(call.arguments().get(0));
        if (installation != null) {
            String print = call.has("print_commands") ? values.text(call, "print_commands") : "false";
            return Privileges.onServer(execution, installation, call.function(), role, print);
        }
        return call.function() == Function.GRANT ? Privileges.grant(execution, role)
                : Privileges.revoke(execution, role);
    }
}
