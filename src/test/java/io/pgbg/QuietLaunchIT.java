package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.ClientMessages;
import io.pgbg.testkit.Forwarder;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A launch asks the session only when something was sent over its connection since it was asked last. */
@ExtendWith(PostgresExtension.class)
@NotAmongTraps("counts messages, not what they hold")
@Timeout(120)
class QuietLaunchIT {

    private static final String MARKER = "SELECT 'from here'";
    private static final String END = "SELECT 'to here'";
    /** Where the text of a simple query stands in its message. */
    private static final int TEXT = 5;
    private static final String LOOK = "SELECT pg_catalog.current_setting('statement_timeout')";

    private final TestDatabase database;

    QuietLaunchIT(TestDatabase database) {
        this.database = database;
    }

    private interface Work {

        void run(Connection connection) throws SQLException;
    }

    /** How many requests the connection sends for some work. */
    private int requests(Work work) throws Exception {
        return requests(work, "pgbgInheritSettings=all");
    }

    private int requests(Work work, String parameter) throws Exception {
        long nanos;
        int count;
        do {
            // the workers go the same way, and all have to be gone
            try (Forwarder forwarder = new Forwarder(database.jdbcUrl(parameter, "pgbgIdleTimeout=1"))) {
                DriverManager.getConnection(forwarder.url()).close();
                try (Connection through = DriverManager.getConnection(forwarder.url())) {
                    // what is asked for once only
                    work.run(through);
                    Sql.run(through, MARKER);
                    nanos = System.nanoTime();
                    work.run(through);
                    nanos = System.nanoTime() - nanos;
                    Sql.run(through, END);
                }
                count = count(forwarder.sent(1));
            }
            // what was told holds for a second: a run that took longer shows nothing
        } while (nanos > TimeUnit.SECONDS.toNanos(1));
        return count;
    }

    /** How many messages between the two markers ask for an answer. */
    private static int count(String sent) {
        int count = 0;
        boolean counting = false;
        for (String message : ClientMessages.of(sent)) {
            // a wait for a job of more than a moment looks at the time-out now and then
            boolean asks = (message.charAt(0) == 'Q' || message.charAt(0) == 'S') && !message.startsWith(LOOK, TEXT);
            counting = counting && !message.contains(END);
            count += counting && asks ? 1 : 0;
            counting = counting || message.contains(MARKER);
        }
        // the first one is the marker's
        return count - 1;
    }

    private static void launchAndRead(Connection connection) throws SQLException {
        assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1'))"
                + " AS (n int)")).containsExactly("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pgbgInheritSettings=all", "pgbgInheritSettings=none"})
    void launchesInARowAskOnce(String inherit) throws Exception {
        assertThat(requests(connection -> {
            for (int i = 0; i < 5; i++) {
                launchAndRead(connection);
            }
        }, inherit)).isEqualTo(1);
    }

    @Test
    void aWaitForAJobLeavesWhatIsKnown() throws Exception {
        assertThat(requests(connection -> {
            for (int i = 0; i < 3; i++) {
                assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                        + "'SELECT 1 FROM pg_catalog.pg_sleep(0.05)')) AS (n int)")).containsExactly("1");
            }
        })).isEqualTo(1);
    }

    @Test
    void whoSeesNothingOfWhatIsSentAsksEachTime() throws Exception {
        assertThat(requests(connection -> {
            for (int i = 0; i < 5; i++) {
                launchAndRead(connection);
            }
        }, "socketFactory=" + OwnSockets.class.getName())).isEqualTo(5);
    }

    /** An application's own; public because pgjdbc makes it. */
    public static final class OwnSockets extends SocketFactory {

        @Override
        public Socket createSocket() {
            return new Socket();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return new Socket(host, port);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return new Socket(host, port, local, localPort);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return new Socket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return new Socket(host, port, local, localPort);
        }
    }

    @Test
    void parametersOfTheRightTypesAreNotSent() throws Exception {
        assertThat(requests(connection -> {
            try (PreparedStatement launch = connection.prepareStatement("SELECT pg_background_launch(?, ?)");
                    PreparedStatement result = connection.prepareStatement("SELECT * FROM pg_background_result(?)")) {
                for (int i = 0; i < 5; i++) {
                    launch.setString(1, "SELECT " + i);
                    launch.setInt(2, 65_536);
                    try (ResultSet row = launch.executeQuery()) {
                        row.next();
                        result.setInt(1, row.getInt(1));
                    }
                    try (ResultSet row = result.executeQuery()) {
                        assertThat(Sql.rows(row)).containsExactly(Integer.toString(i));
                    }
                }
            }
        })).isEqualTo(1);
    }

    @Test
    void javaMethodsAskOnceAsWell() throws Exception {
        assertThat(requests(connection -> {
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            for (int i = 0; i < 5; i++) {
                assertThat(jobs.launch("SELECT 1").forEachRow(row -> { })).isEqualTo(1);
                assertThat(jobs.list()).isEmpty();
            }
        })).isEqualTo(1);
    }

    @Test
    void whatIsDoneWithAJobAsksOnceForTheRole() throws Exception {
        assertThat(requests(connection -> {
            int pid = Sql.launch(connection, "SELECT 1");
            Sql.run(connection, "SELECT 1");
            Sql.result(connection, pid);
        })).as("the launch, the statement, and the role").isEqualTo(3);
    }

    @Test
    void whatHasChangedMeanwhileIsTakenOver() throws Exception {
        try (Connection connection = database.connect()) {
            for (int i = 0; i < 10; i++) {
                Sql.run(connection, "SET app.n = 'value " + i / 3 + "'; SET work_mem = '" + (6 + i / 5) + "MB'");
                assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(pg_background_launch("
                        + "'SELECT current_setting(''app.n''), current_setting(''work_mem'')'))"))
                        .containsExactly("value " + i / 3 + "," + (6 + i / 5) + "MB");
            }
        }
    }
}
