package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Replication;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Jobs for standbys that do not answer. */
@NotAmongTraps("about servers that keep silent; others send the same SQL")
class StandbySilenceIT extends WithStandby {

    @Test
    void aSilentHostHoldsUpOneLaunch() throws Exception {
        try (Forwarder silent = new Forwarder(servers.standby().rawUrl())) {
            silent.hold();
            String address = silent.address();
            try (Connection connection = connect(address, PREFER, "connectTimeout=1", "sslmode=disable")) {
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(silent.held()).isEqualTo(1);
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                // remembered for hostRecheckSeconds
                assertThat(silent.held()).isEqualTo(1);
            }
            try (Connection connection = connect(address, SECONDARY, "connectTimeout=1", "sslmode=disable")) {
                assertNone(connection, address + " lets nobody in within 1 s");
            }
            silent.pass();
            try (Connection connection = connect(address, PREFER, "hostRecheckSeconds=0")) {
                assertThat(job(connection, RECOVERY)).isEqualTo("true");
            }
        }
    }

    /** What ends a wait ends the launch, and no other server is tried. */
    @Test
    void theSearchEndsWithTheStatement() throws Exception {
        try (Forwarder silent = new Forwarder(servers.standby().rawUrl());
                Forwarder next = new Forwarder(servers.standby().rawUrl())) {
            silent.hold();
            next.hold();
            try (Connection connection = connect(silent.address() + ',' + next.address(), PREFER, "connectTimeout=60",
                    "sslmode=disable")) {
                Sql.run(connection, "SET statement_timeout = '300ms'");
                assertThat(Sql.stateOf(connection, LAUNCH)).isEqualTo("57014");
                assertThat(Sql.stateOf(connection, "SELECT abs(pg_background_launch('SELECT 1'))")).isEqualTo("57014");
                assertThat(silent.held()).isEqualTo(2);
                Sql.run(connection, "SET statement_timeout = 0");
                Statement statement = connection.createStatement();
                Running<Boolean> launching = Running.start(() -> statement.execute(LAUNCH));
                Await.until("it connects", PATIENCE, () -> silent.held() == 3 || launching.isDone());
                statement.cancel();
                assertThat(launching.failure(PATIENCE).getSQLState()).isEqualTo("57014");
                assertThat(next.held()).isZero();
            }
        }
    }

    /** The same while the launcher's server is to write its log, over a connection that it does not let in. */
    @Test
    void theSearchEndsBeforeItHasBegun() throws Exception {
        try (Forwarder primary = new Forwarder(servers.primary().rawUrl());
                Forwarder standby = new Forwarder(servers.standby().rawUrl());
                Connection connection = DriverManager.getConnection(Replication.url(List.of(primary.address(),
                        standby.address()), PREFER, "connectTimeout=60", "sslmode=disable"));
                Connection writer = servers.primary().connectRaw()) {
            Sql.run(connection, "SET statement_timeout = '300ms'");
            primary.hold();
            standby.hold();
            writer.setAutoCommit(false);
            Sql.run(writer, "CREATE TABLE unwritten (n int)");
            assertThat(Sql.stateOf(connection, LAUNCH)).isEqualTo("57014");
            assertThat(primary.held()).isEqualTo(1);
            assertThat(standby.held()).isZero();
            writer.rollback();
        }
    }

    @Test
    void aHostThatFallsSilentHoldsUpOneLaunch() throws Exception {
        try (Forwarder link = new Forwarder(servers.standby().rawUrl())) {
            String address = link.address();
            try (Connection connection = connect(address, PREFER, "connectTimeout=1", "sslmode=disable")) {
                int first = Sql.launch(connection, RECOVERY);
                int second = Sql.launch(connection, RECOVERY);
                assertThat(Sql.result(connection, first)).containsExactly("true");
                assertThat(Sql.result(connection, second)).containsExactly("true");
                link.silenceAll();
                link.hold();
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(job(connection, RECOVERY)).isEqualTo("false");
                assertThat(link.held()).isEqualTo(1);
            }
        }
    }
}
