package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.function.Type;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.StatementProxy;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The prepared statements behind one prepared text, seen as one. Parameters go to the statement that has them and are
 * remembered, for batches and for statements that are prepared anew; settings of the statement go to all; everything
 * else is the first one's.
 *
 * <p>A dynamic proxy: there are some hundred methods to pass on, and only for texts with calls.
 *
 * <p>Used by one thread, but for {@code cancel}.
 */
final class PieceStatements implements InvocationHandler {

    private static final Set<String> FOR_ALL = Set.of("setMaxRows", "setLargeMaxRows", "setMaxFieldSize",
            "setFetchSize", "setFetchDirection", "setQueryTimeout", "setEscapeProcessing", "setPoolable",
            "setCursorName", "setPrepareThreshold", "setUseServerPrepare", "setAdaptiveFetch", "clearParameters",
            "clearWarnings", "cancel", "close");

    private final PreparedStatement[] statements;
    private final int[] parameterCounts;
    /** Those of a call; null when the text is none, or not a call alone. */
    private final OutParameters out;
    private final PreparedStatement face;
    /** The values, by the caller's numbers of the parameters. */
    private Map<Integer, Setter> parameters = new LinkedHashMap<>();
    /** The caller's parameters that the statements do not have: OUT parameters. */
    private Set<Integer> leftOut;
    /** The settings of the statement that were changed. */
    private final Map<Method, Object[]> settings = new LinkedHashMap<>();
    private boolean closeOnCompletion;

    /** A call of a setter, its parameter counted from 1 over the whole text. */
    private record Setter(Method method, Object[] arguments) {

        /** The values are captured: a parameter may be set on a statement more than once. */
        static Setter of(Method method, Object[] arguments) throws SQLException {
            boolean length = arguments.length > 2 && !"setObject".equals(method.getName());
            Object[] captured = arguments.clone();
            for (int i = 1; i < captured.length; i++) {
                captured[i] = CapturedValue.of(arguments[i], length && i == 1 ? arguments[2] : null);
            }
            return new Setter(method, captured);
        }

        void apply(PreparedStatement statement, int index) throws SQLException {
            Object[] shifted = arguments.clone();
            shifted[0] = index;
            shifted[1] = CapturedValue.open(arguments[1]);
            call(method, statement, shifted);
        }

        /** The value, if it is one of just this type and nothing has to convert it; otherwise null. */
        String value(Type type) {
            if (arguments.length != 2) {
                return null;
            }
            Object value = arguments[1];
            boolean same = switch (method.getName()) {
                case "setString" -> type == Type.TEXT;
                case "setInt" -> type == Type.INTEGER || type == Type.BIGINT;
                case "setLong" -> type == Type.BIGINT;
                case "setObject" -> type == Type.TEXT && value instanceof String
                        || type == Type.INTEGER && value instanceof Integer
                        || type == Type.BIGINT && (value instanceof Integer || value instanceof Long);
                default -> false;
            };
            // what the server would refuse
            return !same || value == null || value.toString().indexOf('\0') >= 0 ? null : value.toString();
        }
    }

    /**
     * @param parameterCounts how many of the caller's parameters each statement has
     * @param out the OUT parameters of a call; null when the text is none
     * @param leftOut the caller's parameters that the statements do not have
     */
    PieceStatements(PreparedStatement[] statements, int[] parameterCounts, OutParameters out, Set<Integer> leftOut) {
        this.statements = statements;
        this.parameterCounts = parameterCounts;
        this.out = out;
        this.leftOut = leftOut;
        this.face = StatementProxy.over(this);
    }

    PreparedStatement face() {
        return face;
    }

    PreparedStatement get(int i) {
        return statements[i];
    }

    /**
     * The value of a parameter, if it was set to one of just this type.
     *
     * @param index counted from 1 over the parameters of one statement
     * @return null when only the server can tell
     */
    String value(int i, int index, Type type) {
        int wanted = Arrays.stream(parameterCounts, 0, i).sum() + index;
        for (Map.Entry<Integer, Setter> parameter : parameters.entrySet()) {
            if (isIn(parameter.getKey()) && position(parameter.getKey()) == wanted) {
                return parameter.getValue().value(type);
            }
        }
        return null;
    }

    /** The parameters that are registered for the next execution, and have no value. */
    Set<Integer> onlyOut() {
        Set<Integer> only = new TreeSet<>(out.registered());
        only.removeAll(parameters.keySet());
        return only;
    }

    /** The caller's parameters that the statements do not have. */
    Set<Integer> leftOut() {
        return leftOut;
    }

    /** Whether the statements have a parameter of the caller's. */
    private boolean isIn(int parameter) {
        return !leftOut.contains(parameter);
    }

    /** The number of a parameter of the caller's among those that the statements have. */
    private int position(int parameter) {
        return parameter - (int) leftOut.stream().filter(each -> each <= parameter).count();
    }

    /** Puts a newly prepared statement, without these parameters of the caller's, into the place of the only one. */
    void replaceWithout(Set<Integer> parametersLeftOut, PreparedStatement statement) throws SQLException {
        leftOut = parametersLeftOut;
        replace(0, statement);
    }

