package io.pgbg.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;

/** The driver as a bundle beside pgjdbc's, in a framework that lets each see only what it imports. */
@ExtendWith(PostgresExtension.class)
@NotAmongTraps("it is about loading classes")
class OsgiIT {

    /** What slf4j-api asks for: a logger, and who finds it. */
    private static final String LOGGING = "osgi.extender;osgi.extender=\"osgi.serviceloader.processor\";"
            + "version:Version=\"1.0\",osgi.serviceloader;osgi.serviceloader=\"org.slf4j.spi.SLF4JServiceProvider\"";

    private final TestDatabase database;

    OsgiIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void worksAsABundle(@TempDir Path cache) throws Exception {
        Framework framework = new FrameworkFactory().newFramework(Map.of(Constants.FRAMEWORK_STORAGE, cache.toString(),
                Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA, LOGGING));
        framework.start();
        try {
            for (Class<?> other : List.of(Logger.class, org.postgresql.Driver.class)) {
                framework.getBundleContext().installBundle(Jvm.locationOf(other).toUri().toString()).start();
            }
            Bundle bundle = framework.getBundleContext().installBundle("reference:"
                    + Jvm.locationOf(io.pgbg.Driver.class).toUri());
            bundle.start();
            assertThat(bundle.getSymbolicName()).isEqualTo("io.pgbg.jdbc");
            assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
            Class<?> loaded = bundle.loadClass("io.pgbg.Driver");
            assertThat(loaded).isNotSameAs(io.pgbg.Driver.class);
            Driver driver = (Driver) loaded.getConstructor().newInstance();
            try (Connection connection = driver.connect(database.jdbcUrl(), new Properties())) {
                assertThat(Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 42'))"))
                        .isEqualTo("42");
                assertThat(Sql.value(connection, "SELECT v + 1 FROM pg_background_result(pg_background_launch("
                        + "'SELECT 42')) AS r(v int)")).isEqualTo("43");
            }
            loaded.getMethod("deregister").invoke(null);
        } finally {
            framework.stop();
            framework.waitForStop(10_000);
        }
    }
}
