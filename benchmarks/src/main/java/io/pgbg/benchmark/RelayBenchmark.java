package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
 * Launching {@code SELECT 1} and reading its result on the server, where functions ask the driver for both, beside the
 * same as a statement that the driver answers. Worker, functions and the connection for the answers are warm.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class RelayBenchmark {

    private static final String JOB = "SELECT 1";
    private static final String DIRECT =
            "SELECT * FROM pg_background_result(pg_background_launch('" + JOB + "')) AS (n int)";
    private static final String BODY = "DECLARE value int; BEGIN SELECT n INTO STRICT value FROM pg_background_result("
            + "pg_background_launch('" + JOB + "')) AS (n int); ";
    private static final String BLOCK = "DO $$ " + BODY + "END $$";
    private static final String FUNCTION = "CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$ " + BODY
            + "RETURN value; END $$";
    private static final String HIDDEN = "SELECT one()";
    private static final String SIXTEEN = "DO $$ DECLARE pids int[]; value int; BEGIN FOR i IN 1 .. 16 LOOP pids[i] :="
            + " pg_background_launch('" + JOB + "'); END LOOP; FOR i IN 1 .. 16 LOOP SELECT n INTO STRICT value FROM"
            + " pg_background_result(pids[i]) AS (n int); END LOOP; END $$";
    private static final String SIXTEEN_BY_DBLINK = "DO $$ DECLARE value int; BEGIN FOR i IN 1 .. 16 LOOP PERFORM"
            + " dblink_connect('b' || i, (SELECT text FROM dblink_target)); PERFORM dblink_send_query('b' || i, '" + JOB
            + "'); END LOOP; FOR i IN 1 .. 16 LOOP SELECT n INTO STRICT value FROM dblink_get_result('b' || i) AS"
            + " (n int); PERFORM dblink_disconnect('b' || i); END LOOP; END $$";
    private static final String LIST = "SELECT count(*) FROM pg_background_list";

    /** A session in a database in which the functions are installed, and a function that calls them. */
    @State(Scope.Benchmark)
    public static class Installed {

        private OwnDatabase database;
        private Connection connection;

        @Setup(Level.Trial)
        public void open() throws SQLException {
            database = new OwnDatabase();
            database.install();
            connection = database.connectOurs();
            try (Statement statement = connection.createStatement()) {
                statement.execute(FUNCTION);
            }
        }

        @TearDown(Level.Trial)
        public void close() throws SQLException {
            connection.close();
            database.close();
        }
    }

    /** A session that has called nothing yet. */
    @State(Scope.Benchmark)
    public static class NewSession {

        private Connection connection;

        @Setup(Level.Invocation)
        public void open() throws SQLException {
            connection = Server.connectOurs();
            query(connection, JOB);
        }

        @TearDown(Level.Invocation)
        public void close() throws SQLException {
            connection.close();
        }
    }

    /** A session with dblink, and where it is to connect to. */
    @State(Scope.Benchmark)
    public static class DblinkTarget {

        private Connection connection;

        @Setup(Level.Trial)
        public void open(Dblink dblink) throws SQLException {
            connection = Server.connect("");
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TEMP TABLE dblink_target AS SELECT '" + dblink.target().replace("'", "''")
                        + "'::text AS text");
            }
        }

        @TearDown(Level.Trial)
        public void close() throws SQLException {
            connection.close();
        }
    }

    /** No background at all. */
    @Benchmark
    public int plainQuery(Clients.Raw client) throws SQLException {
        return query(client.connection, JOB);
    }

    /** A statement that is nothing but the call, which the driver answers. */
    @Benchmark
    @ComparedWith("plainQuery")
    public int direct(Clients.Ours client) throws SQLException {
        return query(client.connection, DIRECT);
    }

    /** A DO block with the calls in it, answered by functions that live as long as the session. */
    @Benchmark
    @ComparedWith({"plainQuery", "direct"})
    public boolean block(Clients.Ours client) throws SQLException {
        return execute(client.connection, BLOCK);
    }

    /** The same block where the functions are installed. */
    @Benchmark
    @ComparedWith({"plainQuery", "direct", "block"})
    public boolean blockWithInstalled(Installed session) throws SQLException {
        return execute(session.connection, BLOCK);
    }

    /** A function that calls installed ones, which the statement does not show: the driver has to find out. */
    @Benchmark
    @ComparedWith({"plainQuery", "direct", "block"})
    public int hiddenInFunction(Installed session) throws SQLException {
        return query(session.connection, HIDDEN);
    }

    /** The first such block of a session whose workers and connection for answers are there. */
    @Benchmark
    @ComparedWith({"plainQuery", "block"})
    public boolean firstBlock(NewSession session) throws SQLException {
        return execute(session.connection, BLOCK);
    }

    /** Sixteen launches and then their results in one block. */
    @Benchmark
    @ComparedWith({"plainQuery", "block", "sixteenByDblink"})
    public boolean sixteen(Clients.Ours client) throws SQLException {
        return execute(client.connection, SIXTEEN);
    }

    /** Sixteen connections of dblink, opened and closed, which is what keeps the work apart as a job is. */
    @Benchmark
    @ComparedWith({"plainQuery", "block"})
    public boolean sixteenByDblink(DblinkTarget target) throws SQLException {
        return execute(target.connection, SIXTEEN_BY_DBLINK);
    }

    /** The view of the attached jobs in a query, while there are none. */
    @Benchmark
    @ComparedWith("plainQuery")
    public int list(Clients.Ours client) throws SQLException {
        return query(client.connection, LIST);
    }

    private static int query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }
}
