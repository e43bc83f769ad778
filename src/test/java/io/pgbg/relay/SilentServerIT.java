package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
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
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A statement does not wait for ever for a connection that its answers need, or its job. */
@AlsoAmongTraps
class SilentServerIT {

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static final String RELAYED = "SELECT 1, pg_background_cancel_all()";
    private static final String DIRECT = "SELECT pg_background_launch('SELECT 1')";
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
        // the port is another one each time, and so no connection of a test before is kept for this one
        connection = DriverManager.getConnection(network.url());
        statement = connection.createStatement();
        network.hold();
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
        network.close();
    }

    private Running<Boolean> waiting(String sql) throws Exception {
        Running<Boolean> running = Running.start(() -> statement.execute(sql));
        Await.until("the driver connects", SOON, () -> network.held() > 0);
        return running;
    }

    /** The session is as it was, and what its connection does is answered. */
    private void assertIsUsable() throws SQLException {
        assertThat(Sql.value(connection, "SELECT 7")).isEqualTo("7");
    }

    @ParameterizedTest
    @ValueSource(strings = {RELAYED, DIRECT})
    void cancellingEndsTheWait(String sql) throws Exception {
        Running<Boolean> running = waiting(sql);
        statement.cancel();
        assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
        assertIsUsable();
    }

    @ParameterizedTest
    @ValueSource(strings = {RELAYED, DIRECT})
    void theQueryTimeOutEndsTheWait(String sql) throws Exception {
        statement.setQueryTimeout(1);
        assertThat(waiting(sql).failure(SOON).getSQLState()).isEqualTo("57014");
        assertIsUsable();
    }

    @ParameterizedTest
    @ValueSource(strings = {RELAYED, DIRECT})
    void theStatementTimeOutEndsTheWait(String sql) throws Exception {
        statement.execute("SET statement_timeout = '300ms'");
        SQLException failure = waiting(sql).failure(SOON);
        assertThat(failure.getSQLState()).isEqualTo("57014");
        assertThat(failure.getMessage()).contains("statement timeout");
        assertIsUsable();
    }

    @ParameterizedTest
    @ValueSource(strings = {RELAYED, DIRECT})
    void anInterruptEndsTheWait(String sql) throws Exception {
        Thread[] thread = new Thread[1];
        Running<Boolean> running = Running.start(() -> {
            thread[0] = Thread.currentThread();
            return statement.execute(sql);
        });
        Await.until("the driver connects", SOON, () -> network.held() > 0);
        thread[0].interrupt();
        assertThat(running.failure(SOON).getSQLState()).isEqualTo("57014");
        assertIsUsable();
    }

    @ParameterizedTest
    @ValueSource(strings = {RELAYED, DIRECT})
    void abortingTheConnectionEndsTheWait(String sql) throws Exception {
        Running<Boolean> running = waiting(sql);
        connection.abort(Runnable::run);
        assertThat(running.failure(SOON).getSQLState()).startsWith("08");
    }
}
