package io.pgbg.liquibase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import liquibase.command.CommandScope;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.core.PostgresDatabase;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.CommandExecutionException;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.util.LiquibaseUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Liquibase's commands, which are given a URL, a user and a password, and nothing else that concerns the driver. */
@Timeout(120)
class PgbgLiquibaseIT {

    private static EmbeddedPostgres server;
    private static int databases;

    private String database;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().setOutputRedirector(Redirect.DISCARD)
                .setErrorRedirector(Redirect.DISCARD).start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void newDatabase() throws SQLException {
        database = "d" + databases++;
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database);
        }
    }

    private String url(String prefix) {
        return prefix + "//localhost:" + server.getPort() + "/" + database;
    }

    private void run(String url, String command, Map<String, Object> arguments) throws CommandExecutionException {
        CommandScope scope = new CommandScope(command).addArgumentValue("url", url)
                .addArgumentValue("username", "postgres").addArgumentValue("password", "none")
                .addArgumentValue("changelogFile", "changelog/root.xml").setOutput(OutputStream.nullOutputStream());
        arguments.forEach(scope::addArgumentValue);
        scope.execute();
    }

    private String answer(String sql) throws SQLException {
        try (Connection connection = server.getDatabase("postgres", database).getConnection();
                Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private String ran() throws SQLException {
        return answer("SELECT string_agg(id, ',' ORDER BY orderexecuted) FROM databasechangelog");
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(LiquibaseUtil.getBuildVersion()).isEqualTo(System.getProperty("pgbg.test.framework"));
    }

    @Test
    void theUrlIsEnough() throws Exception {
        run(url("jdbc:pgbg:"), "update", Map.of());

        assertThat(ran()).isEqualTo("fruits,audit,vacuum");
        assertThat(answer("SELECT said FROM audit")).isEqualTo("apple,pear");
        assertThat(answer("SELECT reltuples FROM pg_class WHERE oid = 'fruits'::regclass")).isEqualTo("2");

        run(url("jdbc:pgbg:"), "rollbackCount", Map.of("count", 2));

        assertThat(ran()).isEqualTo("fruits");
        assertThat(answer("SELECT count(*) FROM audit")).isEqualTo("0");
        assertThat(answer("SELECT count(*) FROM baskets")).isEqualTo("2");
    }

    @Test
    void theOtherFormOfTheUrlIsEnoughToo() throws Exception {
        run(url("jdbc:pgbg:postgresql:"), "update", Map.of());

        assertThat(ran()).isEqualTo("fruits,audit,vacuum");
    }

    @Test
    void theUrlOfThePostgresqlDriverStaysItsOwn() {
        assertThatThrownBy(() -> run(url("jdbc:postgresql:"), "update", Map.of()))
                .hasStackTraceContaining("function pg_background_launch(unknown) does not exist");
    }

    @Test
    void theDatabaseIsLiquibasesOwnPostgres() throws Exception {
        try (Database opened = DatabaseFactory.getInstance().openDatabase(url("jdbc:pgbg:"), "postgres", "none", null,
                new ClassLoaderResourceAccessor())) {
            assertThat(opened).isExactlyInstanceOf(PostgresDatabase.class);
            assertThat(opened.getShortName()).isEqualTo("postgresql");
            assertThat(((JdbcConnection) opened.getConnection()).getUnderlyingConnection()
                    .isWrapperFor(PgbgConnection.class)).isTrue();
        }
    }
}
