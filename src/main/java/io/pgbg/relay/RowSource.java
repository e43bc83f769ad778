package io.pgbg.relay;

import io.pgbg.wire.Rows;
import java.sql.SQLException;

/** Rows that arrive in portions, called windows. */
public interface RowSource {

    /**
     * Waits for the next window.
     *
     * @return null after the last one
     */
    Rows next() throws SQLException;

    /** Gives up the rows that are left. */
    void close();
}
