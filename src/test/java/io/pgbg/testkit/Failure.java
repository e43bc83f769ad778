package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * An error as the server words it, in a form that can be compared with another one.
 *
 * @param state the SQLSTATE
 * @param message the primary message
 * @param detail the detail, or null
 * @param hint the hint, or null
 * @param context the context, or null
 * @param position where in the text it is, counted from 1; 0 for nowhere
 */
public record Failure(String state, String message, String detail, String hint, String context, int position) {

    /** Something that is to fail. */
    @FunctionalInterface
    public interface Step {
        void run() throws SQLException;
    }

    /** What a step fails with, which must be an error with the fields of a server's. */
    public static Failure of(Step step) throws SQLException {
        try {
            step.run();
        } catch (PSQLException e) {
            ServerErrorMessage error = e.getServerErrorMessage();
            if (error == null) {
                throw e;
            }
            return new Failure(error.getSQLState(), error.getMessage(), error.getDetail(), error.getHint(),
                    error.getWhere(), error.getPosition());
        }
        throw new AssertionError("It does not fail");
    }

    /** What executing a text fails with. */
    public static Failure of(Connection connection, String sql) throws SQLException {
        return of(() -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }
}
