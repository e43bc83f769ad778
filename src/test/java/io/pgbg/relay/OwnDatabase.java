package io.pgbg.relay;

import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Tests that install the functions: each has a database of its own, and a role that is no superuser. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class OwnDatabase {

    static final Duration SOON = Duration.ofSeconds(20);
    /** A role that may log in. */
    static final String ROLE = "relay_other";
    private static final String DROP_ROLES = "DROP ROLE IF EXISTS " + ROLE + ", pgbackground_role";

    TestDatabase database;
    /** A superuser's, of the driver under test. */
    Connection connection;

    @BeforeEach
    void createDatabase() throws SQLException {
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, DROP_ROLES);
            Sql.run(admin, "CREATE ROLE " + ROLE + " LOGIN");
        }
        database = TestDatabase.create();
        connection = database.connect();
    }

    @AfterEach
    void dropDatabase() throws SQLException {
        connection.close();
        database.close();
        try (Connection admin = TestDatabase.connectAdmin()) {
            Sql.run(admin, DROP_ROLES);
        }
    }

    void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    void install() throws SQLException {
        run("CREATE EXTENSION pg_background");
    }

    /** Installs the functions and lets the other role call them. */
    void installFor(String role) throws SQLException {
        install();
        run("SELECT grant_pg_background_privileges('" + role + "')");
    }

    /** What a statement tells with warnings. */
    static List<String> notices(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return Sql.messages(statement.getWarnings());
        }
    }

    /** What everybody sees. */
    List<String> seen(String query) throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Sql.rows(raw, query);
        }
    }
}
