package io.pgbg.wire;

import java.sql.SQLException;

/** Does something, and may fail as JDBC does. */
@FunctionalInterface
public interface SqlAction {

    void run() throws SQLException;
}
