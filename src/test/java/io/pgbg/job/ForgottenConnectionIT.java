package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.LaunchOptions;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A connection that the application has let go of without closing it ends as if it had been closed. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@AlsoAmongTraps
class ForgottenConnectionIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final TestDatabase database;

    ForgottenConnectionIT(TestDatabase database) {
        this.database = database;
    }

    /** Everything that leads to the connection is gone when this returns. */
    private void launchAndForget(String parameter, boolean reads, boolean relays) throws Exception {
        Connection connection = database.connect("ApplicationName=forgotten", parameter);
        if (relays) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1, pg_background_cancel_all()");
            }
        }
        PgbgJob job = connection.unwrap(PgbgConnection.class).launch("SELECT g FROM generate_series(1, 100000) AS g",
                new LaunchOptions(64, null));
        if (reads) {
            ResultSet rows = connection.createStatement().executeQuery("SELECT * FROM pg_background_result("
                    + job.handle().pid() + ") AS (g int)");
            assertThat(rows.next()).isTrue();
        }
        Await.until("it waits for its reader", SOON, () -> job.outcome().rowCount() > 0);
    }

    @ParameterizedTest
    @CsvSource({"pgbgOnClose=detach, false, false", "pgbgOnClose=detach, true, false",
        "pgbgOnClose=detach, false, true", "pgbgOnClose=cancel, false, false"})
    void itsJobsEnd(String parameter, boolean reads, boolean relays) throws Exception {
        launchAndForget(parameter, reads, relays);
        try (Connection raw = database.connectRaw()) {
            ServerState server = new ServerState(raw);
            Await.until("no job waits in its transaction", SOON, () -> {
                System.gc();
                return server.idleTransactions() == 0;
            });
        }
    }
}
