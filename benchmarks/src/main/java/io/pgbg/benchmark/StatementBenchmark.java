package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** Making and closing statements that have nothing to do with jobs; no server is asked. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class StatementBenchmark {

    /** About fifty characters. */
    private static final String SHORT = "SELECT id, name FROM customer WHERE id = ? LIMIT 1";

    /** About 2500 characters, as object mappers write them. */
    private static final String LONG = IntStream.range(0, 53)
            .mapToObj(i -> String.format("customer_%02d.column_%02d AS column_of_customer_%02d", i, i, i))
            .collect(Collectors.joining(", ", "SELECT ", " FROM customer AS customer_00 WHERE customer_00.id = ?"));

    @Benchmark
    public PreparedStatement rawPrepareShort(Clients.Raw client) throws SQLException {
        return prepare(client.connection, SHORT);
    }

    @Benchmark
    @ComparedWith("rawPrepareShort")
    public PreparedStatement oursPrepareShort(Clients.Ours client) throws SQLException {
        return prepare(client.connection, SHORT);
    }

    @Benchmark
    @ComparedWith("rawPrepareShort")
    public PreparedStatement p6spyPrepareShort(Clients.P6Spy client) throws SQLException {
        return prepare(client.connection, SHORT);
    }

    @Benchmark
    @ComparedWith("rawPrepareShort")
    public PreparedStatement datasourceProxyPrepareShort(Clients.DatasourceProxy client) throws SQLException {
        return prepare(client.connection, SHORT);
    }

    @Benchmark
    public PreparedStatement rawPrepareLong(Clients.Raw client) throws SQLException {
        return prepare(client.connection, LONG);
    }

    @Benchmark
    @ComparedWith("rawPrepareLong")
    public PreparedStatement oursPrepareLong(Clients.Ours client) throws SQLException {
        return prepare(client.connection, LONG);
    }

    @Benchmark
    @ComparedWith("rawPrepareLong")
    public PreparedStatement p6spyPrepareLong(Clients.P6Spy client) throws SQLException {
        return prepare(client.connection, LONG);
    }

    @Benchmark
    @ComparedWith("rawPrepareLong")
    public PreparedStatement datasourceProxyPrepareLong(Clients.DatasourceProxy client) throws SQLException {
        return prepare(client.connection, LONG);
    }

    @Benchmark
    public Statement rawCreate(Clients.Raw client) throws SQLException {
        return create(client.connection);
    }

    @Benchmark
    @ComparedWith("rawCreate")
    public Statement oursCreate(Clients.Ours client) throws SQLException {
        return create(client.connection);
    }

    @Benchmark
    @ComparedWith("rawCreate")
    public Statement p6spyCreate(Clients.P6Spy client) throws SQLException {
        return create(client.connection);
    }

    @Benchmark
    @ComparedWith("rawCreate")
    public Statement datasourceProxyCreate(Clients.DatasourceProxy client) throws SQLException {
        return create(client.connection);
    }

    private static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.close();
        return statement;
    }

    private static Statement create(Connection connection) throws SQLException {
        Statement statement = connection.createStatement();
        statement.close();
        return statement;
    }
}
