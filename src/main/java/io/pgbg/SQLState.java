package io.pgbg;

import java.sql.SQLException;

/** The SQLSTATEs of the driver's own exceptions and warnings. Every exception of the driver has one. */
public enum SQLState {

    SUCCESSFUL_COMPLETION("00000"),
    WARNING("01000"),
    TOO_MANY_RESULTS("0100E"),
    NO_DATA("02000"),
    UNABLE_TO_CONNECT("08001"),
    CONNECTION_DOES_NOT_EXIST("08003"),
    CONNECTION_FAILURE("08006"),
    FEATURE_NOT_SUPPORTED("0A000"),
    INVALID_PARAMETER_VALUE("22023"),
    INVALID_ESCAPE_SEQUENCE("22025"),
    INVALID_TEXT_REPRESENTATION("22P02"),
    UNIQUE_VIOLATION("23505"),
    READ_ONLY_SQL_TRANSACTION("25006"),
    IN_FAILED_SQL_TRANSACTION("25P02"),
    INVALID_SCHEMA_NAME("3F000"),
    DEADLOCK_DETECTED("40P01"),
    INSUFFICIENT_PRIVILEGE("42501"),
    SYNTAX_ERROR("42601"),
    INVALID_NAME("42602"),
    DUPLICATE_COLUMN("42701"),
    UNDEFINED_OBJECT("42704"),
    DUPLICATE_OBJECT("42710"),
    DATATYPE_MISMATCH("42804"),
    WRONG_OBJECT_TYPE("42809"),
    UNDEFINED_FUNCTION("42883"),
    INVALID_COLUMN_REFERENCE("42P10"),
    INSUFFICIENT_RESOURCES("53000"),
    DISK_FULL("53100"),
    OUT_OF_MEMORY("53200"),
    TOO_MANY_CONNECTIONS("53300"),
    CONFIGURATION_LIMIT_EXCEEDED("53400"),
    OBJECT_NOT_IN_PREREQUISITE_STATE("55000"),
    LOCK_NOT_AVAILABLE("55P03"),
    QUERY_CANCELED("57014"),
    ADMIN_SHUTDOWN("57P01"),
    SYSTEM_ERROR("58000"),
    IO_ERROR("58030"),
    UNEXPECTED_ERROR("99999"),
    INTERNAL_ERROR("XX000");

    private final String code;

    SQLState(String code) {
        this.code = code;
    }

    /**
     * The code as exceptions carry it.
     *
     * @return five characters
     */
    public String code() {
        return code;
    }

    /**
     * Tells whether this is the state of an exception.
     *
     * @param exception any exception; its SQLSTATE may be null
     * @return whether the exception has this SQLSTATE
     */
    public boolean isStateOf(SQLException exception) {
        return code.equals(exception.getSQLState());
    }

    /**
     * Tells whether a code is this one.
     *
     * @param state five characters; may be null
     * @return whether it is the same code
     */
    public boolean is(String state) {
        return code.equals(state);
    }

    /**
     * Tells whether a code says that the connection to the server is lost or could not be made.
     *
     * @param state five characters; may be null
     * @return whether it is of class 08
     */
    public static boolean isConnectionError(String state) {
        return state != null && state.startsWith("08");
    }

    /**
     * Tells whether a code says that the session in which an error was raised has ended, or has not begun. Pools close
     * the connection that such an error comes from.
     *
     * @param state five characters; may be null
     * @return whether it is of class 08, or the server has ended the session
     */
    public static boolean isSessionEnd(String state) {
        return isConnectionError(state) || state != null && state.startsWith("57P");
    }

    /**
     * Makes an exception with this SQLSTATE.
     *
     * @param message a whole sentence that names what is wrong
     * @return the exception, not thrown
     */
    public SQLException exception(String message) {
        return new SQLException(message, code);
    }

    /**
     * Makes an exception with this SQLSTATE and a cause.
     *
     * @param message a whole sentence that names what is wrong
     * @param cause the exception that has caused it
     * @return the exception, not thrown
     */
    public SQLException exception(String message, Throwable cause) {
        return new SQLException(message, code, cause);
    }

    @Override
    public String toString() {
        return code;
    }
}
