package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Executing a plain query and reading its 200 000 rows, which no driver in between should slow down. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class ReadBenchmark {

    private static final String QUERY = "SELECT i, i::int8 * 1000000007, 'name of row ' || lpad(i::text, 8, '0') "
            + "FROM generate_series(1, 200000) AS s (i)";

    @Benchmark
    public void raw(Clients.Raw client, Blackhole sink) throws SQLException {
        read(client.connection, sink);
    }

    @Benchmark
    @ComparedWith("raw")
    public void ours(Clients.Ours client, Blackhole sink) throws SQLException {
        read(client.connection, sink);
    }

    @Benchmark
    @ComparedWith("raw")
    public void p6spy(Clients.P6Spy client, Blackhole sink) throws SQLException {
        read(client.connection, sink);
    }

    /** Hands out the PostgreSQL driver's own result sets. */
    @Benchmark
    @ComparedWith("raw")
    public void datasourceProxy(Clients.DatasourceProxy client, Blackhole sink) throws SQLException {
        read(client.connection, sink);
    }

    @Benchmark
    @ComparedWith("raw")
    public void datasourceProxyOfResultSets(Clients.DatasourceProxyOfResultSets client, Blackhole sink)
            throws SQLException {
        read(client.connection, sink);
    }

    private static void read(Connection connection, Blackhole sink) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(QUERY)) {
            while (rows.next()) {
                sink.consume(rows.getInt(1));
                sink.consume(rows.getLong(2));
                sink.consume(rows.getString(3));
            }
        }
    }
}
