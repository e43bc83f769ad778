package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.lang.reflect.Method;
import java.sql.CallableStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.Types;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * The OUT parameters of a call that the driver answers: the result of {@code {? = call f(..)}}, or those that the caller
 * has registered in {@code {call f(..)}}, one for each column of the row, in order. What pgjdbc says of them for a
 * function of the server's, in its words.
 *
 * <p>Used by one thread.
 */
final class OutParameters {

    /** Whether the first parameter is the result, and there is no other one. */
    private final boolean ofFunction;
    /** The type that each was registered with, also when that was for an earlier execution. */
    private final Map<Integer, Integer> types = new TreeMap<>();
    /** Those that are registered for the next execution. */
    private final Set<Integer> registered = new TreeSet<>();
    private ResultSet answer;
    /** Where each stands in the answer. */
    private final Map<Integer, Integer> columns = new HashMap<>();
    private boolean lastWasNoColumn;

    OutParameters(boolean ofFunction) {
        this.ofFunction = ofFunction;
    }

    /** Whether the first parameter, the result, is the only one. */
    boolean isResultAlone() {
        return ofFunction;
    }

    /** Whether any was ever registered: from then on no execution shows rows. */
    boolean areUsed() {
        return !types.isEmpty();
    }

    /** Those that are registered for the next execution, in order. */
    Set<Integer> registered() {
        return registered;
    }

    /** Forgets for the next execution what was registered; the last one's values stay. */
    void clear() {
        registered.clear();
    }

    /** Fails when there must be a result, and the caller has not said of which type. */
    void check() throws SQLException {
        if (ofFunction && registered.isEmpty()) {
            throw new PSQLException("No value specified for parameter 1.", PSQLState.INVALID_PARAMETER_VALUE);
        }
    }

    /** Takes the row with the values. */
    void take(ResultSet row) throws SQLException {
        if (!row.next()) {
            throw ServerError.error(SQLState.NO_DATA, "A CallableStatement was executed with nothing returned.")
                    .toException();
        }
        ResultSetMetaData metaData = row.getMetaData();
        if (metaData.getColumnCount() != registered.size()) {
            throw new PSQLException("A CallableStatement was executed with an invalid number of parameters",
                    PSQLState.SYNTAX_ERROR);
        }
        columns.clear();
        for (int parameter : registered) {
            int column = columns.size() + 1;
            checkType(parameter, types.get(parameter), metaData.getColumnType(column));
            columns.put(parameter, column);
        }
        answer = row;
    }

    private static void checkType(int parameter, int expected, int type) throws SQLException {
        if (type != expected && !(type == Types.DOUBLE && expected == Types.REAL)) {
            throw new PSQLException("A CallableStatement function was executed and the out parameter " + parameter
                    + " was of type " + typeName(type) + " however type " + typeName(expected) + " was registered.",
                    PSQLState.DATA_TYPE_MISMATCH);
        }
    }

    /** As pgjdbc names it in errors. */
    private static String typeName(int type) {
        return "java.sql.Types=" + type;
    }

    /** The type that pgjdbc takes a registered one for. */
    private static int sqlType(Object type) {
        int number = type instanceof SQLType sqlType ? sqlType.getVendorTypeNumber() : (Integer) type;
        return switch (number) {
            case Types.TINYINT -> Types.SMALLINT;
            case Types.LONGVARCHAR -> Types.VARCHAR;
            case Types.DECIMAL -> Types.NUMERIC;
            case Types.FLOAT -> Types.DOUBLE;
            case Types.VARBINARY, Types.LONGVARBINARY -> Types.BINARY;
            case Types.BOOLEAN -> Types.BIT;
            default -> number;
        };
    }

    /** Answers a method of {@link CallableStatement}. */
    Object invoke(Method method, Object[] arguments) throws SQLException {
        String name = method.getName();
        if ("wasNull".equals(name)) {
            return lastWasNoColumn || answer().wasNull();
        }
        if (arguments[0] instanceof Integer parameter && (!ofFunction || parameter == 1)) {
            if ("registerOutParameter".equals(name)) {
                types.put(parameter, sqlType(arguments[1]));
                registered.add(parameter);
                return null;
            }
            if (name.startsWith("get")) {
                return get(method, parameter, arguments);
            }
        }
        throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, ofFunction
                ? "This function has one OUT parameter, its result, which is parameter 1 and has no name."
                : "The OUT parameters of a call are named by their numbers.").toException();
    }

    private Object get(Method getter, int parameter, Object[] arguments) throws SQLException {
        ResultSet row = answer();
        Integer column = columns.get(parameter);
        lastWasNoColumn = column == null;
        if (column != null) {
            Object[] ofColumn = arguments.clone();
            ofColumn[0] = column;
            return PieceStatements.call(sameOfResultSet(getter), row, ofColumn);
        }
        if ("getObject".equals(getter.getName())) {
            return null;
        }
        throw new PSQLException("Parameter of type " + typeName(types.getOrDefault(parameter, Types.NULL))
                + " was registered, but call to " + getter.getName() + " was made.",
                PSQLState.MOST_SPECIFIC_TYPE_DOES_NOT_MATCH);
    }

    private ResultSet answer() throws SQLException {
        if (types.isEmpty()) {
            throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE, ofFunction
                    ? "A CallableStatement was declared, but no call to registerOutParameter(1, <some type>) was made."
                    : "No function outputs were registered.").toException();
        }
        if (answer == null) {
            throw ServerError.error(SQLState.NO_DATA,
                    "Results cannot be retrieved from a CallableStatement before it is executed.").toException();
        }
        return answer;
    }

    private static Method sameOfResultSet(Method getter) throws SQLException {
        try {
            return ResultSet.class.getMethod(getter.getName(), getter.getParameterTypes());
        } catch (NoSuchMethodException e) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "Method %s is not supported for a function.",
                    getter.getName()).cause(e).toException();
        }
    }
}
