package io.pgbg.call;

import java.sql.ResultSet;

/** One of the results of an execution, in the order of its statements. */
public sealed interface StatementResult {

    /** Rows in a result set of pgjdbc's. */
    record RowsResult(ResultSet rows) implements StatementResult {
    }

    /** Rows of a job that goes on while they are read. */
    record StreamedResult(StreamedRows rows) implements StatementResult {
    }

    /** The update count of a statement without rows. */
    record CountResult(long count) implements StatementResult {
    }
}
