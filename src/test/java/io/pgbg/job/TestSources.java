package io.pgbg.job;

import io.pgbg.testkit.TestDatabase;
import io.pgbg.worker.PoolLimits;
import io.pgbg.worker.WorkerSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.core.BaseConnection;

/** Makes the source that the sessions of tests have. */
final class TestSources {

    private TestSources() {
    }

    static WorkerSource of(TestDatabase database) throws SQLException {
        try (Connection connection = database.connectRaw()) {
            return WorkerSource.of(Driver.parseURL(database.rawUrl(), new Properties()),
                    ((BaseConnection) connection).getQueryExecutor().getHostSpec(),
                    new PoolLimits(64, 4, true, Duration.ofSeconds(60), 8));
        }
    }
}
