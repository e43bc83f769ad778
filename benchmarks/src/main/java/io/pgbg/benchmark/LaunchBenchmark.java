package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Launching {@code SELECT 1} and reading its result, with a worker that is warm, beside what one would write without
 * the driver. Before each launch another connection works for a moment, as it would in an application: whatever the
 * driver does behind a launch neither helps nor hinders the next one.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class LaunchBenchmark {

    private static final String JOB = "SELECT 1";
    private static final String NESTED =
            "SELECT * FROM pg_background_result(pg_background_launch('" + JOB + "')) AS (a int)";

    /** A launch and a result, prepared. */
    private static final class PreparedPair {

        private final PreparedStatement launch;
        private final PreparedStatement result;

        PreparedPair(Connection connection) throws SQLException {
            launch = connection.prepareStatement("SELECT pg_background_launch(?)");
            result = connection.prepareStatement("SELECT * FROM pg_background_result(?) AS (a int)");
        }

        int run() throws SQLException {
            launch.setString(1, JOB);
            int pid = onlyInt(launch.executeQuery());
            result.setInt(1, pid);
            return onlyInt(result.executeQuery());
        }
    }

    /** The pair on a connection whose jobs take over all settings. */
    @State(Scope.Benchmark)
    public static class Calls {

        private PreparedPair pair;

        @Setup(Level.Trial)
        public void prepare(Clients.Ours client) throws SQLException {
            pair = new PreparedPair(client.connection);
        }
    }

    /** The pair on a connection whose jobs take over no settings. */
    @State(Scope.Benchmark)
    public static class CallsWithoutSettings {

        private PreparedPair pair;

        @Setup(Level.Trial)
        public void prepare(Clients.OursWithoutSettings client) throws SQLException {
            pair = new PreparedPair(client.connection);
        }
    }

    /** A second connection and a thread that executes on it. */
    @State(Scope.Benchmark)
    public static class SecondConnection {

        private Connection connection;
        private ExecutorService threads;

        @Setup(Level.Trial)
        public void open() throws SQLException {
            connection = Server.connect("");
            threads = Executors.newCachedThreadPool();
        }

        private int run() throws SQLException, ExecutionException, InterruptedException {
            try (Statement statement = connection.createStatement()) {
                return onlyInt(threads.submit(() -> statement.executeQuery(JOB)).get());
            }
        }

        @TearDown(Level.Trial)
        public void close() throws SQLException {
            threads.shutdown();
            connection.close();
        }
    }

    /** Something else that the application does between two launches. */
    @State(Scope.Benchmark)
    public static class Between {

        private static final int QUERIES = 3;

        private Connection connection;

        @Setup(Level.Trial)
        public void open() throws SQLException {
            connection = Server.connect("");
        }

        @Setup(Level.Invocation)
        public void work() throws SQLException {
            for (int i = 0; i < QUERIES; i++) {
                query(connection, JOB);
            }
        }

        @TearDown(Level.Trial)
        public void close() throws SQLException {
            connection.close();
        }
    }

    /** What fetches from dblink. */
    @State(Scope.Benchmark)
    public static class DblinkResult {

        private PreparedStatement statement;

        @Setup(Level.Trial)
        public void prepare(Dblink dblink) throws SQLException {
            statement = dblink.prepareResult("a int");
        }
    }

    /** No background at all. */
    @Benchmark
    public int plainQuery(Clients.Raw client, Between between) throws SQLException {
        return query(client.connection, JOB);
    }

    /** A thread executes on a second connection, the caller waits for it. */
    @Benchmark
    @ComparedWith("plainQuery")
    public int handWritten(SecondConnection second, Between between)
            throws SQLException, ExecutionException, InterruptedException {
        return second.run();
    }

    /** A plain query, then the same. */
    @Benchmark
    @ComparedWith("plainQuery")
    public int handWrittenAfterQuery(SecondConnection second, Clients.Raw client, Between between)
            throws SQLException, ExecutionException, InterruptedException {
        return query(client.connection, JOB) + second.run();
    }

    /** One statement with the launch inside the result, from the text each time. */
    @Benchmark
    @ComparedWith({"plainQuery", "handWritten", "dblink"})
    public int oursNested(Clients.Ours client, Between between) throws SQLException {
        return query(client.connection, NESTED);
    }

    /** The same; the job takes over no settings. */
    @Benchmark
    @ComparedWith({"plainQuery", "handWritten", "dblink"})
    public int oursNestedWithoutSettings(Clients.OursWithoutSettings client, Between between) throws SQLException {
        return query(client.connection, NESTED);
    }

    /** Two prepared statements, one for the launch and one for the result. */
    @Benchmark
    @ComparedWith({"plainQuery", "handWritten", "dblink"})
    public int oursPrepared(Calls calls, Between between) throws SQLException {
        return calls.pair.run();
    }

    /** The same; the job takes over no settings. */
    @Benchmark
    @ComparedWith({"plainQuery", "handWritten", "dblink"})
    public int oursPreparedWithoutSettings(CallsWithoutSettings calls, Between between) throws SQLException {
        return calls.pair.run();
    }

    /** A plain query on the launching connection, then a launch, which asks what the query has left of the session. */
    @Benchmark
    @ComparedWith("handWrittenAfterQuery")
    public int oursNestedAfterQuery(Clients.Ours client, Between between) throws SQLException {
        return query(client.connection, JOB) + query(client.connection, NESTED);
    }

    /** The same; the job takes over no settings. */
    @Benchmark
    @ComparedWith("handWrittenAfterQuery")
    public int oursNestedWithoutSettingsAfterQuery(Clients.OursWithoutSettings client, Between between)
            throws SQLException {
        return query(client.connection, JOB) + query(client.connection, NESTED);
    }

    /** A query sent over a connection that dblink keeps open. */
    @Benchmark
    @ComparedWith({"plainQuery", "handWritten"})
    public int dblink(Dblink dblink, DblinkResult result, Between between) throws SQLException {
        dblink.send(JOB);
        int value = onlyInt(result.statement.executeQuery());
        // dblink wants to be asked until there is nothing left
        result.statement.executeQuery().close();
        return value;
    }

    private static int query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return onlyInt(statement.executeQuery(sql));
        }
    }

    private static int onlyInt(ResultSet rows) throws SQLException {
        try (rows) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
