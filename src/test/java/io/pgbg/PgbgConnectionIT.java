package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.PGConnection;

/** The functions for those who write Java, as an application gets at them. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class PgbgConnectionIT {

    private final TestDatabase database;

    PgbgConnectionIT(TestDatabase database) {
        this.database = database;
    }

    private static List<String> read(PgbgJob job) throws SQLException {
        List<String> values = new ArrayList<>();
        job.forEachRow(row -> values.add(row.getString(1)));
        return values;
    }

    @Test
    void aConnectionUnwrapsToIt() throws SQLException {
        try (Connection connection = database.connect()) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            assertThat(read(jobs.launch("SELECT 6 * 7"))).containsExactly("42");
            // everything else is found as before
            assertThat(connection.unwrap(PGConnection.class)).isSameAs(connection);
            assertThat(connection.isWrapperFor(PgbgJob.class)).isFalse();
        }
    }

    @Test
    void aJobGivesItsResultSet() throws SQLException {
        try (Connection connection = database.connect()) {
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            PgbgJob job = jobs.launch("SELECT g AS n, 'row ' || g::text AS t FROM generate_series(1, 20000) g");
            try (ResultSet rows = job.result()) {
                long sum = 0;
                while (rows.next()) {
                    sum += rows.getLong("n");
                }
                assertThat(sum).isEqualTo(200_010_000L);
                assertThat(rows.getStatement().getConnection()).isSameAs(connection);
            }
            assertThat(Failure.of(job::result).state()).isEqualTo("42704");
            assertThat(Failure.of(jobs.launch("SELECT 1 / 0")::result).state()).isEqualTo("22012");
        }
    }

    @Test
    void itIsFoundThroughAPool() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config); Connection connection = pool.getConnection()) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            assertThat(read(connection.unwrap(PgbgConnection.class).launch("SELECT 'pooled'")))
                    .containsExactly("pooled");
        }
    }

    @Test
    void itIsFoundThroughSeveralWrappers() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDriverClassName("com.p6spy.engine.spy.P6SpyDriver");
        config.setJdbcUrl(database.jdbcUrl().replaceFirst("^jdbc:", "jdbc:p6spy:"));
        try (HikariDataSource pool = new HikariDataSource(config); Connection connection = pool.getConnection()) {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            assertThat(read(connection.unwrap(PgbgConnection.class).launch("SELECT 'spied'"))).containsExactly("spied");
        }
    }

    @Test
    void itsJobsAreThoseOfSql() throws SQLException {
        try (Connection connection = database.connect()) {
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            PgbgJob job = jobs.launch("SELECT 'from Java'", LaunchOptions.DEFAULT.withLabel("both"));
            assertThat(Sql.result(connection, job.handle().pid())).containsExactly("from Java");
            int pid = Sql.launch(connection, "SELECT 'from SQL'");
            JobInfo info = jobs.list().get(0);
            assertThat(info.handle().pid()).isEqualTo(pid);
            assertThat(read(jobs.job(info.handle()))).containsExactly("from SQL");
            assertThat(connection.unwrap(PgbgConnection.class).list()).isEmpty();
        }
    }

    @Test
    void itLaunchesSubmitsWaitsAndCancels() throws Exception {
        try (Connection connection = database.connect()) {
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            Sql.run(connection, "CREATE TABLE noted (i int)");
            PgbgJob submitted = jobs.submit("INSERT INTO noted VALUES (1), (2)");
            assertThat(submitted.await().commandTag()).isEqualTo("INSERT 0 2");
            PgbgJob slow = jobs.launch("SELECT pg_catalog.pg_sleep(100)", LaunchOptions.DEFAULT.withLabel("slow"));
            assertThat(slow.await(Duration.ZERO)).isFalse();
            assertThat(jobs.cancelByLabel("sl%")).isEqualTo(1);
            Outcome outcome = slow.completion().get(30, TimeUnit.SECONDS);
            assertThat(outcome.state()).isEqualTo(JobState.CANCELED);
            assertThat(jobs.statistics().canceled()).isEqualTo(1);
            assertThat(jobs.purge()).isEqualTo(2);
            assertThat(jobs.run("SELECT 1/0", LaunchOptions.DEFAULT, Duration.ZERO).outcome().sqlState())
                    .isEqualTo("22012");
        }
    }

    @Test
    void aClosedConnectionRefuses() throws SQLException {
        Connection connection = DriverManager.getConnection(database.jdbcUrl());
        PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
        connection.close();
        assertThat(Sql.stateOf(() -> jobs.launch("SELECT 1"))).isEqualTo("08003");
        assertThat(Sql.stateOf(jobs::statistics)).isEqualTo("08003");
    }
}
