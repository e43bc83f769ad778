package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.ApplicationLoader;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An application that comes with the driver is stopped by its container, which deregisters the driver and then loads no
 * class any more: nothing is left on the server, no thread, no class loader. What would end by itself some time later
 * is set to do so long after the test.
 */
@ExtendWith(PostgresExtension.class)
@Timeout(180)
@NotAmongTraps("about class loaders; others send the same SQL")
class ClassLoaderIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final AtomicInteger APPLICATIONS = new AtomicInteger();

    private final TestDatabase database;
    /** What the application's connections are called on the server. */
    private final String name = "application" + APPLICATIONS.incrementAndGet();
    private Connection raw;
    private ServerState server;

    ClassLoaderIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void prepare() throws SQLException {
        raw = database.connectRaw("options=-clock_timeout=30s");
        server = new ServerState(raw);
        Sql.run(raw, "CREATE TABLE IF NOT EXISTS done (what text)");
        Sql.run(raw, "TRUNCATE done");
        Sql.run(raw, "SELECT pg_advisory_lock(1)");
    }

    @AfterEach
    void cleanUp() throws SQLException {
        raw.close();
    }

    /** What an application does before it is stopped; it keeps nothing that leads to the loader. */
    @FunctionalInterface
    private interface Application {
        void run(Driver driver) throws Exception;
    }

    /** What ends the job of an application that has been stopped. */
    @FunctionalInterface
    private interface Event {
        void happen() throws Exception;
    }

    private WeakReference<ClassLoader> runAndStop(String driver, Application application) throws Exception {
        try (ApplicationLoader loader = new ApplicationLoader()) {
            Driver made = loader.driver(driver);
            assertThat(made.getClass().getClassLoader()).isSameAs(loader);
            application.run(made);
            loader.stop();
            awaitNoThread(loader);
            assertThat(loader.refused()).isEmpty();
            return new WeakReference<>(loader);
        }
    }

    private WeakReference<ClassLoader> runAndStop(Application application) throws Exception {
        return runAndStop("io.pgbg.Driver", application);
    }

    private static List<String> threadsOf(ClassLoader loader) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getContextClassLoader() == loader || thread.getClass().getClassLoader() == loader)
                .map(Thread::getName).toList();
    }

    /** Threads that are told to end do so in less time than those that have no work end by themselves. */
    private static void awaitNoThread(ClassLoader loader) throws Exception {
        Await.untilAsserted(Duration.ofSeconds(5), () -> assertThat(threadsOf(loader)).isEmpty());
    }

    private static void awaitCollected(WeakReference<ClassLoader> loader) throws Exception {
        Await.until("the class loader is collected", PATIENCE, () -> {
            System.gc();
            return loader.get() == null;
        });
    }

    private Connection connect(Driver driver, String... parameters) throws SQLException {
        String own = "ApplicationName=" + name + "&pgbgIdleTimeout=3600" + (parameters.length == 0 ? "" : "&")
                + String.join("&", parameters);
        return driver.connect(database.jdbcUrl(own), new Properties());
    }

    private static void runAJob(Connection connection) throws SQLException {
        assertThat(Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 42'))"))
                .isEqualTo("42");
    }

    private void launch(Connection connection, String function, String sql) throws Exception {
        String pid = Sql.value(connection, "SELECT * FROM " + function + "($job$" + sql + "$job$)");
        server.awaitBlocked(Integer.parseInt(pid));
    }

    private static int beans() throws Exception {
        return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("io.pgbg:*"), null).size();
    }

    @Test
    void idleWorkers() throws Exception {
        int before = beans();
        WeakReference<ClassLoader> loader = runAndStop(driver -> {
            try (Connection connection = connect(driver)) {
                runAJob(connection);
            }
            assertThat(beans()).isEqualTo(before + 1);
        });
        assertThat(beans()).isEqualTo(before);
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    @Test
    void theConnectionForAnswers() throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> {
            Connection connection = connect(driver);
            Sql.run(connection, "DO $$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch('SELECT 42'))"
                    + " AS (x integer); END $$");
        });
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.pgbg.Driver", "io.pgbg.SameUrlDriver"})
    void aConnectionThatNobodyHasClosed(String driver) throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver, made -> {
            Connection connection = connect(made);
            connection.setAutoCommit(false);
            runAJob(connection);
        });
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    /** The application still holds it, and learns what has become of it. */
    @Test
    void aConnectionThatIsInUse() throws Exception {
        try (ApplicationLoader loader = new ApplicationLoader();
                Connection connection = connect(loader.driver("io.pgbg.Driver"))) {
            runAJob(connection);
            loader.deregister();
            assertThat(connection.isClosed()).isTrue();
            server.awaitBackends(name, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_background_launch", "pg_background_submit"})
    void aJobThatTheServerCarriesOut(String function) throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> launch(connect(driver), function,
                "SELECT pg_advisory_lock(1); INSERT INTO done VALUES ('job')"));
        awaitCollected(loader);
        assertThat(server.backends(name)).isEqualTo(1);

        Sql.run(raw, "SELECT pg_advisory_unlock(1)");
        server.awaitValue("job", "SELECT what FROM done");
        server.awaitBackends(name, 0);
    }

    @Test
    void aJobThatWouldBeUndone() throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> launch(connect(driver), "pg_background_launch",
                "INSERT INTO done VALUES ('job'); SELECT pg_advisory_lock(1) FROM generate_series(1, 2)"));
        server.awaitBackends(name, 0);
        awaitCollected(loader);
        assertThat(Sql.value(raw, "SELECT count(*) FROM done")).isEqualTo("0");
    }

    @Test
    void aJobOfAConnectionThatCancelsItsJobs() throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> launch(connect(driver, "pgbgOnClose=cancel"),
                "pg_background_launch", "SELECT pg_advisory_lock(1)"));
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    @Test
    void columnListsAndSharedJobs() throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> {
            for (int i = 0; i < 3; i++) {
                try (Connection connection = connect(driver, "pgbgScope=jvm")) {
                    for (int j = 0; j < 3; j++) {
                        Sql.value(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                                + "'SELECT 1.25')) AS (x numeric(3, 1))");
                    }
                }
            }
        });
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    @Test
    void aJobWhoseRowsNobodyReads() throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> {
            Connection connection = connect(driver, "pgbgScope=jvm");
            String pid = Sql.value(connection, "SELECT * FROM pg_background_launch_v2('SELECT repeat(''x'', 1000) "
                    + "FROM generate_series(1, 1000000)', 1024)");
            server.awaitValue("idle in transaction", "SELECT state FROM pg_stat_activity WHERE pid = " + pid);
            connection.close();
        });
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    @Test
    void aJobThatEndedAndNobodyHasRead() throws Exception {
        WeakReference<ClassLoader> loader = runAndStop(driver -> {
            Connection connection = connect(driver, "pgbgScope=jvm");
            String pid = Sql.value(connection, "SELECT * FROM pg_background_launch_v2('SELECT 1')");
            server.awaitValue("idle", "SELECT state FROM pg_stat_activity WHERE pid = " + pid);
            connection.close();
        });
        server.awaitBackends(name, 0);
        awaitCollected(loader);
    }

    /** What a job does when nobody was told that the application has stopped. */
    private enum Ending {

        WITHOUT_ROWS("UPDATE done SET what = 'job'"),
        WITH_ROWS("SELECT 42"),
        WITH_ROWS_OF_A_LARGE_RESULT("SELECT n FROM pg_catalog.generate_series(1, 1000) AS n"),
        WITH_AN_ERROR("SELECT 1 / 0"),
        WITH_NOTICES("DO $$ BEGIN RAISE WARNING 'careful'; END $$"),
        WITH_ITS_SESSION("SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())");

        final String sql;

        Ending(String sql) {
            this.sql = sql;
        }
    }

    @ParameterizedTest
    @EnumSource(Ending.class)
    void theEndOfAJobNeedsNoClassThatWasNotLoaded(Ending ending) throws Exception {
        String job = "SELECT pg_catalog.pg_advisory_lock(1); " + ending.sql;
        for (String function : List.of("pg_background_launch", "pg_background_submit")) {
            for (boolean closed : List.of(false, true)) {
                runUntilAbandoned(driver -> {
                    Connection connection = connect(driver);
                    launch(connection, function, job);
                    if (closed) {
                        connection.close();
                    }
                }, () -> Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(1)"));
                Sql.run(raw, "SELECT pg_catalog.pg_advisory_lock(1)");
            }
        }
    }

    @Test
    void theEndOfAJobsTimeNeedsNoClassThatWasNotLoaded() throws Exception {
        runUntilAbandoned(driver -> {
            Connection connection = connect(driver);
            Sql.run(connection, "SET pg_background.worker_timeout TO '2s'");
            launch(connection, "pg_background_launch", "SELECT pg_catalog.pg_advisory_lock(1)");
        }, () -> server.awaitValue("0", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"));
    }

    @Test
    void aBrokenLinkNeedsNoClassThatWasNotLoaded() throws Exception {
        try (Forwarder forwarder = new Forwarder(database.jdbcUrl("ApplicationName=" + name))) {
            runUntilAbandoned(driver -> launch(driver.connect(forwarder.url(), new Properties()), "pg_background_launch",
                    "SELECT pg_catalog.pg_advisory_lock(1)"), () -> {
                        forwarder.reset(1);
                        Sql.run(raw, "SELECT pg_catalog.pg_advisory_unlock(1)");
                    });
        }
    }

    /** While a launcher connects another thread looks after it, and may end a moment after the launch has. */
    @Test
    void theEndOfALookNeedsNoClassThatWasNotLoaded() throws Exception {
        try (ApplicationLoader loader = new ApplicationLoader()) {
            try (Connection connection = connect(loader.driver("io.pgbg.Driver"))) {
                assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
            }
            assertThat(List.of("io.pgbg.session.SessionMemory$Patience", "io.pgbg.session.SessionMemory$KnownPatience"))
                    .allMatch(loader::hasLoaded);
            loader.stop();
        }
    }

    /** Runs an application whose driver stays registered when it is stopped, until the driver has no work any more. */
    private void runUntilAbandoned(Application application, Event end) throws Exception {
        try (ApplicationLoader loader = new ApplicationLoader()) {
            try {
                application.run(loader.driver("io.pgbg.Driver"));
                loader.abandon();
                end.happen();
                Await.untilAsserted(PATIENCE, () -> assertThat(atWork(loader)).isEmpty());
                assertThat(loader.refused()).isEmpty();
            } finally {
                // or what is left would hold up the next test
                loader.cleanUp();
            }
            server.awaitBackends(name, 0);
        }
    }

    /** Where the application's threads are in the driver; a thread that waits for its next task is not. */
    private static List<String> atWork(ClassLoader loader) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getContextClassLoader() == loader)
                .flatMap(thread -> Arrays.stream(thread.getValue()))
                .map(StackTraceElement::toString).filter(frame -> frame.contains("io.pgbg.")).toList();
    }

    @Test
    void theDriverWorksAgainAndEndsAgain() throws Exception {
        try (ApplicationLoader loader = new ApplicationLoader()) {
            Driver driver = loader.driver("io.pgbg.Driver");
            for (int round = 1; round <= 3; round++) {
                try (Connection connection = connect(driver)) {
                    runAJob(connection);
                }
                assertThat(server.backends(name)).isPositive();
                assertThat(loader.deregister()).contains("io.pgbg.Driver");
                awaitNoThread(loader);
                server.awaitBackends(name, 0);
                loader.register();
            }
            loader.stop();
        }
    }
}
