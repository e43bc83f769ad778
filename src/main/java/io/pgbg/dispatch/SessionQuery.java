package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.job.SessionState;
import io.pgbg.job.SettingNames;
import io.pgbg.relay.TextArray;
import io.pgbg.wire.ServerError;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a launch asks the launcher's session besides its arguments. The text is the same from launch to launch, so that
 * pgjdbc and the server need to read it only now and then.
 *
 * <p>Immutable.
 */
final class SessionQuery {

    private static final String STATEMENT_TIMEOUT = "statement_timeout";

    /** The columns before the two arrays of settings. */
    private static final int SCALARS = 9;

    private final SettingNames settings;
    private final List<String> customSettings;
    private final List<String> columns;
    private final String sql;

    /**
     * @param settings the settings that a job takes over
     * @param customSettings the names of the custom settings that it takes over
     */
    SessionQuery(SettingNames settings, List<String> customSettings) {
        this.settings = settings;
        this.customSettings = List.copyOf(customSettings);
        this.columns = write();
        this.sql = "SELECT " + String.join(", ", columns);
    }

    private static List<String> scalars() {
        return List.of(Setting.MAX_WORKERS.currentSql(), Setting.DEFAULT_QUEUE_SIZE.currentSql(),
                Setting.WORKER_TIMEOUT.currentSql(), "pg_catalog.current_setting('statement_timeout')", "session_user",
                "pg_catalog.current_setting('role')", "current_user",
                "pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid",
                "pg_catalog.pg_conf_load_time()::pg_catalog.text");
    }

    private List<String> write() {
        List<String> columns = new ArrayList<>(scalars());
        columns.add(settings.valuesSql());
        List<String> custom = customSettings.stream()
                .map(name -> "pg_catalog.current_setting('" + name.replace("'", "''") + "', true)").toList();
        columns.add("ARRAY[" + String.join(", ", custom) + "]::pg_catalog.text[]");
        return columns;
    }

    /**
     * The same for functions on the server, which have the names of the settings in their variable {@code names}: an
     * array that {@link #readRelayed} takes.
     */
    static String relayedSql() {
        return Stream.concat(scalars().stream(), Stream.of("names[1]", values("names[1]::pg_catalog.text[]"),
                "names[2]", values("names[2]::pg_catalog.text[]")))
                .map(column -> "(" + column + ")::pg_catalog.text").collect(Collectors.joining(", ", "ARRAY[", "]"));
    }

    private static String values(String names) {
        return "ARRAY(SELECT pg_catalog.current_setting(n, true) FROM pg_catalog.unnest(" + names + ") AS n)";
    }

    /** The SQL that asks for the session alone. */
    String sql() {
        return sql;
    }

    /** The expressions to select, to be asked for together with something else. */
    String columns() {
        return String.join(", ", columns);
    }

    /** Whether it asks for these custom settings. */
    boolean isOf(List<String> names) {
        return customSettings.equals(names);
    }

    /**
     * What a launch takes over.
     *
     * @param userId the oid of the current role, unsigned
     */
    record Launch(int maxWorkers, int defaultQueueSize, long timeoutMillis, long userId, SessionState state,
            SettingNames names, List<String> unsetSettings) {
    }

    /** What the session answered, in the columns of a row from one on. */
    Launch read(ResultSet row, int firstColumn) throws SQLException {
        List<String> texts = new ArrayList<>(SCALARS);
        for (int i = 0; i < SCALARS; i++) {
            texts.add(row.getString(firstColumn + i));
        }
        return read(texts, texts(row, firstColumn + SCALARS), texts(row, firstColumn + SCALARS + 1));
    }

    private static List<String> texts(ResultSet row, int column) throws SQLException {
        return Arrays.asList((String[]) row.getArray(column).getArray());
    }

    /**
     * What a function on the server has told of the session.
     *
     * @param settings the settings whose names the function knows
     * @throws SQLException 22P02 when it tells something else
     */
    static Launch readRelayed(String text, SettingNames settings) throws SQLException {
        List<String> parts = TextArray.read(text);
        if (parts != null && parts.size() == SCALARS + 4) {
            List<String> names = TextArray.read(parts.get(SCALARS));
            List<String> values = TextArray.read(parts.get(SCALARS + 1));
            List<String> customNames = TextArray.read(parts.get(SCALARS + 2));
            List<String> customValues = TextArray.read(parts.get(SCALARS + 3));
            if (settings.names().equals(names) && values != null && values.size() == names.size()
                    && customNames != null && customValues != null && customNames.size() == customValues.size()) {
                return new SessionQuery(settings, customNames).read(parts, values, customValues);
            }
        }
        throw ServerError.error(SQLState.INVALID_TEXT_REPRESENTATION,
                "a function on the server has told the session's settings in a form that the driver cannot read")
                .toException();
    }

    private Launch read(List<String> scalars, List<String> inherited, List<String> custom) throws SQLException {
        Iterator<String> scalar = scalars.iterator();
        int maxWorkers = Setting.MAX_WORKERS.parseCurrent(scalar.next());
        int queueSize = Setting.DEFAULT_QUEUE_SIZE.parseCurrent(scalar.next());
        int workerTimeout = Setting.WORKER_TIMEOUT.parseCurrent(scalar.next());
        long statementTimeout = Setting.Unit.MILLISECONDS.parse(scalar.next());
        String sessionUser = scalar.next();
        String role = scalar.next();
        String currentUser = scalar.next();
        long userId = Long.parseLong(scalar.next());
        String configured = scalar.next();
        Map<String, String> values = new LinkedHashMap<>(settings.named(inherited));
        List<String> unset = new ArrayList<>();
        for (int i = 0; i < custom.size(); i++) {
            if (custom.get(i) != null) {
                values.put(customSettings.get(i), custom.get(i));
            } else {
                unset.add(customSettings.get(i));
            }
        }
        boolean limited = values.containsKey(STATEMENT_TIMEOUT);
        long timeout = workerTimeout > 0 ? workerTimeout : limited ? statementTimeout : 0;
        if (workerTimeout > 0) {
            values.put(STATEMENT_TIMEOUT, Integer.toString(workerTimeout));
        }
        return new Launch(maxWorkers, queueSize, timeout, userId,
                new SessionState(values, sessionUser, role, currentUser, configured), settings, unset);
    }
}
