package io.pgbg.function;

import java.util.ArrayList;
import java.util.List;

/**
 * The result of a function. Immutable.
 *
 * @param shape how the result comes
 * @param columns its columns; one for a value, none where there is no result or where only the job can tell
 * @param typeName the name of the composite type that it is a value of; null when there is none
 */
public record ResultType(Shape shape, List<Column> columns, String typeName) {

    /** How a result comes. */
    public enum Shape {
        /** No result. */
        VOID,
        /** One value. */
        VALUE,
        /** A {@code pg_background_handle}, which is one value for the server. */
        HANDLE,
        /** One row. */
        RECORD,
        /** Rows. */
        TABLE,
        /** Rows whose columns the caller has to name ({@code SETOF record}), although they are always the same. */
        RECORDS,
        /** The rows of a job, {@code SETOF record}. */
        ROWS
    }

    /** A column of a result. */
    public record Column(String name, Type type) {
    }

    public ResultType {
        columns = List.copyOf(columns);
    }

    /** Whether the function returns a set: no row, one or many. */
    public boolean isSet() {
        return shape == Shape.TABLE || shape == Shape.RECORDS || shape == Shape.ROWS;
    }

    private ResultType(Shape shape, List<Column> columns) {
        this(shape, columns, null);
    }

    static final ResultType NOTHING = new ResultType(Shape.VOID, List.of());
    static final ResultType ROWS = new ResultType(Shape.ROWS, List.of());

    static final ResultType HANDLE = new ResultType(Shape.HANDLE, handle(), Names.HANDLE);

    static final ResultType LISTED = new ResultType(Shape.RECORDS, listed());
    static final ResultType LISTED_WITH_LABEL = new ResultType(Shape.RECORDS,
            and(listed(), new Column("label", Type.TEXT)));

    static final ResultType STATISTICS = new ResultType(Shape.RECORD, and(counters(), averages()), Names.STATISTICS);
    static final ResultType STATISTICS_WITH_TIME_OUTS = new ResultType(Shape.RECORD,
            and(and(counters(), new Column("workers_timed_out", Type.BIGINT)), averages()));

    static final ResultType PROGRESS = new ResultType(Shape.RECORD, List.of(
            new Column("progress_pct", Type.INTEGER), new Column("progress_msg", Type.TEXT)), Names.PROGRESS);

    static final ResultType INFO = new ResultType(Shape.RECORD, List.of(
            new Column("row_count", Type.BIGINT), new Column("command_tag", Type.TEXT),
            new Column("completed", Type.BOOLEAN), new Column("has_error", Type.BOOLEAN),
            new Column("started_at", Type.TIMESTAMPTZ), new Column("finished_at", Type.TIMESTAMPTZ)));

    static final ResultType ERROR = new ResultType(Shape.RECORD, texts("sqlstate", "message", "detail", "hint",
            "context", "schema_name", "table_name", "column_name", "constraint_name"));

    static final ResultType OUTCOME = new ResultType(Shape.RECORD, outcome());
    static final ResultType OUTCOMES = new ResultType(Shape.TABLE, outcome());
    static final ResultType RUN = new ResultType(Shape.RECORD, and(outcome(),
            new Column("timed_out", Type.BOOLEAN), new Column("elapsed_ms", Type.BIGINT)));

    static ResultType value(Type type) {
        return new ResultType(Shape.VALUE, List.of(new Column("result", type)));
    }

    private static List<Column> handle() {
        return List.of(new Column("pid", Type.INTEGER), new Column("cookie", Type.BIGINT));
    }

    private static List<Column> listed() {
        return and(handle(), new Column("launched_at", Type.TIMESTAMPTZ), new Column("user_id", Type.OID),
                new Column("queue_size", Type.INTEGER), new Column("state", Type.TEXT),
                new Column("sql_preview", Type.TEXT), new Column("last_error", Type.TEXT),
                new Column("consumed", Type.BOOLEAN));
    }

    private static List<Column> counters() {
        return List.of(new Column("workers_launched", Type.BIGINT), new Column("workers_completed", Type.BIGINT),
                new Column("workers_failed", Type.BIGINT), new Column("workers_canceled", Type.BIGINT));
    }

    private static Column[] averages() {
        return new Column[] {new Column("workers_active", Type.INTEGER), new Column("avg_execution_ms", Type.DOUBLE),
                new Column("max_workers", Type.INTEGER)};
    }

    private static List<Column> outcome() {
        return and(handle(), new Column("state", Type.TEXT), new Column("consumed", Type.BOOLEAN),
                new Column("completed", Type.BOOLEAN), new Column("has_error", Type.BOOLEAN),
                new Column("row_count", Type.BIGINT), new Column("command_tag", Type.TEXT),
                new Column("sqlstate", Type.TEXT), new Column("error_message", Type.TEXT),
                new Column("label", Type.TEXT), new Column("launched_at", Type.TIMESTAMPTZ));
    }

    private static List<Column> texts(String... names) {
        return List.of(names).stream().map(name -> new Column(name, Type.TEXT)).toList();
    }

    private static List<Column> and(List<Column> columns, Column... more) {
        List<Column> all = new ArrayList<>(columns);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }
}
