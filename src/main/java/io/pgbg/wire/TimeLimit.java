package io.pgbg.wire;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.postgresql.jdbc.PgStatement;

/** The query time-out of a statement for one of its executions. */
public final class TimeLimit {

    private TimeLimit() {
    }

    /**
     * Executes something on a statement with a query time-out of its own, and gives the statement its former one back.
     *
     * @param statement a statement of pgjdbc's
     * @param nanos the time-out; what is no more than 0 ends the execution as soon as it has begun
     */
    public static <T> T within(Statement statement, long nanos, SqlSupplier<T> execution) throws SQLException {
        PgStatement limited = statement.unwrap(PgStatement.class);
        long former = limited.getQueryTimeoutMs();
        limited.setQueryTimeoutMs(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
        try {
            return execution.get();
        } finally {
            if (!limited.isClosed()) {
                limited.setQueryTimeoutMs(former);
            }
        }
    }
}
