package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A million rows of four columns back from a job and read, beside the same rows from a query. The benchmarks in little
 * memory have a heap that all the rows together do not fit in: a plain query without a fetch size fails there.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class RowsBenchmark {

    private static final String LITTLE_MEMORY = "-Xmx64m";
    private static final int FETCH_SIZE = 1000;

    private static final String COLUMNS = "id int, number int8, name text, at timestamptz";
    private static final String QUERY = "SELECT i, i::int8 * 1000000007, 'name of row ' || lpad(i::text, 8, '0'), "
            + "timestamptz '2020-01-01 00:00:00+00' + i * interval '1 second' "
            + "FROM generate_series(1, 1000000) AS s (i)";
    private static final String JOB = "SELECT * FROM pg_background_result(pg_background_launch($job$" + QUERY
            + "$job$)) AS (" + COLUMNS + ")";

    /** What fetches from dblink. */
    @State(Scope.Benchmark)
    public static class DblinkResult {

        private PreparedStatement statement;

        @Setup(Level.Trial)
        public void prepare(Dblink dblink) throws SQLException {
            statement = dblink.prepareResult(COLUMNS);
        }
    }

    /** All rows at once, in autocommit. */
    @Benchmark
    public long plainQuery(Clients.Raw client, Blackhole sink) throws SQLException {
        return query(client.connection, QUERY, sink);
    }

    /** With a cursor, in a transaction. */
    @Benchmark
    @ComparedWith("plainQuery")
    public long plainQueryWithFetchSize(Clients.Raw client, Blackhole sink) throws SQLException {
        return queryWithFetchSize(client.connection, sink);
    }

    /** From a job. */
    @Benchmark
    @ComparedWith({"plainQuery", "plainQueryWithFetchSize", "dblink"})
    public long ours(Clients.Ours client, Blackhole sink) throws SQLException {
        return query(client.connection, JOB, sink);
    }

    /** From a connection that dblink keeps open. */
    @Benchmark
    @ComparedWith("plainQuery")
    public long dblink(Dblink dblink, DblinkResult result, Blackhole sink) throws SQLException {
        dblink.send(QUERY);
        long rows = read(result.statement.executeQuery(), sink);
        // dblink wants to be asked until there is nothing left
        result.statement.executeQuery().close();
        return rows;
    }

    /** With a cursor, in a small heap. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = LITTLE_MEMORY)
    @ComparedWith("plainQueryWithFetchSize")
    public long plainQueryWithFetchSizeInLittleMemory(Clients.Raw client, Blackhole sink) throws SQLException {
        return queryWithFetchSize(client.connection, sink);
    }

    /** From a job, in a small heap. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = LITTLE_MEMORY)
    @ComparedWith({"plainQueryWithFetchSizeInLittleMemory", "ours"})
    public long oursInLittleMemory(Clients.Ours client, Blackhole sink) throws SQLException {
        return query(client.connection, JOB, sink);
    }

    private static long query(Connection connection, String sql, Blackhole sink) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return read(statement.executeQuery(sql), sink);
        }
    }

    private static long queryWithFetchSize(Connection connection, Blackhole sink) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(FETCH_SIZE);
            return read(statement.executeQuery(QUERY), sink);
        } finally {
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static long read(ResultSet rows, Blackhole sink) throws SQLException {
        long count = 0;
        try (rows) {
            while (rows.next()) {
                sink.consume(rows.getInt(1));
                sink.consume(rows.getLong(2));
                sink.consume(rows.getString(3));
                sink.consume(rows.getTimestamp(4));
                count++;
            }
        }
        return count;
    }
}
