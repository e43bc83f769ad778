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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Executing {@code SELECT 1}, which has nothing to do with jobs, in a database where the functions are installed: any
 * statement may call them there without showing it, so the driver listens to each. And in one where they are not.
 *
 * <p>With {@code -prof gc} the bytes allocated by each execution are shown as well.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class WatchBenchmark {

    private static final String QUERY = "SELECT 1";

    /** A session in a database of its own, and a statement prepared there. */
    @State(Scope.Benchmark)
    public abstract static class Session {

        private OwnDatabase database;
        private Connection connection;
        private PreparedStatement prepared;

        @Setup(Level.Trial)
        public final void open() throws SQLException {
            database = new OwnDatabase();
            connection = connect(database);
            prepared = connection.prepareStatement(QUERY);
        }

        @TearDown(Level.Trial)
        public final void close() throws SQLException {
            connection.close();
            database.close();
        }

        abstract Connection connect(OwnDatabase own) throws SQLException;

        final int executeText() throws SQLException {
            try (Statement statement = connection.createStatement()) {
                return onlyInt(statement.executeQuery(QUERY));
            }
        }

        final int executePrepared() throws SQLException {
            return onlyInt(prepared.executeQuery());
        }

        private static int onlyInt(ResultSet rows) throws SQLException {
            try (rows) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    /** The PostgreSQL driver alone. */
    @State(Scope.Benchmark)
    public static class Raw extends Session {

        @Override
        Connection connect(OwnDatabase own) throws SQLException {
            return own.connect();
        }
    }

    /** The driver that is measured, where nothing is installed. */
    @State(Scope.Benchmark)
    public static class Unwatched extends Session {

        @Override
        Connection connect(OwnDatabase own) throws SQLException {
            return own.connectOurs();
        }
    }

    /** The driver that is measured, where the functions are installed. */
    @State(Scope.Benchmark)
    public static class Watched extends Session {

        @Override
        Connection connect(OwnDatabase own) throws SQLException {
            own.install();
            return own.connectOurs();
        }
    }

    @Benchmark
    public int rawText(Raw session) throws SQLException {
        return session.executeText();
    }

    @Benchmark
    @ComparedWith("rawText")
    public int unwatchedText(Unwatched session) throws SQLException {
        return session.executeText();
    }

    @Benchmark
    @ComparedWith({"rawText", "unwatchedText"})
    public int watchedText(Watched session) throws SQLException {
        return session.executeText();
    }

    @Benchmark
    public int rawPrepared(Raw session) throws SQLException {
        return session.executePrepared();
    }

    @Benchmark
    @ComparedWith("rawPrepared")
    public int unwatchedPrepared(Unwatched session) throws SQLException {
        return session.executePrepared();
    }

    @Benchmark
    @ComparedWith({"rawPrepared", "unwatchedPrepared"})
    public int watchedPrepared(Watched session) throws SQLException {
        return session.executePrepared();
    }
}
