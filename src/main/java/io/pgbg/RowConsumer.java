package io.pgbg;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Gets the rows of a job one after the other, in the thread that reads them. */
@FunctionalInterface
public interface RowConsumer {

    /**
     * Gets a row.
     *
     * @param row a result set positioned on the row; must not be moved, closed or kept
     * @throws SQLException to stop reading; the remaining rows are lost
     */
    void accept(ResultSet row) throws SQLException;
}
