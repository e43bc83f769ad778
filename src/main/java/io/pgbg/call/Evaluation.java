package io.pgbg.call;

import io.pgbg.JobServer;
import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.function.Type;
import io.pgbg.session.Session;
import io.pgbg.session.SessionMemory;
import io.pgbg.session.SessionQuery;
import io.pgbg.sql.FunctionCall;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.worker.LauncherPosition;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGStatement;
import org.postgresql.util.ServerErrorMessage;

/**
 * The SELECT by which the server evaluates a call's arguments, and tells in the same round trip what a launch takes
 * over from the session. Its JDBC parameters are the call's, in the same order.
 *
 * <p>Immutable.
 */
public final class Evaluation {

    private final BoundCall call;
    /** Arguments that the caller wrote as plain values of the right type: the server need not evaluate them. */
    private final Map<BoundCall.Bound, String> literals = new IdentityHashMap<>();
    private final List<BoundCall.Bound> arguments;
    private final int[] starts;
    /** What the session is asked for in the same round trip; null when nothing. */
    private final SessionQuery session;
    /** What the session needs not be asked for again. */
    private final SessionQuery.Launch remembered;
    /** Tells in the same round trip where the launcher's server stands; null when no job goes to another one. */
    private final String position;
    /** Tells in the same round trip what may not be called; null when everybody may call everything. */
    private final String privileges;
    private final String sql;

    private Evaluation(BoundCall call, SessionQuery query, String position, String privileges, Parameters parameters)
            throws SQLException {
        this.call = call;
        this.position = position;
        this.privileges = privileges;
        this.arguments = call == null ? new ArrayList<>() : call.evaluated();
        arguments.removeIf(this::takeLiteral);
        takeParameters(parameters);
        this.starts = new int[arguments.size()];
        // an argument of the caller's may change the session
        this.remembered = query != null && arguments.isEmpty() ? query.remembered() : null;
        this.session = remembered == null ? query : null;
        this.sql = write();
    }

    /** The values of a prepared statement's parameters. */
    @FunctionalInterface
    public interface Parameters {

        /** Those of a statement that has none. */
        Parameters NONE = (index, type) -> null;

        /**
         * The value of a parameter, if it was set to one of just this type.
         *
         * @param index counted from 1 over the call's parameters in the order of the text
         * @return null when only the server can tell
         */
        String value(int index, Type type);
    }

    /**
     * The evaluation of a call in a session; the first launch of a session asks the server for the settings' names.
     *
     * @param privileges what {@link PrivilegeCheck#sql} gave, or null
     * @param parameters the values of the JDBC parameters in the call
     */
    static Evaluation of(BoundCall call, Session session, String privileges, Parameters parameters)
            throws SQLException {
        return new Evaluation(call, call.calls(Function::asksSession) ? session.inherited().query() : null,
                call.calls(Function::launches) ? position(session, session.options().jobServer()) : null, privileges,
                parameters);
    }

    private static String position(Session session, JobServer server) {
        return server == JobServer.LAUNCHER ? null : LauncherPosition.sql(session.wire().serverVersion());
    }

    /**
     * What a launch takes over from a session, asked for only if it has to be.
     *
     * @param server on which server the job is to run
     */
    public static Values launch(Session session, JobServer server, CallContext context) throws SQLException {
        Evaluation evaluation = new Evaluation(null, session.inherited().query(), position(session, server), null,
                Parameters.NONE);
        Values known = evaluation.literals();
        return known != null ? known : evaluation.askSession(context).get(0);
    }

    /** Takes values that the driver has itself: all, because the others' parameters are not to be counted anew. */
    private void takeParameters(Parameters parameters) {
        Map<BoundCall.Bound, String> values = new IdentityHashMap<>();
        int index = 1;
        for (BoundCall.Bound bound : arguments) {
            String value = bound.argument().form() == FunctionCall.Form.PARAMETER
                    ? parameters.value(index, bound.parameter().type()) : null;
            if (value == null) {
                return;
            }
            values.put(bound, value);
            index++;
        }
        literals.putAll(values);
        arguments.clear();
    }

    /** The same without a session, for describing its parameters. */
    public static Evaluation ofParameters(BoundCall call) throws SQLException {
        return new Evaluation(call, null, null, null, Parameters.NONE);
    }

    private boolean takeLiteral(BoundCall.Bound bound) {
        FunctionCall.Argument argument = bound.argument();
        Type type = bound.parameter().type();
        boolean plain = switch (argument.form()) {
            case NULL -> true;
            case STRING -> type == Type.TEXT;
            case INTEGER -> fits(argument.value(), type);
            default -> false;
        };
        if (plain) {
            literals.put(bound, argument.value());
        }
        return plain;
    }

    private static boolean fits(String digits, Type type) {
        int bits = new BigInteger(digits).bitLength();
        return type == Type.INTEGER && bits < Integer.SIZE || type == Type.BIGINT && bits < Long.SIZE;
    }

    private String write() {
        String behind = position == null ? "" : ", " + position;
        if (isOfSessionAlone() && privileges == null && session != null) {
            return session.alone() + behind;
        }
        StringBuilder text = new StringBuilder("SELECT ");
        for (int i = 0; i < arguments.size(); i++) {
            Type type = arguments.get(i).parameter().type();
            text.append(type.before());
            starts[i] = text.length();
            text.append(arguments.get(i).argument().text()).append(type.after()).append(", ");
        }
        text.append(privileges == null ? "" : privileges + ", ");
        return text.append(session == null ? "current_user" : session.columns()).append(behind).toString();
    }

    /** The SQL to be executed. */
    public String sql() {
        return sql;
    }

