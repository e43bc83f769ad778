package io.pgbg.benchmark;

import java.sql.Connection;
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
 * A million rows of four columns from a job into a table, which they reach through the driver, beside the same rows
 * from a query, which never leave the server.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class RelayRowsBenchmark {

    private static final long ROWS = 1_000_000;

    private static final String COLUMNS = "id int, number int8, name text, at timestamptz";
    private static final String QUERY = "SELECT i, i::int8 * 1000000007, 'name of row ' || lpad(i::text, 8, '0'), "
            + "timestamptz '2020-01-01 00:00:00+00' + i * interval '1 second' "
            + "FROM generate_series(1, " + ROWS + ") AS s (i)";
    private static final String JOB = "SELECT * FROM pg_background_result(pg_background_launch($job$" + QUERY
            + "$job$)) AS (" + COLUMNS + ")";

    private static final String TABLE = "pgbg_benchmark_rows";
    private static final String CREATE = "CREATE TABLE " + TABLE;

    /** A connection of its own that makes and drops what is written. */
    @State(Scope.Benchmark)
    public static class Tables {

        private Connection connection;

        @Setup(Level.Trial)
        public void open() throws SQLException {
            connection = Server.connect("");
        }

        @Setup(Level.Invocation)
        @TearDown(Level.Invocation)
        public void drop() throws SQLException {
            execute(connection, "DROP TABLE IF EXISTS " + TABLE);
            // what one run has left to write is not to disturb the next one
            execute(connection, "CHECKPOINT");
        }

        @TearDown(Level.Trial)
        public void close() throws SQLException {
            connection.close();
        }
    }

    /** On the server alone, into an empty table. */
    @Benchmark
    public long plainInsert(Clients.Raw client, Tables tables) throws SQLException {
        execute(client.connection, CREATE + " (" + COLUMNS + ")");
        return written(execute(client.connection, "INSERT INTO " + TABLE + ' ' + QUERY));
    }

    /** On the server alone, into a table made for it. */
    @Benchmark
    @ComparedWith("plainInsert")
    public long plainCreateTable(Clients.Raw client, Tables tables) throws SQLException {
        return written(execute(client.connection, CREATE + " (id, number, name, at) AS " + QUERY));
    }

    /** From a job. */
    @Benchmark
    @ComparedWith({"plainInsert", "plainCreateTable"})
    public long oursCreateTable(Clients.Ours client, Tables tables) throws SQLException {
        return written(execute(client.connection, CREATE + " AS " + JOB));
    }

    /** From a job, in a heap that all the rows together do not fit in. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Xmx64m")
    @ComparedWith({"plainInsert", "plainCreateTable", "oursCreateTable"})
    public long oursCreateTableInLittleMemory(Clients.Ours client, Tables tables) throws SQLException {
        return written(execute(client.connection, CREATE + " AS " + JOB));
    }

    private static long written(long rows) {
        if (rows != ROWS) {
            throw new IllegalStateException(rows + " rows were written");
        }
        return rows;
    }

    private static long execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeLargeUpdate(sql);
        }
    }
}
