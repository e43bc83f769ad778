package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A statement that calls functions on the server does not wait for ever for the connection that its answers need. */
class SilentServerIT {

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static final String CALL = "SELECT 1, pg_background_cancel_all()";
    private static final Duration SOON = Duration.ofSeconds(5);

    private final TestDatabase database;
    private Forwarder network;
    private Connection connection;
    private Statement statement;

    SilentServerIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void connect() throws Exception {
        network = new Forwarder(database.jdbcUrl());
        // a login of its own keeps no connection from the tests before
        connection = DriverManager.getConnection(network.url());
        statement = connection.createStatement();
        network.hold();
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
        network.close();
    }

    private Running<Boolean> waiting() throws Exception {
        Running<Boolean> running = Running.start(() -> statement.execute(CALL));
        Await.until("the driver connects", SOON, () -> network.held() > 0);
        return running;
    }

    /** The session is as it was, and what its connection does is answered. */
    private void assertIsUsable() throws SQLException {
        assertThat(Sql.value(connection, "SELECT 7")).isEqualTo("7");
    }

    @Test
    void cancellingEndsTheWait() throws Exception {
        Running<Boolean> running = waiting();
        statement.cancel();
        assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
        assertIsUsable();
    }

    @Test
    void theQueryTimeOutEndsTheWait() throws Exception {
        statement.setQueryTimeout(1);
        assertThat(waiting().failure(SOON).getSQLState()).isEqualTo("57014");
        assertIsUsable();
    }

    @Test
    void theStatementTimeOutEndsTheWait() throws Exception {
        statement.execute("SET statement_timeout = '300ms'");
        SQLException failure = waiting().failure(SOON);
        assertThat(failure.getSQLState()).isEqualTo("57014");
        assertThat(failure.getMessage()).contains("statement timeout");
        assertIsUsable();
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        Thread[] thread = new Thread[1];
        Running<Boolean> running = Running.start(() -> {
            thread[0] = Thread.currentThread();
            return statement.execute(CALL);
        });
        Await.until("the driver connects", SOON, () -> network.held() > 0);
        thread[0].interrupt();
        assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
        assertIsUsable();
    }

    @Test
    void abortingTheConnectionEndsTheWait() throws Exception {
        Running<Boolean> running = waiting();
        connection.abort(Runnable::run);
        assertThat(running.failure(SOON).getSQLState()).startsWith("08");
    }
}
