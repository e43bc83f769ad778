package io.pgbg;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The fields of an error as the server reports them; null for fields that it leaves out. Immutable.
 *
 * @param sqlState the SQLSTATE
 * @param message the primary message
 * @param detail the detail
 * @param hint the hint
 * @param context where it happened: calls of functions, and for a job its worker
 * @param schema the schema that the error is about
 * @param table the table
 * @param column the column
 * @param constraint the constraint
 */
public record ErrorInfo(String sqlState, String message, String detail, String hint, String context, String schema,
        String table, String column, String constraint) {

    /**
     * The fields of an exception.
     *
     * @param error any exception; one that is not the server's has only a SQLSTATE and a message
     * @return its fields
     */
    public static ErrorInfo of(SQLException error) {
        ServerErrorMessage fields = error instanceof PSQLException server ? server.getServerErrorMessage() : null;
        if (fields == null) {
            return new ErrorInfo(error.getSQLState(), error.getMessage(), null, null, null, null, null, null, null);
        }
        return new ErrorInfo(fields.getSQLState(), fields.getMessage(), fields.getDetail(), fields.getHint(),
                fields.getWhere(), fields.getSchema(), fields.getTable(), fields.getColumn(), fields.getConstraint());
    }
}
