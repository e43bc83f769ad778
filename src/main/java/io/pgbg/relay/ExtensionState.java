package io.pgbg.relay;

import io.pgbg.function.Api;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The state of the database that a statement about the extension finds.
 *
 * <p>Immutable.
 *
 * @param extension whether the server's own extension is installed
 * @param installation what a driver has installed; null when nothing
 * @param owner whether the current role may change the installation
 * @param readOnly whether the transaction is read-only
 * @param schema where CREATE EXTENSION is to install the functions: the schema that it names, or the current one;
 *     quoted if need be, null when there is none
 * @param trusted whether drivers would answer functions that the current role installs
 */
public record ExtensionState(boolean extension, Installation installation, boolean owner, boolean readOnly,
        String schema, boolean trusted) {

    private static final String QUERY = """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_extension
                WHERE extname OPERATOR(pg_catalog.=) 'pg_background'::pg_catalog.name),
              pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool,
              (SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace
                WHERE nspname::pg_catalog.text OPERATOR(pg_catalog.=)
                    COALESCE(?::pg_catalog.text, pg_catalog.current_schema()::pg_catalog.text)
                  AND oid OPERATOR(pg_catalog.<>) pg_catalog.pg_my_temp_schema()),
              pg_catalog.quote_ident(m.nspname), %s, pg_catalog.pg_has_role(m.proowner, 'USAGE'), %s,
              (SELECT rolsuper OR oid OPERATOR(pg_catalog.=) (SELECT datdba FROM pg_catalog.pg_database
                  WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
                FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user)
            FROM (SELECT) AS one LEFT JOIN (%s) AS m ON true""".formatted(Installation.MARKED_VERSION,
            Installation.MARKED_API, Installation.MARKER);

    /**
     * The query for the state, ready to be executed.
     *
     * @param schema the schema that the statement names, or null
     */
    public static PreparedStatement ask(Connection connection, String schema) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(QUERY);
        boolean done = false;
        try {
            statement.setString(1, schema);
            done = true;
            return statement;
        } finally {
            if (!done) {
                statement.close();
            }
        }
    }

    /** Reads the result of the query. */
    public static ExtensionState read(ResultSet row) throws SQLException {
        row.next();
        String home = row.getString(4);
        return new ExtensionState(row.getBoolean(1), home == null ? null
                : new Installation(home, row.getString(5), Api.of(row.getString(7))), row.getBoolean(6),
                row.getBoolean(2), row.getString(3), row.getBoolean(8));
    }
}
