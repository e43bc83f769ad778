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

    private List<String> write() {
        List<String> columns = new ArrayList<>(List.of(
                Setting.MAX_WORKERS.currentSql(), Setting.DEFAULT_QUEUE_SIZE.currentSql(),
                Setting.WORKER_TIMEOUT.currentSql(), "pg_catalog.current_setting('statement_timeout')", "session_user",
                "pg_catalog.current_setting('role')", "current_user",
                "pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid",
                "pg_catalog.pg_conf_load_time()::pg_catalog.text", settings.valuesSql()));
        List<String> custom = customSettings.stream()
                .map(name -> "pg_catalog.current_setting('" + name.replace("'", "''") + "', true)").toList();
        columns.add("ARRAY[" + String.join(", ", custom) + "]::pg_catalog.text[]");
        return columns;
    }

    /** The SQL that asks for the same as one text, an array of what {@link #read(List)} takes. */
    String textSql() {
        return columns.stream().map(column -> "(" + column + ")::pg_catalog.text")
                .collect(Collectors.joining(", ", "SELECT (ARRAY[", "])::pg_catalog.text"));
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
     * What the session answered, each column as text.
     *
     * @throws SQLException 22P02 when that is not what was asked for
     */
    Launch read(List<String> answers) throws SQLException {
        List<String> inherited = answers.size() == SCALARS + 2 ? TextArray.read(answers.get(SCALARS)) : null;
        List<String> custom = inherited == null ? null : TextArray.read(answers.get(SCALARS + 1));
        if (custom == null || inherited.size() != settings.names().size() || custom.size() != customSettings.size()) {
            throw ServerError.error(SQLState.INVALID_TEXT_REPRESENTATION,
                    "the session's settings did not come back in the form in which they were asked for").toException();
        }
        return read(answers, inherited, custom);
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
