package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.PgbgConnection;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.ReplicationExtension;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests of jobs for which there is a standby; all classes share the primary and its standby. */
@ExtendWith(ReplicationExtension.class)
@Timeout(120)
abstract class WithStandby {

    /** Tells where a job runs. */
    static final String RECOVERY = "SELECT pg_is_in_recovery()::text";
    static final String LAUNCH = "SELECT pg_background_launch('SELECT 1')";
    static final String SECONDARY = "pgbgJobServer=secondary";
    static final String PREFER = "pgbgJobServer=preferSecondary";
    static final Duration PATIENCE = Duration.ofSeconds(30);

    Replication servers;

    @BeforeEach
    void takeServers(Replication given) {
        servers = given;
    }

    static PgbgConnection jobs(Connection connection) throws SQLException {
        return connection.unwrap(PgbgConnection.class);
    }

    /** The rows of a job. */
    static String job(Connection connection, String sql) throws SQLException {
        return String.join(";", Sql.result(connection, Sql.launch(connection, sql)));
    }

    String server(boolean standby) {
        return (standby ? servers.standby() : servers.primary()).address();
    }

    /** Connects to the primary; the URL names another server as well. */
    Connection connect(String other, String... parameters) throws SQLException {
        return DriverManager.getConnection(Replication.url(List.of(server(false), other), parameters));
    }

    /** No standby can run a job, and the launcher is none the worse for it. */
    static void assertNone(Connection connection, String detail) throws SQLException {
        Failure failure = Failure.of(connection, LAUNCH);
        assertThat(failure.state()).isEqualTo("55000");
        assertThat(failure.message()).isEqualTo("no standby that the URL names can run the job");
        assertThat(failure.detail()).contains(detail);
        assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }
}
