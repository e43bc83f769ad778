package io.pgbg.relay;

import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;

/** Where pgjdbc puts the notices that arrive while it waits for the server: a statement or a result set. */
public interface NoticeSource {

    /** The first notice, with the others chained to it; null when there is none. */
    SQLWarning firstNotice() throws SQLException;

    /**
     * Gives up the notices that were read, so that long ones do not pile up. One that comes at this very moment may be
     * chained to the last of them.
     */
    void clearNotices() throws SQLException;

    /** Those of a statement of pgjdbc's. */
    static NoticeSource of(Statement statement) {
        return new NoticeSource() {
            @Override
            public SQLWarning firstNotice() throws SQLException {
                return statement.getWarnings();
            }

            @Override
            public void clearNotices() throws SQLException {
                statement.clearWarnings();
            }
        };
    }
}
