package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.SQLException;

/** What the server that the tests run against can do. */
public final class Releases {

    /** The first whose last minor release gives a role back when SET SESSION AUTHORIZATION is rolled back. */
    private static final int GIVES_ROLES_BACK = 12;

    private static final int MATERIALIZED = 12;

    private Releases() {
    }

    /** The major version; 9 for 9.6. */
    public static int of(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseMajorVersion();
    }

    /** SQL without the words that PostgreSQL 12 brought for WITH, where the server does not know them. */
    public static String adapt(Connection connection, String sql) throws SQLException {
        return of(connection) >= MATERIALIZED ? sql : sql.replaceAll("AS (NOT )?MATERIALIZED", "AS");
    }

    /** Whether calls in other SQL are answered after SET ROLE. */
    public static boolean givesRolesBack(Connection connection) throws SQLException {
        return of(connection) >= GIVES_ROLES_BACK;
    }
}
