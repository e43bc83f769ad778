package io.pgbg.benchmark;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many jobs a second one JVM runs when so many threads launch one after the other and read its result, beside a
 * pool that is written by hand: HikariCP and an executor.
 *
 * <p>In each round all ways are measured one after the other, so that what is compared has run at the same time of day.
 * Prints the medians of the rounds, and of the rounds' ratios to the pool that resets its connections. Arguments:
 * seconds of a measurement (3), rounds (3), numbers of threads (1,4,16,64), ways (all).
 */
public final class Throughput {

    private static final String TABLE = "pgbg_throughput";

    private final long nanos;
    private final int rounds;
    private final int[] threads;
    private final Set<Kind> kinds;

    private Throughput(int seconds, int rounds, int[] threads, Set<Kind> kinds) {
        this.nanos = TimeUnit.SECONDS.toNanos(seconds);
        this.rounds = rounds;
        this.threads = threads;
        this.kinds = EnumSet.copyOf(kinds);
        // what the others are compared with
        this.kinds.add(Kind.RESET);
    }

    /** What a job does, and how often its result must be. */
    private enum Job {

        SELECT("SELECT 1", "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1')) AS (x integer)"),
        INSERT("INSERT INTO " + TABLE + " VALUES (1)", "SELECT * FROM pg_background_result(pg_background_launch("
                + "'INSERT INTO " + TABLE + " VALUES (1)')) AS (x text)");

        final String sql;
        final String call;

        Job(String sql, String call) {
            this.sql = sql;
            this.call = call;
        }
    }

    /** One thread's way to run a job. */
    private interface Client extends AutoCloseable {

        void run() throws Exception;

        @Override
        default void close() throws SQLException {
        }
    }

    /** A way to run jobs in the background, for a number of threads. */
    private interface Way extends AutoCloseable {

        Client client(Job job) throws SQLException;

        @Override
        default void close() throws SQLException {
        }
    }

    /** The ways that are compared. */
    private enum Kind {

        BARE {
            @Override
            Way open(int threads) {
                return new Pool(threads, false);
            }
        },
        RESET {
            @Override
            Way open(int threads) {
                return new Pool(threads, true);
            }
        },
        ALL_SETTINGS {
            @Override
            Way open(int threads) {
                return new Ours();
            }
        },
        NO_SETTINGS {
            @Override
            Way open(int threads) {
                return new Ours("pgbgInheritSettings=none");
            }
        },
        ALL_SETTINGS_64_IDLE {
            @Override
            Way open(int threads) {
                return new Ours("pgbgIdleWorkers=64");
            }
        },
        NO_SETTINGS_64_IDLE {
            @Override
            Way open(int threads) {
                return new Ours("pgbgInheritSettings=none", "pgbgIdleWorkers=64");
            }
        };

        abstract Way open(int threads);
    }

    /** HikariCP and an executor; resets a connection and sets what a job is to take over, or neither. */
    private static final class Pool implements Way {

        private static final String SETTINGS = "SET search_path TO \"$user\", public; SET \"TimeZone\" TO 'UTC';"
                + " SET \"DateStyle\" TO 'ISO, MDY'; SET statement_timeout TO 0; SET lock_timeout TO 0";

        private final HikariDataSource connections;
        private final ExecutorService executor;
        private final boolean resets;

        Pool(int threads, boolean resets) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(Server.url());
            config.setMaximumPoolSize(threads);
            this.connections = new HikariDataSource(config);
            this.executor = Executors.newFixedThreadPool(threads);
            this.resets = resets;
        }

        @Override
        public Client client(Job job) {
            return () -> executor.submit(() -> runOnOne(job)).get();
        }

        private Void runOnOne(Job job) throws SQLException {
            try (Connection connection = connections.getConnection(); Statement statement = connection.createStatement()) {
                if (resets) {
                    statement.execute("DISCARD ALL");
                    statement.execute(SETTINGS);
                }
                if (statement.execute(job.sql)) {
                    readOne(statement.getResultSet());
                }
            }
            return null;
        }

