package io.pgbg.dispatch;

import io.pgbg.job.SessionState;
import io.pgbg.job.SettingNames;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a launch asks the launcher's session besides its arguments. The text is the same from launch to launch, so that
 * pgjdbc and the server need to read it only now and then.
 *
 * <p>Immutable.
 */
final class SessionQuery {

    private static final String STATEMENT_TIMEOUT = "statement_timeout";

    private final SettingNames settings;
    private final List<String> customSettings;
    private final String sql;

    /**
     * @param settings the settings that a job takes over
     * @param customSettings the names of the custom settings that it takes over
     */
    SessionQuery(SettingNames settings, List<String> customSettings) {
        this.settings = settings;
        this.customSettings = List.copyOf(customSettings);
        this.sql = "SELECT " + write();
    }

    private String write() {
        List<String> columns = new ArrayList<>(List.of(
                Setting.MAX_WORKERS.currentSql(), Setting.DEFAULT_QUEUE_SIZE.currentSql(),
                Setting.WORKER_TIMEOUT.currentSql(), "pg_catalog.current_setting('statement_timeout')", "session_user",
                "pg_catalog.current_setting('role')", "current_user", "pg_catalog.pg_conf_load_time()::pg_catalog.text",
                settings.valuesSql()));
        List<String> custom = customSettings.stream()
                .map(name -> "pg_catalog.current_setting('" + name.replace("'", "''") + "', true)").toList();
        columns.add("ARRAY[" + String.join(", ", custom) + "]::pg_catalog.text[]");
        return String.join(", ", columns);
    }

    /** The SQL that asks for the session alone. */
    String sql() {
        return sql;
    }

    /** The expressions to select, to be asked for together with something else. */
    String columns() {
        return sql.substring("SELECT ".length());
    }

    /** Whether it asks for these custom settings. */
    boolean isOf(List<String> names) {
        return customSettings.equals(names);
    }

    /** What a launch takes over. */
    record Launch(int maxWorkers, int defaultQueueSize, long timeoutMillis, SessionState state, SettingNames names,
            List<String> unsetSettings) {
    }

    /** What the session answered, in the columns of a row from one on. */
    Launch read(ResultSet row, int firstColumn) throws SQLException {
        int column = firstColumn;
        int maxWorkers = Setting.MAX_WORKERS.parseCurrent(row.getString(column++));
        int queueSize = Setting.DEFAULT_QUEUE_SIZE.parseCurrent(row.getString(column++));
        int workerTimeout = Setting.WORKER_TIMEOUT.parseCurrent(row.getString(column++));
        long statementTimeout = Setting.Unit.MILLISECONDS.parse(row.getString(column++));
        String sessionUser = row.getString(column++);
        String role = row.getString(column++);
        String currentUser = row.getString(column++);
        String configured = row.getString(column++);
        Map<String, String> values = new LinkedHashMap<>(settings.named(row, column++));
        String[] custom = (String[]) row.getArray(column).getArray();
        List<String> unset = new ArrayList<>();
        for (int i = 0; i < custom.length; i++) {
            if (custom[i] != null) {
                values.put(customSettings.get(i), custom[i]);
            } else {
                unset.add(customSettings.get(i));
            }
        }
        boolean inherited = values.containsKey(STATEMENT_TIMEOUT);
        long timeout = workerTimeout > 0 ? workerTimeout : inherited ? statementTimeout : 0;
        if (workerTimeout > 0) {
            values.put(STATEMENT_TIMEOUT, Integer.toString(workerTimeout));
        }
        return new Launch(maxWorkers, queueSize, timeout,
                new SessionState(values, sessionUser, role, currentUser, configured), settings, unset);
    }
}
