package io.pgbg.execution;

import io.pgbg.wire.SqlSupplier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes statements of pgjdbc's that behave like the caller's. */
final class StatementFactory {

    private StatementFactory() {
    }

    /** A plain statement with the settings of another. */
    static Statement like(Statement model, Connection connection) throws SQLException {
        Statement statement = connection.createStatement(model.getResultSetType(), model.getResultSetConcurrency(),
                model.getResultSetHoldability());
        copySettings(model, statement);
        return statement;
    }

    /** Executes something on a statement that gets all rows at once. */
    static <T> T fetchingAll(Statement statement, SqlSupplier<T> execution) throws SQLException {
        int size = statement.getFetchSize();
        if (size == 0) {
            return execution.get();
        }
        statement.setFetchSize(0);
        try {
            return execution.get();
        } finally {
            if (!statement.isClosed()) {
                statement.setFetchSize(size);
            }
        }
    }

    /** Gives a statement the settings of another. */
    static void copySettings(Statement model, Statement statement) throws SQLException {
        statement.setMaxRows(model.getMaxRows());
        statement.setMaxFieldSize(model.getMaxFieldSize());
        statement.setFetchSize(model.getFetchSize());
        statement.setFetchDirection(model.getFetchDirection());
    }
}
