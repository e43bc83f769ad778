package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.function.Type;
import io.pgbg.sql.Call;
import io.pgbg.wire.ServerError;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.util.ServerErrorMessage;

/**
 * The SELECT by which the server evaluates a call's arguments, and tells in the same round trip what a launch takes
 * over from the session. Its JDBC parameters are the call's, in the same order.
 *
 * <p>Immutable.
 */
final class Evaluation {

    private final BoundCall call;
    /** What the caller wrote as a plain value of the right type, which nobody has to evaluate. */
    private final Map<BoundCall.Bound, String> literals = new IdentityHashMap<>();
    private final List<BoundCall.Bound> arguments;
    private final int[] starts;
    /** What the session is asked for in the same round trip; null when nothing. */
    private final SessionQuery session;
    /** Tells in the same round trip what may not be called; null when everybody may call everything. */
    private final String privileges;
    private final String sql;

    private Evaluation(BoundCall call, SessionQuery session, String privileges) {
        this.call = call;
        this.privileges = privileges;
        this.arguments = call.evaluated();
        arguments.removeIf(this::takeLiteral);
        this.starts = new int[arguments.size()];
        this.session = session;
        this.sql = write();
    }

    /**
     * The evaluation of a call in a session; the first launch of a session asks the server for the settings' names.
     *
     * @param privileges what {@link PrivilegeCheck#sql} gave, or null
     */
    static Evaluation of(BoundCall call, LauncherSession session, String privileges) throws SQLException {
        return new Evaluation(call, call.calls(Evaluation::asksSession) ? session.query() : null, privileges);
    }

    private static boolean asksSession(Function function) {
        return Operation.launches(function) || Operation.counts(function);
    }

    /** The same without a session, for describing its parameters. */
    static Evaluation ofParameters(BoundCall call) {
        return new Evaluation(call, null, null);
    }

    private boolean takeLiteral(BoundCall.Bound bound) {
        Call.Argument argument = bound.argument();
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
        if (arguments.isEmpty() && session != null && privileges == null) {
            return session.sql();
        }
        StringBuilder text = new StringBuilder("SELECT ");
        for (int i = 0; i < arguments.size(); i++) {
            Type type = arguments.get(i).parameter().type();
            text.append(type.before());
            starts[i] = text.length();
            text.append(arguments.get(i).argument().text()).append(type.after()).append(", ");
        }
        text.append(privileges == null ? "" : privileges);
        text.append(privileges == null || session == null ? "" : ", ");
        text.append(session != null ? session.columns() : privileges == null ? "NULL" : "");
        return text.toString();
    }

    /** The SQL to be executed. */
    String sql() {
        return sql;
    }

    /** Whether the SQL is the same for every call of the session, nothing of the caller's text in it. */
    boolean isOfSessionAlone() {
        return arguments.isEmpty() && (session != null || privileges != null);
    }

    /** The values of one row. */
    record Values(Map<BoundCall.Bound, String> arguments, SessionQuery.Launch launch) {

        /** The value of an argument in text form, null for NULL. */
        String of(BoundCall.Bound argument) {
            return arguments.get(argument);
        }
    }

    /** The values when all arguments are plain literals of their types and nothing has to be asked; otherwise null. */
    Values literals() {
        return arguments.isEmpty() && session == null && privileges == null ? new Values(literals, null) : null;
    }

    /**
     * All rows that the evaluation gave: one, unless an argument is a set-returning function.
     *
     * @throws SQLException 42501 when a function may not be called
     */
    List<Values> read(ResultSet rows) throws SQLException {
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
            all.add(new Values(values, session == null ? null : session.read(rows, next)));
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
            Call.Argument argument = arguments.get(i).argument();
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
