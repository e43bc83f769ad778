package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.PSQLException;

@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class DriverIT {

    private final TestDatabase database;

    DriverIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void connectsToTheSameDatabaseAsThePostgresDriver() throws SQLException {
        try (Connection connection = database.connect()) {
            assertWorks(connection);
            assertThat(connection.getCatalog()).isEqualTo(database.name());
            assertThat(DriverManager.getDriver(database.jdbcUrl())).isInstanceOf(Driver.class);
        }
    }

    @Test
    void connectsByTheUrlsOfThePostgresDriver() throws SQLException {
        String postgresUrl = database.jdbcUrl("pgbgOnClose=wait").replace("jdbc:pgbg:", "jdbc:postgresql:");
        PgbgDataSource source = new PgbgDataSource();
        source.setUrl(postgresUrl);
        try (Connection same = new SameUrlDriver().connect(postgresUrl, null);
                Connection other = DriverManager.getConnection(postgresUrl.replace("jdbc:", "jdbc:pgbg:"));
                Connection sourced = source.getConnection()) {
            for (Connection connection : List.of(same, other, sourced)) {
                assertWorks(connection);
                assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
                assertThat(connection.getMetaData().getURL()).startsWith("jdbc:postgresql://")
                        .doesNotContain("jdbc:pgbg", "pgbgOnClose");
            }
        }
    }

    @Test
    void triesSeveralHosts() throws SQLException {
        String url = database.jdbcUrl("targetServerType=primary", "pgbgOnClose=wait")
                .replaceFirst("//", "//127.0.0.1:1,");
        try (Connection connection = DriverManager.getConnection(url)) {
            assertWorks(connection);
        }
    }

    @Test
    void passesOptionsOnByteForByte() throws SQLException {
        try (Connection connection = database.connect("options=-c%20app.tenant=a%2Bb", "pgbgMaxWorkers=2",
                "ApplicationName=x%20y");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT current_setting('app.tenant'), current_setting('application_name')")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString(1)).isEqualTo("a+b");
            assertThat(rows.getString(2)).isEqualTo("x y");
        }
    }

    @Test
    void takesPropertiesAndLeavesThemAlone() throws SQLException {
        Properties info = new Properties();
        info.setProperty("ApplicationName", "shop");
        info.setProperty("pgbgIdleWorkers", "0");
        Properties before = (Properties) info.clone();
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), info)) {
            assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("shop");
        }
        assertThat(info).isEqualTo(before);
    }

    @Test
    void refusesAnUnknownPropertyOfItsOwn() {
        assertThatThrownBy(() -> database.connect("pgbgColour=red"))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining("pgbgColour");
        assertThatThrownBy(() -> database.connect("pgbgApi=3"))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
    }

    @Test
    void refusalsOfTheServerPassUntouched() {
        assertThatThrownBy(() -> DriverManager.getConnection(
                database.jdbcUrl().replace("/" + database.name(), "/pgbg_no_such_database")))
                .isInstanceOfSatisfying(PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"));
        assertThatThrownBy(() -> new Driver().connect("jdbc:pgbg://127.0.0.1:1/x?user=x&password=secret", null))
                .isInstanceOfSatisfying(PSQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"))
                .hasMessageNotContaining("secret");
    }

    @Test
    void connectsAfterTheDriverWasTakenOutOfTheDriverManager() throws SQLException {
        Driver.deregister();
        try (Connection connection = new Driver().connect(database.jdbcUrl(), null)) {
            assertWorks(connection);
        } finally {
            Driver.register();
        }
    }

    @Test
    void servesHikariByDriverClassAndUrl() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDriverClassName("io.pgbg.Driver");
        config.setJdbcUrl(database.jdbcUrl("pgbgOnClose=cancel"));
        assertServes(config);
    }

    @Test
    void servesHikariByUrlAlone() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        assertServes(config);
    }

    @Test
    void servesHikariByDataSourceClass() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDataSourceClassName("io.pgbg.PgbgDataSource");
        config.addDataSourceProperty("url", database.jdbcUrl());
        config.addDataSourceProperty("pgbgOnClose", "wait");
        config.addDataSourceProperty("pgbgMaxWorkers", "3");
        config.addDataSourceProperty("ApplicationName", "shop");
        assertServes(config);
    }

    @Test
    void givesConnectionsThroughTheDataSource() throws SQLException {
        PgbgDataSource source = new PgbgDataSource();
        source.setUrl(database.jdbcUrl());
        try (Connection connection = source.getConnection()) {
            assertWorks(connection);
        }
        assertThat(source.isWrapperFor(PgbgDataSource.class)).isTrue();
        assertThat(source.unwrap(PgbgDataSource.class)).isSameAs(source);
    }

    @Test
    void worksUnderP6Spy() throws SQLException {
        String url = database.jdbcUrl("pgbgOnClose=wait").replaceFirst("jdbc:", "jdbc:p6spy:");
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(connection.getClass().getName()).contains("p6spy");
            assertUnwraps(connection);
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT 1")) {
                assertThat(rows.next()).isTrue();
                assertUnwraps(statement.getConnection());
            }
        }
    }

    /** What must hold for a connection and for any wrapper somebody puts around it. */
    private static void assertUnwraps(Connection connection) throws SQLException {
        for (Class<?> type : new Class<?>[] {Connection.class, PGConnection.class, BaseConnection.class,
            PgConnection.class}) {
            assertThat(connection.isWrapperFor(type)).as("%s", type).isTrue();
            assertThat((Object) connection.unwrap(type)).isInstanceOf(type);
        }
        assertThat(connection.isWrapperFor(String.class)).isFalse();
        assertThatThrownBy(() -> connection.unwrap(String.class)).isInstanceOf(SQLException.class);
    }

    private static void assertWorks(Connection connection) throws SQLException {
        assertUnwraps(connection);
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT 1")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(1);
            assertThat(statement.getConnection()).isSameAs(connection);
            assertThat(rows.getStatement()).isSameAs(statement);
        }
        assertThat(connection.isValid(5)).isTrue();
    }

    private static void assertServes(HikariConfig config) throws SQLException {
        config.setMaximumPoolSize(2);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            for (int i = 0; i < 2; i++) {
                try (Connection connection = pool.getConnection()) {
                    assertWorks(connection);
                }
            }
        }
    }
}
