package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The connection for answers goes silent: the network drops what either side sends, and neither is told. */
@ExtendWith(PostgresExtension.class)
@Timeout(240)
@Tag("long")
@AlsoAmongTraps
class SilentAnswersIT {

    private static final Duration SOON = Duration.ofSeconds(25);
    private static final String RELAYED = "SELECT 1, pg_background_cancel_all()";
    private static final int ANSWERS = 1;

    private final TestDatabase database;
    private Forwarder network;
    private Connection connection;

    SilentAnswersIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void connect() throws Exception {
        network = new Forwarder(database.jdbcUrl());
        connection = DriverManager.getConnection(network.url());
        // the connection for answers is the second one
        Sql.value(connection, RELAYED);
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
        network.close();
        // what lost connections have left is swept by the next session of the login, when the server has seen them end
        try (Connection next = database.connect(); Connection raw = database.connectRaw()) {
            Await.until("nothing is left", SOON, () -> {
                Sql.run(raw, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
                return "0".equals(Sql.value(raw, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
            });
            assertThat(next.isValid(1)).isTrue();
        }
    }

    @Test
    void theCallIsAnsweredOverAnotherOne() throws Exception {
        network.silence(ANSWERS);
        Running<String> call = Running.start(() -> Sql.value(connection, RELAYED));
        assertThat(call.get(SOON)).isEqualTo("1");
        assertThat(Running.start(() -> Sql.value(connection, RELAYED)).get(SOON)).isEqualTo("1");
    }

    @Test
    void whereNoOtherCanBeMadeOneCallFails() throws Exception {
        network.silence(ANSWERS);
        network.hold();
        Running<String> call = Running.start(() -> Sql.value(connection, RELAYED));
        assertThat(call.failure(SOON).getSQLState()).isIn("58000", "55000");
        network.pass();
        assertThat(Running.start(() -> Sql.value(connection, RELAYED)).get(SOON)).isEqualTo("1");
    }

    /** The driver's own cancel of a statement that it cannot answer comes late, over a slow network. */
    @Test
    void theNextStatementIsNotCancelledInstead() throws Exception {
        String pid = Sql.value(connection, "SELECT pg_backend_pid()");
        network.silence(ANSWERS);
        network.hold();
        Running<String> both = Running.start(() -> {
            String state = Sql.stateOf(connection, RELAYED);
            return state + Sql.value(connection, "SELECT 2 FROM pg_catalog.pg_sleep(2)");
        });
        try (Connection raw = database.connectRaw()) {
            Await.until("the driver has given up to connect, and cancels", SOON, () -> network.heldCancels() == 1);
            Sql.run(raw, "SELECT pg_cancel_backend(" + pid + ")");
            long enough = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
            Await.until("the next one runs, or has had the time to begin", SOON, () -> System.nanoTime() > enough
                    || !Sql.rows(raw, "SELECT 1 FROM pg_stat_activity WHERE pid = " + pid + " AND "
                    + ServerState.SLEEPS).isEmpty());
            network.passLate();
        }
        assertThat(both.get(SOON)).isEqualTo("580002");
    }

    @Test
    void theCallCanBeCancelledAndTheNextOneWorks() throws Exception {
        network.silence(ANSWERS);
        network.hold();
        try (Statement statement = connection.createStatement()) {
            Running<Boolean> call = Running.start(() -> statement.execute(RELAYED));
            Await.until("the driver connects", SOON, () -> network.held() > 0);
            network.pass();
            Await.until("it is cancelled", SOON, () -> {
                statement.cancel();
                return call.isDone();
            });
            assertThat(call.failure(SOON).getSQLState()).isEqualTo("57014");
            assertThat(Running.start(() -> Sql.value(connection, RELAYED)).get(SOON)).isEqualTo("1");
        }
    }
}
