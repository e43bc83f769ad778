package io.pgbg;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Takes the rows of a job one after the other. */
@FunctionalInterface
public interface RowConsumer {

    /**
     * Takes a row.
     *
     * @param row a result set that stands on the row; not to be moved, closed or kept
     * @throws SQLException to stop reading; the rest of the rows is lost
     */
    void accept(ResultSet row) throws SQLException;
}
