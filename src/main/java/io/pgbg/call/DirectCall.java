package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.ResultType;
import io.pgbg.relay.Installation;
import io.pgbg.session.DeclaredColumns;
import io.pgbg.session.Session;
import io.pgbg.sql.ColumnDefinition;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers one call that stands in a direct shape.
 *
 * <p>Immutable; an execution of it belongs to one thread.
 */
public final class DirectCall {

    private final ParsedStatement.Direct statement;
    private final BoundCall call;

    /**
     * @param api which functions the names mean
     * @throws SQLException 42883 when the arguments fit no function
     */
    public DirectCall(ParsedStatement.Direct statement, Api api) throws SQLException {
        this.statement = statement;
        this.call = BoundCall.of(statement.call(), statement.start(), api);
    }

    public BoundCall call() {
        return call;
    }

    public ParsedStatement.Direct statement() {
        return statement;
    }

    /** Has the arguments evaluated on the launcher's connection. */
    @FunctionalInterface
    public interface Evaluator {

        List<Evaluation.Values> evaluate(Evaluation evaluation) throws SQLException;

        /** The values of the caller's parameters, as far as the driver has them. */
        default Evaluation.Parameters parameters() {
            return Evaluation.Parameters.NONE;
        }
    }

    /** Acts on the jobs and adds the result to the execution. */
    public void execute(CallContext context, Evaluator evaluator) throws SQLException {
        Session session = context.session();
        session.transactions().refuseFailed();
        DeclaredColumns declared = declaredColumns(session);
        Installation installation = session.relay().installation().current();
        boolean checks = installation != null && call.function() != Function.GRANT
                && call.function() != Function.REVOKE;
        Evaluation evaluation = Evaluation.of(call, session,
                checks ? PrivilegeCheck.sql(call, installation) : null, evaluator.parameters());
        List<Evaluation.Values> values = evaluation.literals() == null ? evaluate(context, evaluation, evaluator)
                : List.of(evaluation.literals());
        if (shape() == ResultType.Shape.ROWS) {
            new JobRows(context, call, statement, declared).add(values);
            return;
        }
        DirectActions actions = new DirectActions(context, installation);
        List<List<String>> rows = new ArrayList<>();
        for (Evaluation.Values row : values) {
            rows.addAll(actions.rows(call, row));
        }
        Rows made = ResultColumns.of(Rows.of(columns(), rows), declared, context);
        context.add(made.limit(context.owner().getMaxRows()).on(context.owner()));
    }

    private List<Evaluation.Values> evaluate(CallContext context, Evaluation evaluation, Evaluator evaluator)
            throws SQLException {
        try {
            return evaluation.isOfSessionAlone() ? evaluation.askSession(context) : evaluator.evaluate(evaluation);
        } catch (SQLException e) {
            throw evaluation.explain(e);
        }
    }

    /** The columns that an execution will have, without rows; null when only the execution can tell. */
    public Rows describe(Session session) throws SQLException {
        DeclaredColumns declared = declaredColumns(session);
        if (declared != null) {
            return Rows.none(declared.columns());
        }
        return shape() == ResultType.Shape.ROWS ? null : Rows.none(columns());
    }

    private ResultType.Shape shape() {
        return call.function().result().shape();
    }

    /** The types of the column definition list, or null when there is none. */
    private DeclaredColumns declaredColumns(Session session) throws SQLException {
        List<ColumnDefinition> definitions = statement.columns();
        boolean typed = !definitions.isEmpty() && definitions.get(0).type() != null;
        if (typed && !call.function().returnsRecords()) {
            throw ServerError.error(SQLState.SYNTAX_ERROR, isSingle()
                    ? "a column definition list is only allowed for functions returning \"record\""
                    : "a column definition list is redundant for a function returning a named composite type")
                    .toException();
        }
        if (!typed && shape() != ResultType.Shape.ROWS) {
            JobRows.checkAliases(statement, columns().size());
        }
        return typed ? session.columnLists().columns(statement) : null;
    }

    /** Whether the function gives one value, no row of several. */
    private boolean isSingle() {
        return shape() == ResultType.Shape.VALUE || shape() == ResultType.Shape.VOID;
    }

    /** The columns of what a function gives that gives no job's rows, under the names of the statement. */
    private List<Rows.Column> columns() {
        if (isSingle()) {
            return List.of(shape() == ResultType.Shape.VOID ? ResultColumns.VOID.named(label())
                    : ResultColumns.of(call.function().result()).get(0).named(label()));
        }
        List<Rows.Column> columns = new ArrayList<>(ResultColumns.of(call.function().result()));
        for (int i = 0; i < Math.min(columns.size(), statement.columns().size()); i++) {
            columns.set(i, columns.get(i).named(statement.columns().get(i).name()));
        }
        return columns;
    }

    /** The column's label for a function with one value. */
    private String label() {
        if (!statement.columns().isEmpty()) {
            return statement.columns().get(0).name();
        }
        if (statement.form() == ParsedStatement.Form.ESCAPE_CALL) {
            // the name that pgjdbc gives it
            return "result";
        }
        return statement.alias() != null ? statement.alias() : call.call().function();
    }
}
