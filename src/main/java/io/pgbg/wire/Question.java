package io.pgbg.wire;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGStatement;
import org.postgresql.core.BaseStatement;
import org.postgresql.core.QueryExecutor;

/**
 * A query that is asked again and again over one connection, and that the server therefore prepares once. Begins no
 * transaction, whatever the connection's autocommit says.
 *
 * <p>As thread-safe as the connection.
 */
public final class Question {

    private final Wire wire;
    private final String sql;
    private PreparedStatement statement;

    /** @param sql a query that returns one row; its parameters are of type text */
    public Question(Wire wire, String sql) {
        this.wire = wire;
        this.sql = sql;
    }

    /**
     * Asks.
     *
     * @param parameters one for each parameter of the query, in order; null for NULL
     * @return the row, each value as text, or null for NULL
     */
    public List<String> ask(String... parameters) throws SQLException {
        if (statement == null || statement.isClosed()) {
            statement = wire.jdbc().prepareStatement(sql);
            statement.unwrap(PGStatement.class).setPrepareThreshold(1);
        }
        for (int i = 0; i < parameters.length; i++) {
            statement.setString(i + 1, parameters[i]);
        }
        ((BaseStatement) statement).executeWithFlags(QueryExecutor.QUERY_SUPPRESS_BEGIN);
        try (ResultSet rows = statement.getResultSet()) {
            rows.next();
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                row.add(rows.getString(i));
            }
            return row;
        }
    }
}
