package io.pgbg.worker;

import io.pgbg.wire.Wire;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of settings that a session may change on one server, and the SQL that reads all their values. Reading them
 * by name takes the server a third of the time that {@code pg_settings} takes.
 *
 * <p>Immutable.
 */
public final class SettingNames {

    /** The version of the server that introduced {@code has_parameter_privilege} and GRANT SET ON PARAMETER. */
    private static final int PARAMETER_PRIVILEGES = 150_000;

    /**
     * Every setting that this login may change, except for the encoding, which is pgjdbc's, those that belong to a
     * single transaction, and those that other roles, which the launcher may have taken on, cannot even read. The
     * server does not tell which settings the latter are, but all of them are a superuser's texts: paths and names of
     * libraries. A job does not end because its client has died.
     *
     * <p>Whether transactions are read-only is read from the current one: a job may write if its launcher may.
     */
    private static final String QUERY = """
            SELECT name FROM pg_catalog.pg_settings
            WHERE (context OPERATOR(pg_catalog.=) 'user' OR context OPERATOR(pg_catalog.=) 'superuser' AND (%s))
              AND (context OPERATOR(pg_catalog.=) 'user' OR vartype OPERATOR(pg_catalog.<>) 'string'
                OR name OPERATOR(pg_catalog.=) 'lc_messages')
              AND name OPERATOR(pg_catalog.<>) ALL ('{client_encoding, transaction_isolation, transaction_deferrable,
                default_transaction_read_only, local_preload_libraries,
                client_connection_check_interval}'::pg_catalog.text[])
            ORDER BY name""";

    /** What is read, and what is set in its stead. */
    private static final String READ_ONLY = "transaction_read_only";
    private static final String READ_ONLY_BY_DEFAULT = "default_transaction_read_only";

    private static final String SUPERUSER =
            "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) ?::pg_catalog.name)";

    private final List<String> names;
    private final String valuesSql;

    private SettingNames(List<String> names) {
        this.names = List.copyOf(names);
        this.valuesSql = names.isEmpty() ? "'{}'::pg_catalog.text[]"
                : "ARRAY(SELECT pg_catalog.current_setting(n, true) FROM pg_catalog.unnest('{"
                        + String.join(",", names) + "}'::pg_catalog.text[]) AS n)";
    }

    /** No settings. */
    public static SettingNames none() {
        return new SettingNames(List.of());
    }

    /** Asks a server for the settings that the login may change, whatever role its session has taken on since. */
    static SettingNames read(Wire connection) throws SQLException {
        boolean privileges = connection.serverVersion() >= PARAMETER_PRIVILEGES;
        String mayChange = privileges
                ? SUPERUSER + " OR pg_catalog.has_parameter_privilege(?::pg_catalog.name, name, 'SET')"
                : SUPERUSER;
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.jdbc().prepareStatement(String.format(QUERY, mayChange))) {
            statement.setString(1, connection.login());
            if (privileges) {
                statement.setString(2, connection.login());
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return new SettingNames(names);
    }

    /** Those of the wanted names that a session may change, in any case of letters. */
    public SettingNames only(List<String> wanted) {
        return new SettingNames(names.stream()
                .filter(name -> wanted.stream().anyMatch(each -> name.equalsIgnoreCase(each)
                        || toBeSet(name).equalsIgnoreCase(each)))
                .toList());
    }

    private static String toBeSet(String name) {
        return READ_ONLY.equals(name) ? READ_ONLY_BY_DEFAULT : name;
    }

    /** The names to be read, in the order in which {@link #valuesSql()} gives their values. */
    public List<String> names() {
        return names;
    }

    /** An expression of type {@code text[]} with the value that each setting has in the session that evaluates it. */
    String valuesSql() {
        return valuesSql;
    }

    /** The settings by the names under which they are set, whose values are an array in one column of a row. */
    public Map<String, String> named(ResultSet row, int column) throws SQLException {
        return named(Arrays.asList((String[]) row.getArray(column).getArray()));
    }

    /** The same, whose values are given in the order of {@link #names()}. */
    public Map<String, String> named(List<String> values) {
        Map<String, String> settings = new LinkedHashMap<>(values.size() * 2);
        for (int i = 0; i < values.size(); i++) {
            settings.put(toBeSet(names.get(i)), values.get(i));
        }
        return settings;
    }
}
