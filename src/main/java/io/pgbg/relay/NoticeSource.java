package io.pgbg.relay;

import java.sql.SQLException;
import java.sql.SQLWarning;

/** Where pgjdbc puts the notices that come while it waits for the server: a statement or a result set. */
@FunctionalInterface
public interface NoticeSource {

    /** The first notice, others behind it; null when there is none. */
    SQLWarning first() throws SQLException;
}
