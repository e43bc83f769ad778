package io.pgbg.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.pgbg.PgbgConnection;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;
import org.vibur.dbcp.ViburDBCPDataSource;

/** What applications meet behind each of the usual pools, with a single connection that goes from hand to hand. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@NotAmongTraps("about pools; others send the same SQL")
class PoolsIT {

    /** Has HikariCP tell the driver when a connection is given back, which it does only if it is asked to. */
    private static final String BOUNDARIES = "com.zaxxer.hikari.enableRequestBoundaries";

    private final TestDatabase database;

    PoolsIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeAll
    static void enableBoundaries() {
        System.setProperty(BOUNDARIES, "true");
    }

    @AfterAll
    static void restoreBoundaries() {
        System.clearProperty(BOUNDARIES);
    }

    /** A pool of one connection. */
    private record Pool(DataSource source, AutoCloseable end) implements AutoCloseable {

        @Override
        public void close() throws Exception {
            end.close();
        }
    }

    /** The pools, and whether they tell the driver that a connection is given back. */
    enum Kind {
        HIKARI(true) {
            @Override
            Pool open(String driver, String url) {
                HikariDataSource pool = new HikariDataSource();
                pool.setJdbcUrl(url);
                if (driver != null) {
                    pool.setDriverClassName(driver);
                }
                pool.setMaximumPoolSize(1);
                return new Pool(pool, pool);
            }
        },
        DBCP(false) {
            @Override
            Pool open(String driver, String url) {
                BasicDataSource pool = new BasicDataSource();
                if (driver != null) {
                    pool.setDriverClassName(driver);
                }
                pool.setUrl(url);
                pool.setMaxTotal(1);
                return new Pool(pool, pool);
            }
        },
        C3P0(true) {
            @Override
            Pool open(String driver, String url) throws Exception {
                ComboPooledDataSource pool = new ComboPooledDataSource();
                if (driver != null) {
                    pool.setDriverClass(driver);
                    pool.setForceUseNamedDriverClass(true);
                }
                pool.setJdbcUrl(url);
                pool.setInitialPoolSize(1);
                pool.setMinPoolSize(1);
                pool.setMaxPoolSize(1);
                return new Pool(pool, pool);
            }
        },
        AGROAL(false) {
            @Override
            Pool open(String driver, String url) throws SQLException {
                AgroalDataSource pool = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                        .connectionPoolConfiguration(size -> size.maxSize(1)
                                .acquisitionTimeout(Duration.ofSeconds(30))
                                .connectionFactoryConfiguration(factory -> factory
                                        .connectionProviderClassName(driver).jdbcUrl(url)
                                        .principal(new NamePrincipal("postgres")))));
                return new Pool(pool, pool);
            }
        },
        TOMCAT(false) {
            @Override
            Pool open(String driver, String url) {
                org.apache.tomcat.jdbc.pool.DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource();
                if (driver != null) {
                    pool.setDriverClassName(driver);
                }
                pool.setUrl(url);
                pool.setInitialSize(1);
                pool.setMaxActive(1);
                return new Pool(pool, pool::close);
            }
        },
        VIBUR(false) {
            @Override
            Pool open(String driver, String url) {
                ViburDBCPDataSource pool = new ViburDBCPDataSource();
                if (driver != null) {
                    pool.setDriverClassName(driver);
                }
                pool.setJdbcUrl(url);
                pool.setUsername("postgres");
                pool.setPassword("");
                pool.setPoolInitialSize(1);
                pool.setPoolMaxSize(1);
                pool.start();
                return new Pool(pool, pool::terminate);
            }
        };

        final boolean tells;

        Kind(boolean tells) {
            this.tells = tells;
        }

        abstract Pool open(String driver, String url) throws Exception;
    }

    private Pool open(Kind kind, String... parameters) throws Exception {
        return kind.open("io.pgbg.SameUrlDriver", database.rawUrl(parameters));
    }

    private static String jobs(Connection connection) throws SQLException {
        return Sql.value(connection, "SELECT count(*) FROM pg_background_list");
    }

    @ParameterizedTest
    @EnumSource
    void theUrlIsEnough(Kind kind) throws Exception {
        try (Pool pool = kind.open(null, database.jdbcUrl()); Connection connection = pool.source().getConnection()) {
            assertThat(Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 42'))"))
                    .isEqualTo("42");
        }
    }

    @ParameterizedTest
    @EnumSource
    void unwraps(Kind kind) throws Exception {
        try (Pool pool = open(kind); Connection connection = pool.source().getConnection()) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            assertThat(connection.unwrap(PgbgConnection.class).submit("SELECT 1").await().commandTag())
                    .isEqualTo("SELECT 1");
            assertThat(connection.unwrap(PGConnection.class).getBackendPID()).isPositive();
            assertThat(Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 42'))"))
                    .isEqualTo("42");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNextOneFindsNoJobWhereThePoolTells(Kind kind) throws Exception {
        try (Pool pool = open(kind)) {
            String backend;
            int job;
            try (Connection connection = pool.source().getConnection()) {
                backend = Sql.value(connection, "SELECT pg_backend_pid()");
                job = Sql.launch(connection, "SELECT 1");
            }
            try (Connection connection = pool.source().getConnection()) {
                assertThat(Sql.value(connection, "SELECT pg_backend_pid()")).isEqualTo(backend);
                assertThat(jobs(connection)).isEqualTo(kind.tells ? "0" : "1");
                if (kind.tells) {
                    assertThatThrownBy(() -> Sql.result(connection, job)).isInstanceOfSatisfying(SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("42704"));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNextOneFindsTheJobIfThatIsWanted(Kind kind) throws Exception {
        try (Pool pool = open(kind, "pgbgOnReturn=keep")) {
            int job;
            try (Connection connection = pool.source().getConnection()) {
                job = Sql.launch(connection, "SELECT 1");
            }
            try (Connection connection = pool.source().getConnection()) {
                assertThat(Sql.result(connection, job)).containsExactly("1");
            }
        }
    }

    /**
     * With what would end the connection if it came from its own server. HikariCP takes 0A000, whoever raises it, for
     * the end of a connection, and Vibur any error at all.
     */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "VIBUR")
    void aJobsErrorClosesNoConnection(Kind kind) throws Exception {
        try (Pool pool = open(kind)) {
            String backend;
            try (Connection connection = pool.source().getConnection();
                    Statement statement = connection.createStatement()) {
                backend = Sql.value(connection, "SELECT pg_backend_pid()");
                for (String state : new String[] {"08006", "08003", "57P01", "57P02", "53300", "40001"}) {
                    assertThatThrownBy(() -> statement.execute("SELECT * FROM pg_background_result("
                            + "pg_background_launch($job$DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '" + state
                            + "'; END $$$job$))"))
                            .isInstanceOf(SQLException.class).hasMessageContaining("no");
                }
            }
            try (Connection connection = pool.source().getConnection()) {
                assertThat(Sql.value(connection, "SELECT pg_backend_pid()")).isEqualTo(backend);
            }
        }
    }
}
