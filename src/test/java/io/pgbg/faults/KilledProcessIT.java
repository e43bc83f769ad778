package io.pgbg.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The driver's process is killed in the middle of something: what is there afterwards, and that nothing else is. */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("long")
@NotAmongTraps("about processes that are killed; others send the same SQL")
class KilledProcessIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private static final String CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

    private static final String SUBMITTED = "SELECT count(*) FROM told";

    private final TestDatabase database;
    private Connection raw;
    private ServerState server;

    KilledProcessIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void connect() throws Exception {
        raw = database.connectRaw();
        server = new ServerState(raw);
        Load.prepare(raw);
        Sql.run(raw, "DROP TABLE IF EXISTS told; CREATE TABLE told (n bigint)");
    }

    @AfterEach
    void close() throws Exception {
        raw.close();
    }

    /** What the process does until it is killed. */
    private enum Deed {

        CONNECT_A_WORKER {
            @Override
            void over(Connection connection, String url) throws Exception {
                jobs(connection).submit("INSERT INTO done VALUES (1)");
            }
        },

        /** Tells of each job when submit has returned, over a connection of pgjdbc's. */
        SUBMIT {
            @Override
            void over(Connection connection, String url) throws Exception {
                try (Connection telling = DriverManager.getConnection(url.replace("jdbc:pgbg:", "jdbc:postgresql:"))) {
                    for (int i = 1; true; i++) {
                        PgbgJob job = jobs(connection).submit("INSERT INTO done SELECT " + i + " FROM pg_sleep(0.02)");
                        Sql.run(telling, "INSERT INTO told VALUES (" + i + ")");
                        job.detach();
                    }
                }
            }
        },

        READ_A_WINDOW {
            @Override
            void over(Connection connection, String url) throws Exception {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result("
                                + "pg_background_launch('INSERT INTO done SELECT g FROM generate_series(1, 100000) AS g"
                                + " RETURNING n, repeat(''x'', 100)')) AS r(n bigint, x text)")) {
                    for (int i = 0; i < 10_000; i++) {
                        rows.next();
                    }
                    Thread.sleep(SOON.toMillis());
                }
            }
        },

        RELAY_ROWS {
            @Override
            void over(Connection connection, String url) throws Exception {
                Sql.run(connection, "CREATE TABLE relayed AS SELECT * FROM pg_background_result(pg_background_launch("
                        + "'INSERT INTO done SELECT g FROM generate_series(1, 500000) AS g RETURNING n,"
                        + " repeat(''x'', 100)')) AS r(n bigint, x text)");
            }
        };

        abstract void over(Connection connection, String url) throws Exception;

        static PgbgConnection jobs(Connection connection) throws Exception {
            return connection.unwrap(PgbgConnection.class);
        }
    }

    /** @param arguments the URL and what is to be done */
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            Deed.valueOf(arguments[1]).over(connection, arguments[0]);
        }
    }

    /** Starts a process, and kills it when a query gives the value that it is waited for. */
    private void kill(Deed deed, String url, Await.Condition when) throws Exception {
        Process process = Jvm.start(List.of(), KilledProcessIT.class, url, deed.name());
        try {
            Await.until("it does what it is to be killed in", SOON, when);
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Nothing of the process is left when the next session of the login has used the functions. */
    private void awaitNothingLeft() throws Exception {
        server.awaitValue("0", CLIENTS);
        try (Connection next = database.connect("pgbgIdleTimeout=1")) {
            assertThat(Sql.value(next, "SELECT n + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
                    + " AS r(n int)")).isEqualTo("7");
        }
        server.awaitNothingLeft();
    }

    @Test
    void whileAWorkerConnects() throws Exception {
        try (Forwarder forwarder = new Forwarder(database.jdbcUrl())) {
            kill(Deed.CONNECT_A_WORKER, forwarder.url(), () -> {
                if (forwarder.connected() == 1) {
                    forwarder.hold();
                }
                return forwarder.held() > 0;
            });
        }
        awaitNothingLeft();
        assertThat(Sql.rows(raw, "SELECT n FROM done")).isEmpty();
    }

    @Test
    void whileItSubmitsOneJobAfterTheOther() throws Exception {
        for (int i = 0; i < 3; i++) {
            int count = 10 + 7 * i;
            Sql.run(raw, "TRUNCATE done, told");
            kill(Deed.SUBMIT, database.jdbcUrl(), () -> Integer.parseInt(Sql.value(raw, SUBMITTED)) >= count);
            awaitNothingLeft();
            assertThat(Sql.rows(raw, "SELECT n FROM told EXCEPT SELECT n FROM done")).as("lost").isEmpty();
            assertThat(Sql.rows(raw, "SELECT n FROM done GROUP BY n HAVING count(*) > 1")).as("done twice").isEmpty();
        }
    }

    @Test
    void inTheMiddleOfAWindow() throws Exception {
        kill(Deed.READ_A_WINDOW, database.jdbcUrl(), () -> server.idleTransactions() == 1);
        awaitNothingLeft();
        assertThat(Sql.value(raw, "SELECT count(*) FROM done")).isEqualTo("0");
    }

    @Test
    void whileRowsAreRelayed() throws Exception {
        kill(Deed.RELAY_ROWS, database.jdbcUrl(), () -> server.largeObjects() > 1);
        awaitNothingLeft();
        assertThat(Sql.value(raw, "SELECT count(*) FROM done")).isEqualTo("0");
        assertThat(Sql.value(raw, "SELECT to_regclass('relayed')")).isNull();
    }
}
