package io.pgbg.relay;

import io.pgbg.wire.Rows;
import java.sql.SQLException;

/** Rows that come window by window. */
public interface RowSource {

    /**
     * The next window, after waiting for it.
     *
     * @return null behind the last one
     */
    Rows next() throws SQLException;

    /** The rest is not wanted. */
    void close();
}