    /** Puts a newly prepared statement with the same parameters into the place of one. */
    void replace(int i, PreparedStatement statement) throws SQLException {
        PreparedStatement old = statements[i];
        for (Map.Entry<Method, Object[]> setting : settings.entrySet()) {
            call(setting.getKey(), statement, setting.getValue());
        }
        statements[i] = statement;
        int before = Arrays.stream(parameterCounts, 0, i).sum();
        for (Map.Entry<Integer, Setter> parameter : parameters.entrySet()) {
            int index = position(parameter.getKey()) - before;
            if (isIn(parameter.getKey()) && index >= 1 && index <= parameterCounts[i]) {
                parameter.getValue().apply(statement, index);
            }
        }
        old.close();
    }

    /** Sets the parameters on a statement of the whole text. */
    void copyParameters(PreparedStatement whole) throws SQLException {
        for (Map.Entry<Integer, Setter> parameter : parameters.entrySet()) {
            parameter.getValue().apply(whole, parameter.getKey());
        }
    }

    Map<Integer, ?> parameters() {
        return new LinkedHashMap<>(parameters);
    }

    void setParameters(Map<Integer, ?> earlier) throws SQLException {
        for (PreparedStatement statement : statements) {
            statement.clearParameters();
        }
        parameters = new LinkedHashMap<>();
        for (Map.Entry<Integer, ?> entry : earlier.entrySet()) {
            set(entry.getKey(), (Setter) entry.getValue());
        }
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        String name = method.getName();
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(proxy, name, arguments);
        }
        if (isParameterSetter(method, arguments)) {
            set((Integer) arguments[0], Setter.of(method, arguments));
            return null;
        }
        if (method.getDeclaringClass() == CallableStatement.class && out != null) {
            return out.invoke(method, arguments);
        }
        if ("getParameterMetaData".equals(name) && statements.length > 1) {
            return JoinedParameters.of(statements, parameterCounts);
        }
        if ("closeOnCompletion".equals(name)) {
            // of the whole, not of one of the statements
            closeOnCompletion = true;
            return null;
        }
        if ("isCloseOnCompletion".equals(name)) {
            return closeOnCompletion;
        }
        if (FOR_ALL.contains(name)) {
            if ("clearParameters".equals(name)) {
                parameters.clear();
                if (out != null) {
                    out.clear();
                }
            } else if (name.startsWith("set")) {
                settings.put(method, arguments);
            }
            for (PreparedStatement statement : statements) {
                call(method, statement, arguments);
            }
            return null;
        }
        return call(method, statements[0], arguments);
    }

    private Object ofObject(Object proxy, String name, Object[] arguments) {
        return switch (name) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> Arrays.stream(statements).map(Object::toString).collect(Collectors.joining("; "));
        };
    }

    private static boolean isParameterSetter(Method method, Object[] arguments) {
        return (method.getDeclaringClass() == PreparedStatement.class) && method.getName().startsWith("set")
                && arguments != null && arguments.length >= 2 && arguments[0] instanceof Integer;
    }

    private void set(int parameter, Setter setter) throws SQLException {
        if (isIn(parameter) || out.isResultAlone()) {
            int before = 0;
            int i = 0;
            int index = position(parameter);
            while (i < statements.length - 1 && index > before + parameterCounts[i]) {
                before += parameterCounts[i];
                i++;
            }
            setter.apply(statements[i], index - before);
        }
        parameters.put(parameter, setter);
    }

    static Object call(Method method, Object target, Object[] arguments) throws SQLException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof SQLException sqlException) {
                throw sqlException;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) cause;
        } catch (IllegalAccessException | IllegalArgumentException e) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "Method %s is not supported here.",
                    method.getName()).cause(e).toException();
        }
    }

    /** The parameters of several statements, counted through. */
    private static final class JoinedParameters implements InvocationHandler {

        private final PreparedStatement[] statements;
        private final int[] counts;

        private JoinedParameters(PreparedStatement[] statements, int[] counts) {
            this.statements = statements;
            this.counts = counts;
        }

        static ParameterMetaData of(PreparedStatement[] statements, int[] counts) {
            return (ParameterMetaData) Proxy.newProxyInstance(PieceStatements.class.getClassLoader(),
                    new Class<?>[] {ParameterMetaData.class}, new JoinedParameters(statements, counts));
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if ("getParameterCount".equals(method.getName())) {
                int count = 0;
                for (PreparedStatement statement : statements) {
                    // the server is to see each statement, and to tell what is wrong with it
                    count += statement.getParameterMetaData().getParameterCount();
                }
                return count;
            }
            boolean indexed = arguments != null && arguments.length == 1 && arguments[0] instanceof Integer;
            if (!indexed) {
                return call(method, statements[0].getParameterMetaData(), arguments);
            }
            int index = (Integer) arguments[0];
            int i = 0;
            while (i < statements.length - 1 && index > counts[i]) {
                index -= counts[i];
                i++;
            }
            return call(method, statements[i].getParameterMetaData(), new Object[] {index});
        }
    }
}
