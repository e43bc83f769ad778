package io.pgbg.wire;

import io.pgbg.SQLState;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * An error or a notice with the fields that the server's own have, so that applications can treat the driver's in the
 * same way: class {@code PSQLException}, SQLSTATE, detail, hint, context.
 *
 * <p>Not thread-safe: one thread makes it, fills it and turns it into an exception.
 */
public final class ServerError {

    /** The types of fields in an ErrorResponse or NoticeResponse of PostgreSQL's protocol, in its order. */
    private enum Field {
        SEVERITY('S'), SEVERITY_UNLOCALISED('V'), STATE('C'), MESSAGE('M'), DETAIL('D'), HINT('H'), POSITION('P'),
        INTERNAL_POSITION('p'), INTERNAL_QUERY('q'), WHERE('W'), SCHEMA('s'), TABLE('t'), COLUMN('c'), DATATYPE('d'),
        CONSTRAINT('n'), FILE('F'), LINE('L'), ROUTINE('R');

        final char code;

        Field(char code) {
            this.code = code;
        }
    }

    private static final String ERROR = "ERROR";

    private final Map<Field, String> fields = new LinkedHashMap<>();
    private Throwable cause;

    private ServerError() {
    }

    /** A new error. */
    public static ServerError error(SQLState state, String message) {
        return of(ERROR, state, message);
    }

    /** A new error with a message formatted as by {@link String#format}. */
    public static ServerError error(SQLState state, String format, Object... arguments) {
        return error(state, String.format(Locale.ROOT, format, arguments));
    }

    /** A new notice of severity NOTICE. */
    public static ServerError notice(String message) {
        return of("NOTICE", SQLState.SUCCESSFUL_COMPLETION, message);
    }

    /** A new notice of severity NOTICE with a SQLSTATE. */
    public static ServerError notice(SQLState state, String message) {
        return of("NOTICE", state, message);
    }

    /** A new notice of severity WARNING. */
    public static ServerError warning(String message) {
        return of("WARNING", SQLState.WARNING, message);
    }

    private static ServerError of(String severity, SQLState state, String message) {
        ServerError error = new ServerError();
        return error.with(Field.SEVERITY, severity).with(Field.SEVERITY_UNLOCALISED, severity)
                .with(Field.STATE, state.code()).with(Field.MESSAGE, message);
    }

    /** A copy of the server's message, whose fields can be replaced. */
    public static ServerError copyOf(ServerErrorMessage message) {
        ServerError error = new ServerError();
        return error.with(Field.SEVERITY, message.getSeverity())
                // the server sends this field too, but pgjdbc has no getter for it
                .with(Field.SEVERITY_UNLOCALISED, message.getSeverity())
                .with(Field.STATE, message.getSQLState())
                .with(Field.MESSAGE, message.getMessage())
                .with(Field.DETAIL, message.getDetail())
                .with(Field.HINT, message.getHint())
                .position(message.getPosition())
                .with(Field.INTERNAL_POSITION, positive(message.getInternalPosition()))
                .with(Field.INTERNAL_QUERY, message.getInternalQuery())
                .with(Field.WHERE, message.getWhere())
                .with(Field.SCHEMA, message.getSchema())
                .with(Field.TABLE, message.getTable())
                .with(Field.COLUMN, message.getColumn())
                .with(Field.DATATYPE, message.getDatatype())
                .with(Field.CONSTRAINT, message.getConstraint())
                .with(Field.FILE, message.getFile())
                .with(Field.LINE, positive(message.getLine()))
                .with(Field.ROUTINE, message.getRoutine());
    }

    /**
     * An error of a connection that is not the caller's. If it says that the session has ended, its SQLSTATE is another
     * one, because pools close the caller's connection when they see that, and with it end or lose its jobs.
     */
    public static SQLException ofOtherConnection(SQLException error) {
        if (!SQLState.isSessionEnd(error.getSQLState())) {
            return error;
        }
        ServerErrorMessage message = messageOf(error);
        ServerError other = message == null ? error(SQLState.SYSTEM_ERROR, error.getMessage())
                : copyOf(message).with(Field.SEVERITY, ERROR).with(Field.SEVERITY_UNLOCALISED, ERROR)
                        .with(Field.STATE, SQLState.SYSTEM_ERROR.code());
        return other.cause(error).toException();
    }

