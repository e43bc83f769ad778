package io.pgbg;

/**
 * The five-character SQLSTATE codes that the driver raises itself or looks for.
 *
 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL error codes</a>
 */
public enum SQLState {
    SUCCESSFUL_COMPLETION("00000"),
    WARNING("01000"),
    TOO_MANY_RESULTS("0100E"),
    NO_DATA("02000"),
    CONNECTION_UNABLE_TO_CONNECT("08001"),
    CONNECTION_DOES_NOT_EXIST("08003"),
    CONNECTION_FAILURE("08006"),
    FEATURE_NOT_SUPPORTED("0A000"),
    INVALID_PARAMETER_VALUE("22023"),
    INVALID_TEXT_REPRESENTATION("22P02"),
    IN_FAILED_SQL_TRANSACTION("25P02"),
    DEADLOCK_DETECTED("40P01"),
    SYNTAX_ERROR("42601"),
    INVALID_COLUMN_REFERENCE("42P10"),
    INVALID_NAME("42602"),
    INSUFFICIENT_PRIVILEGE("42501"),
    DUPLICATE_COLUMN("42701"),
    UNDEFINED_OBJECT("42704"),
    DATATYPE_MISMATCH("42804"),
    WRONG_OBJECT_TYPE("42809"),
    UNDEFINED_FUNCTION("42883"),
    INSUFFICIENT_RESOURCES("53000"),
    TOO_MANY_CONNECTIONS("53300"),
    CONFIGURATION_LIMIT_EXCEEDED("53400"),
    OBJECT_NOT_IN_PREREQUISITE_STATE("55000"),
    QUERY_CANCELED("57014"),
    ADMIN_SHUTDOWN("57P01"),
    UNEXPECTED_ERROR("99999");

    private final String code;

    SQLState(String code) {
        this.code = code;
    }

    /** The code itself, five characters. */
    public String code() {
        return code;
    }

    /** Whether an exception's SQLSTATE, which may be null, is this one. */
    public boolean is(String state) {
        return code.equals(state);
    }

    /** Whether a SQLSTATE, which may be null, says that the connection to the server is lost or was never made. */
    public static boolean isConnectionError(String state) {
        return state != null && state.startsWith("08");
    }
}