    /** Whether nothing of the caller's text is in the SQL. */
    boolean isOfSessionAlone() {
        return arguments.isEmpty();
    }

    /**
     * The values of one row.
     *
     * @param launch what a launch takes over; null when nothing is launched
     * @param role the role in force; null when it was not asked for
     * @param position where the launcher's server stands; null when it was not asked for
     */
    public record Values(Map<BoundCall.Bound, String> arguments, SessionQuery.Launch launch, String role,
            LauncherPosition position) {

        /** The value of an argument in text form, null for NULL. */
        String of(BoundCall.Bound argument) {
            return arguments.get(argument);
        }
    }

    /** The values when the driver knows all of them and nothing has to be asked; otherwise null. */
    Values literals() {
        return arguments.isEmpty() && session == null && privileges == null && position == null
                ? new Values(literals, remembered, null, null) : null;
    }

    /**
     * Asks for the session alone, on a statement of the driver's own.
     *
     * @return one row
     * @throws SQLException 42501 when a function may not be called
     */
    List<Values> askSession(CallContext context) throws SQLException {
        SessionMemory memory = context.session().memory();
        SessionMemory.Moment before = memory.now();
        List<Values> rows = memory.asking(() -> {
            try (PreparedStatement prepared = context.session().connection().prepareStatement(sql)) {
                if (session != null || position != null) {
                    // the text is the same again and again
                    PGStatement unwrapped = prepared.unwrap(PGStatement.class);
                    unwrapped.setPrepareThreshold(memory.mayKeepStatements()
                            ? Math.min(unwrapped.getPrepareThreshold(), 1) : 0);
                }
                return context.onServer(prepared, () -> read(prepared.executeQuery(), before));
            }
        });
        Values values = rows.get(0);
        memory.learnRole(values.role(), before);
        if (session != null) {
            memory.learnLaunch(values.launch(), before);
        }
        return rows;
    }

    /**
     * Has a statement of this SQL executed, with something of the caller's in it.
     *
     * @return all rows that it gives: one, unless an argument is a set-returning function
     * @throws SQLException 42501 when a function may not be called
     */
    public List<Values> ask(CallContext context, Statement statement, SqlSupplier<ResultSet> query)
            throws SQLException {
        SessionMemory.Moment before = context.session().memory().now();
        return context.onServer(statement, () -> read(query.get(), before));
    }

    private List<Values> read(ResultSet rows, SessionMemory.Moment before) throws SQLException {
        List<Values> all = new ArrayList<>(1);
        while (rows.next()) {
            Map<BoundCall.Bound, String> values = new IdentityHashMap<>(literals);
            for (int i = 0; i < arguments.size(); i++) {
                BoundCall.Bound bound = arguments.get(i);
                values.put(bound, bound.parameter().type() == Type.BOOLEAN
                        ? booleanText(rows, i + 1) : rows.getString(i + 1));
            }
            int next = arguments.size() + 1;
            if (privileges != null) {
                String denied = rows.getString(next);
                if (denied != null) {
                    throw PrivilegeCheck.denied(denied);
                }
                next++;
            }
            SessionQuery.Launch launch = session == null ? remembered : session.read(rows, next, before);
            // behind all that the session was asked for
            LauncherPosition stands = position == null ? null
                    : LauncherPosition.read(rows.getString(rows.getMetaData().getColumnCount()));
            all.add(new Values(values, launch, session == null ? rows.getString(next) : launch.state().currentUser(),
                    stands));
        }
        return all;
    }

    private static String booleanText(ResultSet rows, int column) throws SQLException {
        boolean value = rows.getBoolean(column);
        return rows.wasNull() ? null : Boolean.toString(value);
    }

    /** An error of the evaluation in terms of the text that the caller wrote. */
    SQLException explain(SQLException error) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null || message.getPosition() <= 0) {
            return error;
        }
        int position = message.getPosition() - 1;
        int parametersBefore = 0;
        for (int i = 0; i < arguments.size(); i++) {
            FunctionCall.Argument argument = arguments.get(i).argument();
            int start = starts[i] + extraLength(parametersBefore);
            int end = start + argument.text().length()
                    + extraLength(parametersBefore + argument.parameters()) - extraLength(parametersBefore);
            Type type = arguments.get(i).parameter().type();
            boolean atCheck = position == start - type.before().length();
            if (atCheck && SQLState.UNDEFINED_FUNCTION.is(message.getSQLState())) {
                return call.ownerOf(arguments.get(i)).noMatch(argument, firstType(message.getMessage()));
            }
            if (position >= start && position <= end) {
                return ServerError.copyOf(message)
                        .position(position - starts[i] + argument.start() + call.textStart() + 1)
                        .cause(error.getCause())
                        .toException();
            }
            parametersBefore += argument.parameters();
        }
        // somewhere in what the driver wrote
        return ServerError.copyOf(message).position(0).cause(error.getCause()).toException();
    }

    /** The first type in {@code function f(type, ..) does not exist}, in whatever language the server says it. */
    private static String firstType(String message) {
        int open = message.indexOf('(');
        int end = open;
        int depth = 0;
        for (; end < message.length(); end++) {
            char c = message.charAt(end);
            if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0 || c == ',' && depth == 1) {
                break;
            }
        }
        return open < 0 || end == message.length() ? "unknown" : message.substring(open + 1, end);
    }

    /** By how much text with so many parameters grows when pgjdbc writes {@code $n} for each {@code ?}. */
    private static int extraLength(int parameters) {
        int extra = 0;
        for (int i = 1; i <= parameters; i++) {
            extra += Integer.toString(i).length();
        }
        return extra;
    }
}
