package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.Job;
import io.pgbg.job.JobResult;
import io.pgbg.job.RowStream;
import io.pgbg.relay.Installation;
import io.pgbg.sql.ColumnDefinition;
import io.pgbg.sql.Statement;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Answers one call that stands in a direct shape.
 *
 * <p>Immutable; an execution of it belongs to one thread.
 */
final class DirectCall {

    /** The label of the command tags where nobody has given a name. */
    private static final String TAGS_LABEL = "result";

    private final Statement.Direct statement;
    private final BoundCall call;

    /**
     * @throws SQLException 42883 when the arguments fit no function
     */
    DirectCall(Statement.Direct statement) throws SQLException {
        this.statement = statement;
        this.call = BoundCall.of(statement.call(), statement.start());
    }

    BoundCall call() {
        return call;
    }

    Statement.Direct statement() {
        return statement;
    }

    /** Has the arguments evaluated on the launcher's connection. */
    @FunctionalInterface
    interface Evaluator {

        List<Evaluation.Values> evaluate(Evaluation evaluation) throws SQLException;
    }

    /** Acts on the jobs and adds the result to the execution. */
    void execute(Execution execution, Evaluator evaluator) throws SQLException {
        LauncherSession session = execution.session();
        session.refuseInFailedTransaction();
        List<Rows.Column> declared = declaredColumns(session);
        Installation installation = session.relay().installation();
        boolean checks = installation != null && call.function() != Function.GRANT
                && call.function() != Function.REVOKE;
        Evaluation evaluation = Evaluation.of(call, session,
                checks ? PrivilegeCheck.sql(call, statement.text(), installation) : null);
        List<Evaluation.Values> values = evaluation.literals() == null ? evaluate(evaluation, evaluator)
                : List.of(evaluation.literals());
        switch (call.function()) {
            case LAUNCH -> addScalars(execution, values, Rows::integers, row -> launch(execution, call, row));
            case DETACH -> addScalars(execution, values, Rows::voids, row -> detach(execution, row));
            case GRANT -> addScalars(execution, values, Rows::booleans, row -> privileges(execution, row, installation));
            case REVOKE -> addScalars(execution, values, Rows::booleans, row -> privileges(execution, row, installation));
            case RESULT -> addResult(execution, values, declared);
            default -> throw new IllegalStateException("not answered directly: " + call.function());
        }
    }

    private List<Evaluation.Values> evaluate(Evaluation evaluation, Evaluator evaluator) throws SQLException {
        try {
            return evaluator.evaluate(evaluation);
        } catch (SQLException e) {
            throw evaluation.explain(e);
        }
    }

    /** The columns that an execution will have, without rows; null when only the execution can tell. */
    Rows describe(LauncherSession session) throws SQLException {
        List<Rows.Column> declared = declaredColumns(session);
        return switch (call.function()) {
            case LAUNCH -> Rows.integers(label(), List.of());
            case DETACH -> Rows.voids(label(), List.of());
            case GRANT, REVOKE -> Rows.booleans(label(), List.of());
            case RESULT -> declared == null ? null : Rows.none(declared);
            default -> throw new IllegalStateException("not answered directly: " + call.function());
        };
    }

    /** The types of the column definition list, or null when there is none. */
    private List<Rows.Column> declaredColumns(LauncherSession session) throws SQLException {
        List<ColumnDefinition> definitions = statement.columns();
        boolean typed = !definitions.isEmpty() && definitions.get(0).type() != null;
        if (!call.function().returnsRecords()) {
            if (typed) {
                throw ServerError.error(SQLState.SYNTAX_ERROR,
                        "a column definition list is only allowed for functions returning \"record\"").toException();
            }
            checkAliases(1);
        }
        return typed ? session.columnLists().columns(statement) : null;
    }

    /** Refuses a list of more names than there are columns. */
    private void checkAliases(int columns) throws SQLException {
        int names = statement.columns().size();
        if (names > columns) {
            throw ServerError.error(SQLState.INVALID_COLUMN_REFERENCE,
                    "table \"%s\" has %d columns available but %d columns specified", statement.alias(), columns, names)
                    .toException();
        }
    }

    /** The column's label for a function with one value. */
    private String label() {
        if (!statement.columns().isEmpty()) {
            return statement.columns().get(0).name();
        }
        if (statement.form() == Statement.Form.ESCAPE_CALL) {
            // the name that pgjdbc gives it
            return "result";
        }
        return statement.alias() != null ? statement.alias() : call.function().sqlName();
    }

    /** What a function with one value does for one row of arguments. */
    @FunctionalInterface
    private interface Scalar<T> {

        T apply(Evaluation.Values values) throws SQLException;
    }

    private <T> void addScalars(Execution execution, List<Evaluation.Values> rows,
            BiFunction<String, List<T>, Rows> column, Scalar<T> function) throws SQLException {
        List<T> values = new ArrayList<>(rows.size());
        for (Evaluation.Values row : rows) {
            values.add(function.apply(row));
        }
        execution.add(column.apply(label(), values).limit(execution.owner().getMaxRows()).on(execution.owner()));
    }

    /** Launches; null when an argument is NULL. */
    private static Integer launch(Execution execution, BoundCall call, Evaluation.Values values) throws SQLException {
        BoundCall.Bound sqlArgument = call.arguments().get(0);
        BoundCall.Bound queueArgument = call.arguments().get(1);
        SessionQuery.Launch launch = values.launch();
        String sql = values.of(sqlArgument);
        String queueText = queueArgument == null ? String.valueOf(launch.defaultQueueSize()) : values.of(queueArgument);
        if (sql == null || queueText == null) {
            return null;
        }
        return Launching.launch(execution.session(), sql, Integer.parseInt(queueText), launch,
                execution::waitingFor).pid();
    }