    /** An error that another thread was told as well, and that each may add something to. */
    public static SQLException again(SQLException error) {
        ServerErrorMessage message = messageOf(error);
        return message == null ? new SQLException(error.getMessage(), error.getSQLState(), error)
                : copyOf(message).cause(error).toException();
    }

    /** Replaces the message. */
    public ServerError message(String message) {
        return with(Field.MESSAGE, message);
    }

    public ServerError detail(String detail) {
        return with(Field.DETAIL, detail);
    }

    public ServerError detail(String format, Object... arguments) {
        return detail(String.format(Locale.ROOT, format, arguments));
    }

    public ServerError hint(String hint) {
        return with(Field.HINT, hint);
    }

    /** Replaces the position of the error in the statement's text, counted in characters from 1; 0 for none. */
    public ServerError position(int position) {
        return with(Field.POSITION, positive(position));
    }

    /** Replaces the internal query, which a function on the server has run, and the position of the error in it. */
    public ServerError internal(int position, String query) {
        return with(Field.INTERNAL_POSITION, positive(position)).with(Field.INTERNAL_QUERY, query);
    }

    /** Replaces the context. */
    public ServerError where(String context) {
        return with(Field.WHERE, context);
    }

    /** Adds a last line to the context. */
    public ServerError context(String line) {
        String context = fields.get(Field.WHERE);
        return with(Field.WHERE, context == null || context.isEmpty() ? line : context + '\n' + line);
    }

    public ServerError cause(Throwable cause) {
        this.cause = cause;
        return this;
    }

    /** The exception that pgjdbc would make of the server's message, with all its fields. */
    public PSQLException toException() {
        return toException(true);
    }

    /**
     * The exception.
     *
     * @param detailed whether its text may show fields that can hold data: detail, context, position. That is pgjdbc's
     *     property {@code logServerErrorDetail}
     */
    public PSQLException toException(boolean detailed) {
        PSQLException exception = new PSQLException(new ServerErrorMessage(wireForm()), detailed);
        if (cause != null) {
            exception.initCause(cause);
        }
        return exception;
    }

    /** The notice, of the class that tools look for. */
    public PSQLWarning toWarning() {
        return new PSQLWarning(new ServerErrorMessage(wireForm()));
    }

    /** A warning of the server's with one more line of context. */
    public static SQLWarning withContext(SQLWarning warning, String line) {
        return warning instanceof PSQLWarning ours && ours.getServerErrorMessage() != null
                ? copyOf(ours.getServerErrorMessage()).context(line).toWarning() : warning;
    }

    /** A copy of a warning without the warnings that are chained to it. */
    public static SQLWarning alone(SQLWarning warning) {
        return warning instanceof PSQLWarning ours && ours.getServerErrorMessage() != null
                ? new PSQLWarning(ours.getServerErrorMessage())
                : new SQLWarning(warning.getMessage(), warning.getSQLState(), warning.getErrorCode());
    }

    /** How many characters a warning holds, which is more than its message: its own are there twice. */
    public static int length(SQLWarning warning) {
        ServerErrorMessage message = warning instanceof PSQLWarning ours ? ours.getServerErrorMessage() : null;
        return message == null ? length(warning.getMessage()) : 2 * (length(message.getMessage())
                + length(message.getDetail()) + length(message.getHint()) + length(message.getWhere())
                + length(message.getInternalQuery()));
    }

    private static int length(String text) {
        return text == null ? 0 : text.length();
    }

    /** The server's message inside an exception, or null when the exception is not the server's. */
    public static ServerErrorMessage messageOf(SQLException exception) {
        return exception instanceof PSQLException ours ? ours.getServerErrorMessage() : null;
    }

    private ServerError with(Field field, String value) {
        if (value == null) {
            fields.remove(field);
        } else {
            fields.put(field, value);
        }
        return this;
    }

    private static String positive(int number) {
        return number > 0 ? Integer.toString(number) : null;
    }

    /** The fields as the protocol sends them: each with its letter, its text and a zero. */
    private String wireForm() {
        StringBuilder message = new StringBuilder();
        fields.forEach((field, value) -> message.append(field.code).append(value.replace('\0', ' ')).append('\0'));
        return message.toString();
    }
}
