package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** An application that comes with the driver and goes again leaves no thread and no class loader behind. */
@ExtendWith(PostgresExtension.class)
@Timeout(120)
@NotAmongTraps("about class loaders; others send the same SQL")
class ClassLoaderIT {

    private final TestDatabase database;

    ClassLoaderIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void isCollectedAfterItsJobsHaveEnded() throws Exception {
        WeakReference<ClassLoader> loader = runAJob();
        Await.until("the class loader is collected", Duration.ofSeconds(90), () -> {
            System.gc();
            return loader.get() == null;
        });
    }

    private WeakReference<ClassLoader> runAJob() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(urls(), ClassLoader.getPlatformClassLoader())) {
            Class<?> driverClass = loader.loadClass("io.pgbg.Driver");
            assertThat(driverClass.getClassLoader()).isSameAs(loader);
            Driver driver = (Driver) driverClass.getConstructor().newInstance();
            try (Connection connection = driver.connect(database.jdbcUrl("pgbgIdleTimeout=1"), new Properties());
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(
                            "SELECT * FROM pg_background_result(pg_background_launch('SELECT 42'))")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(42);
            }
            driverClass.getMethod("deregister").invoke(null);
            loader.loadClass("org.postgresql.Driver").getMethod("deregister").invoke(null);
            return new WeakReference<>(loader);
        }
    }

    private static URL[] urls() {
        return Arrays.stream(Jvm.classPath().split(File.pathSeparator)).map(entry -> {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e);
            }
        }).toArray(URL[]::new);
    }
}
