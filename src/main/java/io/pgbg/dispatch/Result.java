package io.pgbg.dispatch;

import java.sql.ResultSet;

/** One of the results of an execution, in the order of its statements. */
public sealed interface Result {

    /** Rows in a result set of pgjdbc's. */
    record RowsResult(ResultSet rows) implements Result {
    }

    /** Rows of a job that goes on while they are read. */
    record StreamedResult(StreamedRows rows) implements Result {
    }

    /** The update count of a statement without rows. */
    record CountResult(long count) implements Result {
    }
}
