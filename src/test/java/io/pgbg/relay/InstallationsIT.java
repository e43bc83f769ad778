package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.Warnings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who knows when that the functions are installed. What comes through a {@link Forwarder} is another server for the
 * driver, and therefore knows as little as another JVM.
 */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class InstallationsIT {

    private static final String HIDDEN = "SELECT hidden()";
    private static final String COMPOSED = "SELECT sum(x) FROM generate_series(1, 2) g,"
            + " LATERAL pg_background_result(pg_background_launch('SELECT ' || g::text)) AS (x int)";
    private static final String TEMPORARY =
            "SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()";

    private final TestDatabase database;
    /** Opened before anything is installed. */
    private Connection early;
    private Connection installer;

    InstallationsIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void connect() throws SQLException {
        early = database.connect();
        installer = database.connect();
        database.execute("CREATE OR REPLACE FUNCTION hidden() RETURNS int LANGUAGE plpgsql AS 'BEGIN"
                + " RETURN (SELECT x FROM pg_background_result(pg_background_launch(''SELECT 3'')) AS (x int)); END'");
    }

    @AfterEach
    void disconnect() throws SQLException {
        early.close();
        installer.close();
        try (Connection last = database.connect()) {
            Sql.run(last, "DROP EXTENSION IF EXISTS pg_background CASCADE");
        }
    }

    private static void install(Connection connection) throws SQLException {
        Sql.run(connection, "CREATE EXTENSION pg_background");
    }

    private static void assertUnknown(Connection connection) throws SQLException {
        assertThat(Failure.of(connection, HIDDEN).state()).isEqualTo("42883");
    }

    private static void assertKnown(Connection connection) throws SQLException {
        assertThat(Sql.value(connection, HIDDEN)).isEqualTo("3");
        assertThat(Sql.value(connection, COMPOSED)).isEqualTo("3");
        assertThat(Sql.value(connection, TEMPORARY)).isEqualTo("0");
    }

    @Test
    void sessionsOfTheJvmKnowAtOnce() throws SQLException {
        assertUnknown(early);
        install(installer);
        assertKnown(early);
        assertKnown(installer);
        Sql.run(installer, "DROP EXTENSION pg_background");
        assertUnknown(early);
        assertThat(Sql.value(early, COMPOSED)).isEqualTo("3");
        assertThat(Sql.value(early, TEMPORARY)).isNotEqualTo("0");
        install(early);
        assertThat(Sql.value(installer, HIDDEN)).isEqualTo("3");
    }

    @Test
    void anUncommittedInstallationIsKnownToItsSessionAlone() throws SQLException {
        installer.setAutoCommit(false);
        install(installer);
        assertKnown(installer);
        assertUnknown(early);
        assertThat(Sql.value(early, COMPOSED)).isEqualTo("3");
        installer.commit();
        assertThat(Sql.value(early, HIDDEN)).isEqualTo("3");
        installer.setAutoCommit(true);
        assertKnown(installer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMMIT", "END", "SELECT 1; COMMIT"})
    void aCommitInSqlIsSeen(String commit) throws SQLException {
        Sql.run(installer, "BEGIN");
        install(installer);
        assertUnknown(early);
        Sql.run(installer, commit);
        assertKnown(early);
    }

    @Test
    void aRollbackIsSeen() throws SQLException {
        installer.setAutoCommit(false);
        Savepoint before = installer.setSavepoint();
        install(installer);
        installer.rollback(before);
        assertThat(Sql.value(installer, COMPOSED)).isEqualTo("3");
        assertThat(Sql.value(installer, TEMPORARY)).isNotEqualTo("0");
        install(installer);
        assertThat(Sql.value(installer, HIDDEN)).isEqualTo("3");
        assertThat(Failure.of(installer, "SELECT 1/0").state()).isEqualTo("22012");
        installer.rollback();
        assertUnknown(installer);
        installer.rollback();
        assertThat(Sql.value(installer, COMPOSED)).isEqualTo("3");
        assertUnknown(early);
    }

    @Test
    void aTextOfSeveralStatementsInstallsAndCalls() throws SQLException {
        try (Statement statement = installer.createStatement()) {
            statement.execute("CREATE EXTENSION pg_background; SELECT hidden()");
            assertThat(statement.getMoreResults()).isTrue();
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(3);
            }
        }
        assertKnown(early);
    }

    @Test
    void whatAnotherJvmInstallsIsFoundByTheNextSession() throws Exception {
        try (Forwarder other = new Forwarder(database.jdbcUrl());
                Connection first = DriverManager.getConnection(other.url())) {
            assertUnknown(first);
        }
        install(installer);
        try (Forwarder other = new Forwarder(database.jdbcUrl());
                Connection first = DriverManager.getConnection(other.url())) {
            assertKnown(first);
        }
    }

    @Test
    void whatAnotherJvmInstallsIsFoundWhenACallIsNotAnswered() throws Exception {
        try (Forwarder other = new Forwarder(database.jdbcUrl());
                Connection elsewhere = DriverManager.getConnection(other.url())) {
            assertUnknown(elsewhere);
            install(installer);
            elsewhere.setAutoCommit(false);
            Failure failure = Failure.of(elsewhere, HIDDEN);
            assertThat(failure.state()).isEqualTo("55000");
            assertThat(failure.hint()).contains("jdbc:pgbg:");
            assertThat(Failure.of(elsewhere, HIDDEN).state()).isEqualTo("25P02");
            elsewhere.rollback();
            assertThat(Sql.value(elsewhere, HIDDEN)).isEqualTo("3");
        }
    }

    @Test
    void whatAnotherJvmRemovesIsFoundWhenACallFails() throws Exception {
        install(installer);
        try (Forwarder other = new Forwarder(database.jdbcUrl());
                Connection elsewhere = DriverManager.getConnection(other.url())) {
            assertKnown(elsewhere);
            Sql.run(installer, "DROP EXTENSION pg_background");
            assertThat(Failure.of(elsewhere, COMPOSED).state()).isEqualTo("42883");
            assertThat(Sql.value(elsewhere, COMPOSED)).isEqualTo("3");
        }
    }

    @Test
    void sessionsThatAreToUseTheirOwnFunctionsDoNotAsk() throws SQLException {
        install(installer);
        try (Connection session = database.connect("pgbgRelay=session")) {
            assertThat(Sql.value(session, COMPOSED)).isEqualTo("3");
            assertThat(Sql.value(session, TEMPORARY)).isNotEqualTo("0");
        }
        try (Connection off = database.connect("pgbgRelay=off")) {
            assertThat(Failure.of(off, COMPOSED).state()).isEqualTo("0A000");
        }
    }

    @Test
    void nothingIsAskedWhileItIsKnown() throws Exception {
        install(installer);
        try (Forwarder forwarder = new Forwarder(database.jdbcUrl("pgbgIdleWorkers=0"))) {
            try (Connection first = DriverManager.getConnection(forwarder.url());
                    Connection second = DriverManager.getConnection(forwarder.url())) {
                second.setAutoCommit(false);
                for (int i = 0; i < 3; i++) {
                    assertThat(Sql.value(first, HIDDEN)).isEqualTo("3");
                    assertThat(Sql.value(first, "SELECT 1")).isEqualTo("1");
                    second.commit();
                }
            }
            assertThat(forwarder.sent(0).split("pg_background_relay_version", -1)).hasSize(2);
            assertThat(forwarder.sent(1)).doesNotContain("pg_background_relay_version");
        }
    }

    @Test
    void storedCodeThatFindsNoFunctionGetsAHint() throws SQLException {
        Failure plain = rawFailure();
        Failure failure = Failure.of(early, HIDDEN);
        assertThat(failure.hint()).startsWith(plain.hint()).contains("CREATE EXTENSION pg_background over jdbc:pgbg:");
        assertThat(new Failure(failure.state(), failure.message(), failure.detail(), plain.hint(), failure.context(),
                failure.position())).isEqualTo(plain);
        try (var prepared = early.prepareStatement(HIDDEN)) {
            assertThat(Failure.of(prepared::executeQuery)).isEqualTo(failure);
        }
        assertThat(Failure.of(early, "SELECT no_such_function()").hint()).doesNotContain("jdbc:pgbg:");
    }

    /** Installed functions would not be answered there, but for those that report progress. */
    @Test
    void aJobThatCallsFunctionsIsNotToldToInstallThem() throws SQLException {
        for (String job : List.of("SELECT pg_background_launch('SELECT 1')", HIDDEN)) {
            Failure failure = jobFailure(job);
            assertThat(failure.state()).isEqualTo("42883");
            assertThat(failure.hint()).doesNotContain("CREATE EXTENSION").contains("A job cannot call");
        }
        assertThat(jobFailure("SELECT pg_background_progress(now())").hint()).doesNotContain("jdbc:pgbg:", "A job");
        database.execute("CREATE FUNCTION reports() RETURNS void LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_background_progress(1); END'");
        assertThat(jobFailure("SELECT reports()").hint()).contains("CREATE EXTENSION pg_background over jdbc:pgbg:");
        database.execute("DROP FUNCTION reports()");
    }

    private Failure jobFailure(String job) throws SQLException {
        return Failure.of(early, "SELECT * FROM pg_background_result(pg_background_launch($$" + job + "$$))");
    }

    @NotAmongTraps("pgjdbc looks for the primary key of an updatable result set by operators of the search path")
    @ParameterizedTest
    @ValueSource(strings = {"a row that is updated", "rows that are fetched"})
    @SinceRelease(value = 10, because = "DROP FUNCTION of several")
    void theHintComesWhateverCallsTheStoredCode(String way) throws SQLException {
        database.execute("CREATE TABLE told (id int PRIMARY KEY)");
        database.execute("INSERT INTO told VALUES (1), (2), (3)");
        database.execute("CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$BEGIN PERFORM pg_background_launch('SELECT 1'); RETURN NULL; END$$");
        database.execute("CREATE TRIGGER tells AFTER UPDATE ON told FOR EACH ROW EXECUTE PROCEDURE tell()");
        database.execute("CREATE FUNCTION told_late(n int) RETURNS int LANGUAGE plpgsql AS"
                + " $$BEGIN IF n > 2 THEN PERFORM pg_background_launch('SELECT 1'); END IF; RETURN n; END$$");
        early.setAutoCommit(false);
        try (Statement statement = early.createStatement(ResultSet.TYPE_FORWARD_ONLY, way.contains("updated")
                ? ResultSet.CONCUR_UPDATABLE : ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(1);
            ResultSet rows = statement.executeQuery(way.contains("updated") ? "SELECT id FROM told ORDER BY id"
                    : "SELECT told_late(id) FROM told ORDER BY id");
            Failure failure = Failure.of(() -> {
                while (rows.next()) {
                    if (way.contains("updated")) {
                        rows.updateInt(1, rows.getInt(1) + 10);
                        rows.updateRow();
                    }
                }
            });
            assertThat(failure.state()).isEqualTo("42883");
            assertThat(failure.hint()).contains("CREATE EXTENSION pg_background over jdbc:pgbg:");
        } finally {
            early.rollback();
            early.setAutoCommit(true);
            database.execute("DROP TABLE told");
            database.execute("DROP FUNCTION tell(), told_late(int)");
        }
    }

    private Failure rawFailure() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            return Failure.of(raw, HIDDEN);
        }
    }

    @Test
    void composedSqlMayGrantWhereNothingIsInstalled() throws SQLException {
        database.execute("CREATE ROLE known_role");
        try (Statement statement = early.createStatement()) {
            assertThat(value(statement, "SELECT bool_and(grant_pg_background_privileges(r)) FROM (VALUES"
                    + " ('known_role')) AS v(r)")).isEqualTo("t");
            assertThat(Warnings.messages(statement)).singleElement().asString()
                    .contains("nothing was granted to known_role");
            String granted = Warnings.messages(statement).get(0);
            value(statement, "SELECT grant_pg_background_privileges('known_role')");
            assertThat(Warnings.messages(statement)).containsExactly(granted);
            assertThat(value(statement, "SELECT revoke_pg_background_privileges('known_role', true) WHERE true"))
                    .isEqualTo("f");
            assertThat(Warnings.messages(statement)).singleElement().asString()
                    .contains("nothing was revoked from known_role");
            assertThat(value(statement, "SELECT revoke_pg_background_privileges('nobody') WHERE true")).isEqualTo("f");
            assertThat(Warnings.messages(statement))
                    .containsExactly("Error revoking pg_background privileges from nobody:"
                            + " role \"nobody\" does not exist");
            assertThat(value(statement, "SELECT grant_pg_background_privileges(NULL) WHERE true")).isNull();
        } finally {
            database.execute("DROP ROLE known_role");
        }
    }

    private static String value(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
