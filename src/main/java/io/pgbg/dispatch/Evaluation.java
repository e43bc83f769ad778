package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.function.Type;
import io.pgbg.job.SessionState;
import io.pgbg.job.SettingNames;
import io.pgbg.sql.Call;
import io.pgbg.wire.ServerError;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.util.ServerErrorMessage;

/**
 * The SELECT by which the server evaluates a call's arguments, and tells in the same round trip what a launch takes over
 * from the session. Its JDBC parameters are the call's, in the same order.
 *
 * <p>Immutable.
 */
final class Evaluation {

    /** What a launch needs besides its arguments, in this order; the lists of settings follow. */
    private static final List<String> SESSION_COLUMNS = List.of(
            Setting.MAX_WORKERS.valueSql(), Setting.DEFAULT_QUEUE_SIZE.valueSql(), Setting.WORKER_TIMEOUT.valueSql(),
            "pg_catalog.current_setting('statement_timeout')", "session_user",
            "pg_catalog.current_setting('role')", "current_user");

    private static final String STATEMENT_TIMEOUT = "statement_timeout";

    private final BoundCall call;
    private final List<BoundCall.Bound> arguments;
    private final int[] starts;
    private final boolean launches;
    private final SettingNames settings;
    private final List<String> customSettings;
    private final String sql;

    private Evaluation(BoundCall call, SettingNames settings, List<String> customSettings) {
        this.call = call;
        this.arguments = call.evaluated();
        this.starts = new int[arguments.size()];
        this.launches = call.calls(Function.LAUNCH);
        this.settings = settings;
        this.customSettings = customSettings;
        this.sql = write();
    }

    /** The evaluation of a call in a session; the first launch of a session asks the server for the settings' names. */
    static Evaluation of(BoundCall call, LauncherSession session) throws SQLException {
        return call.calls(Function.LAUNCH)
                ? new Evaluation(call, session.inheritedSettings(), List.copyOf(session.customSettings()))
                : new Evaluation(call, SettingNames.none(), List.of());
    }

    /** The same without a session, for describing its parameters. */
    static Evaluation ofParameters(BoundCall call) {
        return new Evaluation(call, SettingNames.none(), List.of());
    }

    private String write() {
        StringBuilder text = new StringBuilder("SELECT ");
        for (int i = 0; i < arguments.size(); i++) {
            Type type = arguments.get(i).parameter().type();
            text.append(type.before());
            starts[i] = text.length();
            text.append(arguments.get(i).argument().text()).append(type.after()).append(", ");
        }
        if (launches) {
            SESSION_COLUMNS.forEach(column -> text.append(column).append(", "));
            text.append(settings.valuesSql()).append(", ARRAY[");
            for (int i = 0; i < customSettings.size(); i++) {
                text.append(i == 0 ? "" : ", ").append("pg_catalog.current_setting('")
                        .append(customSettings.get(i).replace("'", "''")).append("', true)");
            }
            text.append("]::pg_catalog.text[]");
        } else {
            text.append("NULL");
        }
        return text.toString();
    }

    /** The SQL to be executed. */
    String sql() {
        return sql;
    }

    /** The values of one row. */
    record Values(Map<BoundCall.Bound, String> arguments, Launch launch) {

        /** The value of an argument in text form, null for NULL. */
        String of(BoundCall.Bound argument) {
            return arguments.get(argument);
        }
    }

    /** What a launch takes over. */
    record Launch(int maxWorkers, int defaultQueueSize, long timeoutMillis, SessionState state, SettingNames names) {
    }

    /** The values when all arguments are plain literals of their types and nothing is launched; otherwise null. */
    Values literals() {
        if (launches) {
            return null;
        }
        Map<BoundCall.Bound, String> values = new IdentityHashMap<>();
        for (BoundCall.Bound bound : arguments) {
            Call.Argument argument = bound.argument();
            Type type = bound.parameter().type();
            boolean plain = switch (argument.form()) {
                case NULL -> true;
                case STRING -> type == Type.TEXT;
                case INTEGER -> type == Type.INTEGER && fitsInteger(argument.value());
                default -> false;
            };
            if (!plain) {
                return null;
            }
            values.put(bound, argument.value());
        }
        return new Values(values, null);
    }

    private static boolean fitsInteger(String digits) {
        try {
            Integer.parseInt(digits);
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** All rows that the evaluation gave: one, unless an argument is a set-returning function. */
    List<Values> read(ResultSet rows) throws SQLException {
        List<Values> all = new ArrayList<>(1);
        while (rows.next()) {
            Map<BoundCall.Bound, String> values = new IdentityHashMap<>();
            for (int i = 0; i < arguments.size(); i++) {
                BoundCall.Bound bound = arguments.get(i);
                values.put(bound, bound.parameter().type() == Type.BOOLEAN
                        ? booleanText(rows, i + 1) : rows.getString(i + 1));
            }
            all.add(new Values(values, launches ? readLaunch(rows, arguments.size() + 1) : null));
        }
        return all;
    }

    private static String booleanText(ResultSet rows, int column) throws SQLException {
        boolean value = rows.getBoolean(column);
        return rows.wasNull() ? null : Boolean.toString(value);
    }

    private Launch readLaunch(ResultSet row, int firstColumn) throws SQLException {
        int column = firstColumn;
        int maxWorkers = Setting.MAX_WORKERS.parse(row.getString(column++));
        int queueSize = Setting.DEFAULT_QUEUE_SIZE.parse(row.getString(column++));
        int workerTimeout = Setting.WORKER_TIMEOUT.parse(row.getString(column++));
        long statementTimeout = Setting.Unit.MILLISECONDS.parse(row.getString(column++));
        String sessionUser = row.getString(column++);
        String role = row.getString(column++);
        String currentUser = row.getString(column++);
        Map<String, String> values = new LinkedHashMap<>(settings.named(row, column++));
        String[] custom = (String[]) row.getArray(column).getArray();
        for (int i = 0; i < custom.length; i++) {
            if (custom[i] != null) {
                values.put(customSettings.get(i), custom[i]);
            }
        }
        boolean inherited = values.containsKey(STATEMENT_TIMEOUT);
        long timeout = workerTimeout > 0 ? workerTimeout : inherited ? statementTimeout : 0;
        if (workerTimeout > 0) {
            values.put(STATEMENT_TIMEOUT, Integer.toString(workerTimeout));
        }
        return new Launch(maxWorkers, queueSize, timeout,
                new SessionState(values, sessionUser, role, currentUser), settings);
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
                        .position(position - starts[i] + argument.start() + call.textStart() + 1).cause(error.getCause())
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
