package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.JobResult;
import io.pgbg.job.RowStream;
import io.pgbg.session.DeclaredColumns;
import io.pgbg.session.LauncherWatch;
import io.pgbg.sql.ColumnDefinition;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of a job as the result of a direct call: waits for them, checks them against what the statement says they
 * are, and gives them its names.
 *
 * <p>Made for one execution, used by its thread.
 */
final class JobRows {

    private final CallContext context;
    private final BoundCall call;
    private final ParsedStatement.Direct statement;
    private final DeclaredColumns declared;
    /** The columns of a list that is given as an argument; null when there is none. */
    private DeclaredColumns defined;
    /** Whether the session shows floating-point numbers with fewer digits than the job has written. */
    private boolean fewDigits;

    /** @param declared the types of the column definition list, or null when there is none */
    JobRows(CallContext context, BoundCall call, ParsedStatement.Direct statement, DeclaredColumns declared) {
        this.context = context;
        this.call = call;
        this.statement = statement;
        this.declared = declared;
    }

    /**
     * Adds the result to the execution.
     *
     * @param rows the rows of arguments
     */
    void add(List<Evaluation.Values> rows) throws SQLException {
        if (rows.size() > 1) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "%s is called once per row of a set-returning function", call.call().function())
                    .hint("Call it once for each pid, in a statement of its own.").toException();
        }
        defined = rows.isEmpty() ? null : definedColumns(rows.get(0));
        Operation.Given given = rows.isEmpty() ? null : new DirectActions(context, null).call(call, rows.get(0));
        if (given instanceof Operation.Given.OfJob job) {
            addResult(job.result());
        } else {
            addNothing();
        }
    }

    private void addNothing() throws SQLException {
        addRows(declared == null ? Rows.texts(statement.alias() != null ? statement.alias() : call.call().function(),
                List.of()) : Rows.none(declared.columns()), null);
    }

    /** Checks what {@code col_def} says before anything is run, as the statement's own list. */
    private DeclaredColumns definedColumns(Evaluation.Values values) throws SQLException {
        BoundCall.Bound list = call.function() == Function.RUN_QUERY ? call.argument("col_def") : null;
        String definitions = list == null ? null : values.of(list);
        return definitions == null ? null : context.session().columnLists().columns(definitions);
    }

    private void addResult(JobResult result) throws SQLException {
        if (result instanceof JobResult.Tags tags) {
            Rows texts = ResultColumns.ofTags(tags.tags(), defined != null ? defined : declared, JobResult.Tags.LABEL);
            addRows(defined == null ? named(texts) : shown(texts), null);
        } else if (result instanceof JobResult.Complete complete) {
            fewDigits = complete.texts().losesDigits();
            addRows(shown(complete.rows()), null);
        } else if (result instanceof JobResult.Streamed streamed) {
            fewDigits = streamed.rest().job().texts().losesDigits();
            closing(streamed.rest(), () -> {
                addRows(shown(streamed.first()), streamed.rest());
                return null;
            });
        }
    }

    /** Rows under the names and types of the lists. */
    private Rows shown(Rows rows) throws SQLException {
        Rows fitted = ResultColumns.of(ResultColumns.of(rows, defined, context), declared, context);
        return named(fewDigits ? ColumnFitting.withDigits(fitted, context) : fitted);
    }

    /** Does something with the beginning of a stream, and leaves the rest unread when that fails. */
    private static <T> T closing(RowStream rest, SqlSupplier<T> step) throws SQLException {
        boolean done = false;
        try {
            T result = step.get();
            done = true;
            return result;
        } finally {
            if (!done) {
                rest.close();
            }
        }
    }

    private void addRows(Rows rows, RowStream rest) throws SQLException {
        Statement owner = context.owner();
        if (rest == null) {
            context.add(rows.limit(owner.getMaxRows()).withoutCursor().on(owner));
        } else if (owner.getResultSetType() != ResultSet.TYPE_FORWARD_ONLY) {
            // a scrollable result set has to have all rows
            context.add(collect(rows, rest).limit(owner.getMaxRows()).on(owner));
        } else {
            context.add(new StatementResult.StreamedResult(new StreamedRows(context, rows, rest, this::shown, owner)));
        }
    }

    /** All rows at once, for a result set that may be read backwards. */
    private Rows collect(Rows first, RowStream rest) throws SQLException {
        List<Rows> windows = new ArrayList<>(List.of(first));
        Rows next = context.waiting(new LauncherWatch(context.session(), rest.job()), rest::next);
        while (next != null) {
            windows.add(shown(next));
            next = context.waiting(new LauncherWatch(context.session(), rest.job()), rest::next);
        }
        return Rows.concat(windows);
    }

    /** Gives the columns the names that the statement has for them. */
    private Rows named(Rows rows) throws SQLException {
        boolean selectList = statement.form() == ParsedStatement.Form.SELECT_LIST;
        if (selectList && statement.alias() != null && rows.columns().size() == 1) {
            return rows.renamed(List.of(statement.alias()));
        }
        boolean aliases = !statement.columns().isEmpty() && statement.columns().get(0).type() == null;
        if (aliases) {
            checkAliases(statement, rows.columns().size());
            return rows.renamed(statement.columns().stream().map(ColumnDefinition::name).toList());
        }
        return rows;
    }

    /** Refuses a list of more names than there are columns. */
    static void checkAliases(ParsedStatement.Direct statement, int columns) throws SQLException {
        int names = statement.columns().size();
        if (names > columns) {
            throw ServerError.error(SQLState.INVALID_COLUMN_REFERENCE,
                    "table \"%s\" has %d columns available but %d columns specified", statement.alias(), columns, names)
                    .toException();
        }
    }
}
