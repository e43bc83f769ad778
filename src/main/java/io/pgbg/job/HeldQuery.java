package io.pgbg.job;

import io.pgbg.sql.Quoting;
import io.pgbg.wire.Rows;
import io.pgbg.wire.Wire;
import io.pgbg.worker.TextSettings;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A job's query in a cursor that the server fills at the end of the transaction, under the settings that the job has
 * made. Its rows are written as texts afterwards, under the settings with which the job began, so that they mean to the
 * reader what they meant to the job.
 *
 * <p>Used by the thread that runs the job.
 */
final class HeldQuery {

    /** Stands before the query. */
    static final String DECLARE = "DECLARE \"pgbg rows\" NO SCROLL CURSOR WITH HOLD FOR ";

    private static final String FETCH = "FETCH ALL FROM \"pgbg rows\"";

    /** Types of which a value has one text, whatever the settings are: bool to text, json, char to date, and so on. */
    private static final Set<Integer> FIXED = Set.of(16, 18, 19, 20, 21, 23, 25, 26, 114, 1042, 1043, 1082, 1114, 1700,
            2278, 2950, 3802);

    private final Wire wire;
    private final TextSettings texts;
    private final Consumer<SQLWarning> notices;

    HeldQuery(Wire wire, TextSettings texts, Consumer<SQLWarning> notices) {
        this.wire = wire;
        this.texts = texts;
        this.notices = notices;
    }

    /** Whether the texts of a query's values depend on settings; it is described in the job's transaction. */
    boolean isNeededFor(String query) throws SQLException {
        List<Rows.Column> columns = wire.prepare(query, notices);
        return columns == null || columns.stream().anyMatch(column -> !FIXED.contains(column.type()));
    }

    /** All rows at once. */
    Rows all() throws SQLException {
        return wire.run(setTexts() + "; " + FETCH, notices).rows();
    }

    /** The first rows, and the cursor behind them, in a transaction of their own. */
    Rows open(int size) throws SQLException {
        wire.runInTransaction(setTexts(), notices);
        return wire.open(FETCH, size, notices).rows();
    }

    /** A query that brings a transaction into the settings. */
    private String setTexts() {
        return texts.withAllDigits().values().entrySet().stream().map(setting -> "pg_catalog.set_config("
                + Quoting.literal(setting.getKey()) + ", " + Quoting.literal(setting.getValue()) + ", true)")
                .collect(Collectors.joining(", ", "SELECT ", ""));
    }
}
