package io.pgbg.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.ApplicationLoader;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** An application is deployed and stopped forty times, with connections that it never closes. */
@ExtendWith(PostgresExtension.class)
@Timeout(600)
@NotAmongTraps("about class loaders; others send the same SQL")
class RestartsIT {

    private static final String NAME = "redeployed";

    private final TestDatabase database;

    RestartsIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void leaveNothingBehind() throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            loaders.add(deployAndStop());
        }
        try (Connection raw = database.connectRaw()) {
            new ServerState(raw).awaitBackends(NAME, 0);
        }
        Await.until("the class loaders are collected", Duration.ofSeconds(60), () -> {
            System.gc();
            return loaders.stream().allMatch(loader -> loader.get() == null);
        });
    }

    private WeakReference<ClassLoader> deployAndStop() throws Exception {
        try (ApplicationLoader loader = new ApplicationLoader()) {
            Connection connection = loader.driver("io.pgbg.Driver").connect(
                    database.jdbcUrl("ApplicationName=" + NAME), new Properties());
            assertThat(Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 42'))"))
                    .isEqualTo("42");
            loader.stop();
            assertThat(loader.refused()).isEmpty();
            return new WeakReference<>(loader);
        }
    }
}
