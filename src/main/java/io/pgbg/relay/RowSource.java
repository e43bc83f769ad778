package io.pgbg.relay;

import io.pgbg.wire.Rows;
import io.pgbg.worker.TextSettings;
import java.sql.SQLException;

/** Rows that arrive in portions, called windows. */
public interface RowSource {

    /**
     * Waits for the next window.
     *
     * @return null after the last one
     */
    Rows next() throws SQLException;

    /** How the values are written; null when that depends on no setting. */
    TextSettings texts();

    /** Gives up the rows that are left. */
    void close();
}
