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
import org.openjdk.jmh.annotations.Warmup;

/** Executing statements without a call of the driver's functions: one round trip, to which nothing may be added. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class PlainExecuteBenchmark {

    private static final String QUERY = "SELECT 1";
    private static final String UPDATE = "UPDATE counter SET value = value + 1 WHERE id = 1";

    /** A table with one row, in the session of the PostgreSQL driver alone. */
    @State(Scope.Benchmark)
    public static class RawTable {

        @Setup(Level.Trial)
        public void create(Clients.Raw client) throws SQLException {
            createTable(client.connection);
        }
    }

    /** A table with one row, in the session of the driver that is measured. */
    @State(Scope.Benchmark)
    public static class OursTable {

        @Setup(Level.Trial)
        public void create(Clients.Ours client) throws SQLException {
            createTable(client.connection);
        }
    }

    @Benchmark
    public int rawQuery(Clients.Raw client) throws SQLException {
        return query(client.connection);
    }

    @Benchmark
    @ComparedWith("rawQuery")
    public int oursQuery(Clients.Ours client) throws SQLException {
        return query(client.connection);
    }

    @Benchmark
    public int rawUpdate(Clients.Raw client, RawTable table) throws SQLException {
        return update(client.connection);
    }

    @Benchmark
    @ComparedWith("rawUpdate")
    public int oursUpdate(Clients.Ours client, OursTable table) throws SQLException {
        return update(client.connection);
    }

    private static void createTable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMPORARY TABLE counter (id int PRIMARY KEY, value int8)");
            statement.execute("INSERT INTO counter VALUES (1, 0)");
        }
    }

    private static int query(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(QUERY)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static int update(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(UPDATE);
        }
    }
}
