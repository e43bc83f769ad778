package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.LaunchOptions;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server's time-outs for sessions and transactions end neither a waiting launcher nor a job that waits. */
@Timeout(60)
@AlsoAmongTraps
class IdleTimeOutsIT extends WithConnection {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int IDLE_SESSION_TIMEOUT = 14;
    private static final int TRANSACTION_TIMEOUT = 17;

    private int version;

    @BeforeEach
    void askVersion() throws SQLException {
        version = connection.getMetaData().getDatabaseMajorVersion();
    }

    @Test
    @SinceRelease(value = 10, because = "literals are of type text")
    void aLauncherThatWaitsInATransaction() throws SQLException {
        connection.setAutoCommit(false);
        Sql.run(connection, "SET LOCAL idle_in_transaction_session_timeout = '1s'");
        assertWaits();
        connection.rollback();
    }

    @Test
    void aLauncherThatWaitsOutsideATransaction() throws SQLException {
        assumeTrue(version >= IDLE_SESSION_TIMEOUT);
        Sql.run(connection, "SET idle_session_timeout = '1s'");
        assertWaits();
        Sql.run(connection, "SET idle_session_timeout = 0");
    }

    private void assertWaits() throws SQLException {
        assertThat(Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                + "'SELECT ''slept'' FROM pg_catalog.pg_sleep(4)')) AS (t text)")).isEqualTo("slept");
    }

    @Test
    void aJobThatWaitsForItsReader() throws Exception {
        Sql.run(connection, "SET idle_in_transaction_session_timeout = '800ms'");
        if (version >= IDLE_SESSION_TIMEOUT) {
            Sql.run(connection, "SET idle_session_timeout = '30s'");
        }
        if (version >= TRANSACTION_TIMEOUT) {
            Sql.run(connection, "SET transaction_timeout = '1s'");
        }
        PgbgJob job = connection.unwrap(PgbgConnection.class).launch("SELECT g FROM generate_series(1, 50000) AS g",
                new LaunchOptions(64, null));
        try (Connection raw = database.connectRaw()) {
            Await.until("it waits longer than a transaction may last", SOON, () -> "t".equals(Sql.value(raw,
                    "SELECT state = 'idle in transaction' AND clock_timestamp() - xact_start > '1.5s'"
                            + " FROM pg_stat_activity WHERE pid = " + job.handle().pid())) || job.outcome().state()
                    .isEnded());
        }
        assertThat(job.forEachRow(row -> { })).isEqualTo(50_000);
    }
}