    /** The pid argument of a call: given, or of a job that a nested call launches now. */
    private static Integer pid(Execution execution, BoundCall call, Evaluation.Values values) throws SQLException {
        BoundCall.Bound argument = call.arguments().get(0);
        if (argument.nested() == null) {
            String text = values.of(argument);
            return text == null ? null : Integer.valueOf(text);
        }
        if (argument.nested().function() != Function.LAUNCH) {
            throw call.noMatch(null, null);
        }
        return launch(execution, argument.nested(), values);
    }

    /** Detaches; null when the pid is NULL. */
    private Boolean detach(Execution execution, Evaluation.Values values) throws SQLException {
        Integer pid = pid(execution, call, values);
        if (pid == null) {
            return null;
        }
        LauncherSession session = execution.session();
        session.jobs().forget(session.jobs().get(pid));
        return true;
    }

    private Boolean privileges(Execution execution, Evaluation.Values values, Installation installation)
            throws SQLException {
        String role = values.of(call.arguments().get(0));
        BoundCall.Bound print = call.arguments().get(1);
        String printValue = print == null ? "false" : values.of(print);
        if (role == null || printValue == null) {
            return null;
        }
        if (installation != null) {
            return Privileges.onServer(execution, installation, call.function(), role, printValue);
        }
        return call.function() == Function.GRANT ? Privileges.grant(execution, role)
                : Privileges.revoke(execution, role);
    }

    private void addResult(Execution execution, List<Evaluation.Values> rows, List<Rows.Column> declared)
            throws SQLException {
        if (rows.size() > 1) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "%s is called once per row of a set-returning function", call.function().sqlName())
                    .hint("Call it once for each pid, in a statement of its own.").toException();
        }
        Integer pid = rows.isEmpty() ? null : pid(execution, call, rows.get(0));
        if (pid == null) {
            addRows(execution, declared == null ? Rows.texts(label(), List.of()) : Rows.none(declared), null);
            return;
        }
        LauncherSession session = execution.session();
        Job job = session.jobs().get(pid);
        JobResult result = read(execution, job);
        if (result instanceof JobResult.Tags tags) {
            addRows(execution, named(ResultColumns.ofTags(tags.tags(), declared, TAGS_LABEL)), null);
        } else if (result instanceof JobResult.Complete complete) {
            addRows(execution, named(ResultColumns.of(complete.rows(), declared, session)), null);
        } else if (result instanceof JobResult.Streamed streamed) {
            addStream(execution, streamed, declared);
        }
    }

    private JobResult read(Execution execution, Job job) throws SQLException {
        LauncherSession session = execution.session();
        // before the notices change hands: they are the first reader's
        job.checkReadable();
        boolean read = false;
        try {
            JobResult result = execution.listening(job.notices(), () -> execution.waiting(
                    new LauncherWatch(session, job), wait -> job.read(wait, () -> session.forgetRead(job))));
            read = true;
            return result;
        } finally {
            if (!read && call.arguments().get(0).nested() != null) {
                // nobody knows its pid
                session.jobs().forget(job);
            }
        }
    }

    private void addStream(Execution execution, JobResult.Streamed streamed, List<Rows.Column> declared)
            throws SQLException {
        boolean added = false;
        try {
            Rows first = ResultColumns.of(streamed.first(), declared, execution.session());
            addRows(execution, named(first), streamed.rest());
            added = true;
        } finally {
            if (!added) {
                streamed.rest().close();
            }
        }
    }

    private void addRows(Execution execution, Rows rows, RowStream rest) throws SQLException {
        java.sql.Statement owner = execution.owner();
        if (rest == null) {
            execution.add(rows.limit(owner.getMaxRows()).withoutCursor().on(owner));
        } else if (owner.getResultSetType() != ResultSet.TYPE_FORWARD_ONLY) {
            execution.add(allOf(execution, rows, rest).limit(owner.getMaxRows()).on(owner));
        } else {
            execution.add(new Result.StreamedResult(new StreamedRows(execution, rows, rest, owner)));
        }
    }

    /** All rows at once, for a result set that may be read backwards. */
    private static Rows allOf(Execution execution, Rows first, RowStream rest) throws SQLException {
        List<Rows> windows = new ArrayList<>(List.of(first));
        Rows next = execution.waiting(new LauncherWatch(execution.session(), rest.job()), rest::next);
        while (next != null) {
            windows.add(next);
            next = execution.waiting(new LauncherWatch(execution.session(), rest.job()), rest::next);
        }
        return Rows.concat(windows);
    }

    /** Gives the columns the names that the statement has for them. */
    private Rows named(Rows rows) throws SQLException {
        boolean selectList = statement.form() == Statement.Form.SELECT_LIST;
        if (selectList && statement.alias() != null && rows.columns().size() == 1) {
            return rows.renamed(List.of(statement.alias()));
        }
        boolean aliases = !statement.columns().isEmpty() && statement.columns().get(0).type() == null;
        if (aliases) {
            checkAliases(rows.columns().size());
            return rows.renamed(statement.columns().stream().map(ColumnDefinition::name).toList());
        }
        return rows;
    }
}
