package io.pgbg.wire;

import java.sql.SQLException;

/** An action that may fail with an {@link SQLException}. */
@FunctionalInterface
public interface SqlAction {

    void run() throws SQLException;
}