        @Override
        public void close() {
            executor.shutdown();
            connections.close();
        }
    }

    /** The driver; each thread launches from a connection of its own. */
    private static final class Ours implements Way {

        private final String[] parameters;

        Ours(String... parameters) {
            this.parameters = parameters;
        }

        @Override
        public Client client(Job job) throws SQLException {
            Connection connection = Server.connectOurs(parameters);
            return new Client() {
                @Override
                public void run() throws SQLException {
                    try (Statement statement = connection.createStatement()) {
                        readOne(statement.executeQuery(job.call));
                    }
                }

                @Override
                public void close() throws SQLException {
                    connection.close();
                }
            };
        }

        @Override
        public void close() throws SQLException {
            // the workers of one way are not to help the next one
            io.pgbg.Driver.deregister();
            io.pgbg.Driver.register();
        }
    }

    private static void readOne(ResultSet rows) throws SQLException {
        try (rows) {
            if (!rows.next() || rows.next()) {
                throw new IllegalStateException("A job must have one row");
            }
        }
    }

    /** Jobs a second. */
    private double measure(Kind kind, Job job, int number) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(number);
        List<Client> clients = new ArrayList<>();
        try (Way way = kind.open(number)) {
            for (int i = 0; i < number; i++) {
                clients.add(way.client(job));
            }
            run(callers, clients, nanos / 2);
            long start = System.nanoTime();
            long jobs = run(callers, clients, nanos);
            double seconds = (System.nanoTime() - start) / 1e9;
            for (Client client : clients) {
                client.close();
            }
            return jobs / seconds;
        } finally {
            callers.shutdown();
        }
    }

    private static long run(ExecutorService callers, List<Client> clients, long nanos) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Future<Long>> counts = new ArrayList<>();
        for (Client client : clients) {
            counts.add(callers.submit(() -> {
                long count = 0;
                while (!stop.get()) {
                    client.run();
                    count++;
                }
                return count;
            }));
        }
        TimeUnit.NANOSECONDS.sleep(nanos);
        stop.set(true);
        long sum = 0;
        for (Future<Long> count : counts) {
            sum += count.get();
        }
        return sum;
    }

    private void compare(Job job, int number) throws Exception {
        Map<Kind, List<Double>> rates = new EnumMap<>(Kind.class);
        for (int round = 0; round < rounds; round++) {
            for (Kind kind : kinds) {
                rates.computeIfAbsent(kind, key -> new ArrayList<>()).add(measure(kind, job, number));
            }
        }
        rates.forEach((kind, measured) -> {
            List<Double> ratios = IntStream.range(0, rounds)
                    .mapToObj(round -> measured.get(round) / rates.get(Kind.RESET).get(round)).sorted().toList();
            System.out.printf("%-6s %2d threads %-20s %6.0f jobs/s, %.2f x RESET (%.2f to %.2f)%n", job, number, kind,
                    median(measured), median(ratios), ratios.get(0), ratios.get(rounds - 1));
        });
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().collect(Collectors.toList()).get(values.size() / 2);
    }

    /** Has the JVM compile what all ways need, which it would otherwise do while the first ones are measured. */
    private void warmUp() throws Exception {
        for (int i = 0; i < 2; i++) {
            for (Kind kind : kinds) {
                measure(kind, Job.INSERT, 16);
            }
        }
    }

    private void run() throws Exception {
        try (Connection connection = Server.connect(""); Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS " + TABLE);
            statement.execute("CREATE TABLE " + TABLE + " (n integer)");
            warmUp();
            for (Job job : Job.values()) {
                for (int number : threads) {
                    compare(job, number);
                }
            }
            statement.execute("DROP TABLE " + TABLE);
        }
    }

    /** Runs the comparison. */
    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        String threads = arguments.length > 2 ? arguments[2] : "1,4,16,64";
        Set<Kind> kinds = arguments.length > 3
                ? Arrays.stream(arguments[3].split(",")).map(Kind::valueOf).collect(Collectors.toSet())
                : EnumSet.allOf(Kind.class);
        new Throughput(seconds, rounds, Arrays.stream(threads.split(",")).mapToInt(Integer::parseInt).toArray(), kinds)
                .run();
    }
}
