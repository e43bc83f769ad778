package io.pgbg.relay;

import java.sql.SQLException;
import java.sql.SQLWarning;

/** Where pgjdbc puts the notices that arrive while it waits for the server: a statement or a result set. */
@FunctionalInterface
public interface NoticeSource {

    /** The first notice, with the others chained to it; null when there is none. */
    SQLWarning firstNotice() throws SQLException;
}
