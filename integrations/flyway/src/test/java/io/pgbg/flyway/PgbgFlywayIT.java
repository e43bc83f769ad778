package io.pgbg.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.internal.license.VersionPrinter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Flyway, which is given a URL, a user and a password, and nothing else that concerns the driver. */
@Timeout(120)
class PgbgFlywayIT {

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

    private FluentConfiguration flyway(String prefix) {
        return Flyway.configure().dataSource(prefix + "//localhost:" + server.getPort() + "/" + database, "postgres",
                "none");
    }

    private String answer(String sql) throws SQLException {
        try (Connection connection = server.getDatabase("postgres", database).getConnection();
                Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(VersionPrinter.getVersion()).isEqualTo(System.getProperty("pgbg.test.framework"));
    }

    @Test
    void theUrlIsEnough() throws SQLException {
        Flyway flyway = flyway("jdbc:pgbg:").load();

        assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
        assertThat(answer("SELECT string_agg(concat(name, ' ', coalesce(price::text, '?')), ', ' ORDER BY name)"
                + " FROM fruits"))
                .isEqualTo("apple 1.20, pear 0.80, quince ?");
        assertThat(answer("SELECT reltuples FROM pg_class WHERE oid = 'fruits'::regclass")).isEqualTo("3");
        assertThat(answer("SELECT string_agg(said, ',') FROM audit")).isEqualTo("vacuumed");

        flyway.validate();
        assertThat(flyway.info().current().getVersion()).isEqualTo(MigrationVersion.fromVersion("2"));
        assertThat(flyway.migrate().migrationsExecuted).isZero();
        assertThat(flyway("jdbc:postgresql:").load().migrate().migrationsExecuted).as("the same history").isZero();
    }

    @Test
    void theOtherFormOfTheUrlIsEnoughToo() {
        assertThat(flyway("jdbc:pgbg:postgresql:").load().migrate().migrationsExecuted).isEqualTo(2);
    }

    @Test
    void theUrlOfThePostgresqlDriverStaysItsOwn() {
        assertThatThrownBy(() -> flyway("jdbc:postgresql:").load().migrate()).isInstanceOf(FlywayException.class)
                .hasMessageContaining("function pg_background_launch(unknown) does not exist");
    }

    @Test
    void callbacksGetTheDriversConnection() {
        boolean[] seen = new boolean[1];
        flyway("jdbc:pgbg:").callbacks(new BaseCallback() {
            @Override
            public void handle(Event event, Context context) {
                if (event == Event.AFTER_MIGRATE) {
                    try {
                        seen[0] = context.getConnection().isWrapperFor(PgbgConnection.class);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }).load().migrate();

        assertThat(seen[0]).isTrue();
    }
}
