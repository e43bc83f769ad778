package io.pgbg.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobState;
import io.pgbg.PgbgConnection;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that use the driver in all ways at once, while a test breaks something. Each job inserts a number of its own
 * into the table {@code done}: once if its caller was told that it has ended well, otherwise at most once.
 */
final class Load {

    private static final int ROWS = 2_000;
    private static final int SECONDS_TO_ANSWER = 20;

    private final String url;
    private final AtomicLong numbers = new AtomicLong();
    private final Set<Long> promised = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
    private final List<Running<Void>> threads = new ArrayList<>();
    private volatile boolean over;

    /** @param url for the driver under test, of a database with the table */
    Load(String url) {
        this.url = url;
    }

    /** Makes the table. */
    static void prepare(Connection raw) throws SQLException {
        Sql.run(raw, "DROP TABLE IF EXISTS done; CREATE TABLE done (n bigint)");
    }

    /** What a caller does over a connection, for which a job inserts a number. */
    private enum Deed {

        LAUNCH {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT * FROM pg_background_result(pg_background_launch(?)) AS r(n bigint)")) {
                    statement.setString(1, insert(number) + " RETURNING n");
                    try (ResultSet rows = statement.executeQuery()) {
                        assertThat(Sql.rows(rows)).containsExactly(Long.toString(number));
                        return true;
                    }
                }
            }
        },

        MANY_ROWS {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                assertThat(Sql.rows(connection, "SELECT * FROM pg_background_result(pg_background_launch('"
                        + insert(number) + "; SELECT repeat(''x'', 100) FROM generate_series(1, " + ROWS
                        + ")', 4096)) AS r(x text)")).hasSize(ROWS);
                return true;
            }
        },

        SUBMIT {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                return connection.unwrap(PgbgConnection.class).submit(insert(number)).await().state()
                        == JobState.STOPPED;
            }
        },

        BLOCK {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                Sql.run(connection, "DO $$ DECLARE v bigint; BEGIN SELECT n INTO v FROM pg_background_result("
                        + "pg_background_launch('" + insert(number) + " RETURNING n')) AS r(n bigint); IF v <> "
                        + number + " THEN RAISE 'another row'; END IF; END $$");
                return true;
            }
        },

        ROWS_FOR_THE_SERVER {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                assertThat(Sql.value(connection, "SELECT count(*) FROM pg_background_result(pg_background_launch('"
                        + insert(number) + "; SELECT repeat(''x'', 100) FROM generate_series(1, " + ROWS
                        + ")')) AS r(x text)")).isEqualTo(Integer.toString(ROWS));
                return true;
            }
        },

        CANCEL {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SELECT * FROM pg_background_launch_v2('"
                                + insert(number) + "; SELECT pg_sleep(60)')")) {
                    row.next();
                    Sql.run(connection, "SELECT pg_background_cancel_v2(" + row.getInt(1) + ", " + row.getLong(2)
                            + ")");
                }
                return false;
            }
        };

        /** @return whether the job has ended well for sure */
        abstract boolean over(Connection connection, long number) throws SQLException;

        static String insert(long number) {
            return "INSERT INTO done VALUES (" + number + ")";
        }
    }

    /** Lets so many threads begin. */
    void start(int count) {
        for (int i = 0; i < count; i++) {
            Random random = new Random(i);
            threads.add(Running.start(() -> {
                work(random);
                return null;
            }));
        }
    }

    private void work(Random random) throws InterruptedException {
        while (!over) {
            try (Connection connection = DriverManager.getConnection(url)) {
                for (int i = random.nextInt(30); i >= 0 && !over; i--) {
                    attempt(connection, Deed.values()[random.nextInt(Deed.values().length)]);
                }
            } catch (SQLException e) {
                // what a lost connection is to be told with is compared where the deed has failed
                count("connections lost");
                Thread.sleep(random.nextInt(50));
            }
        }
    }

    private void attempt(Connection connection, Deed deed) throws SQLException {
        long number = numbers.incrementAndGet();
        try {
            if (deed.over(connection, number)) {
                promised.add(number);
            }
            count("done");
        } catch (SQLException e) {
            count(deed + " " + e.getSQLState());
            if (e.getSQLState() == null || e.getSQLState().length() != 5) {
                wrong.add(e);
            }
            if (!connection.isValid(SECONDS_TO_ANSWER)) {
                throw e;
            }
        } catch (RuntimeException | Error e) {
            wrong.add(e);
        }
    }

    private void count(String what) {
        counts.computeIfAbsent(what, key -> new AtomicInteger()).incrementAndGet();
    }

    /** How many jobs have ended well so far. */
    int successes() {
        return promised.size();
    }

    /**
     * Has the threads end after what they do at the moment.
     *
     * @param bound in which each of them must have ended
     */
    void end(Duration bound) throws Exception {
        over = true;
        for (Running<Void> thread : threads) {
            thread.get(bound);
        }
    }

    /** Compares what the callers were told with what is there. */
    void verify(Connection raw) throws SQLException {
        assertThat(wrong).as("what must not happen, besides " + new TreeMap<>(counts)).isEmpty();
        assertThat(Sql.rows(raw, "SELECT n FROM done GROUP BY n HAVING count(*) > 1")).as("done twice").isEmpty();
        Set<Long> lost = ConcurrentHashMap.newKeySet();
        lost.addAll(promised);
        Sql.rows(raw, "SELECT n FROM done").forEach(number -> lost.remove(Long.valueOf(number)));
        assertThat(lost).as("lost of " + promised.size()).isEmpty();
    }

    @Override
    public String toString() {
        return numbers + " jobs " + new TreeMap<>(counts);
    }
}
