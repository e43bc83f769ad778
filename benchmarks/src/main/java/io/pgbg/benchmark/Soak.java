package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Mixes everything for a given time, with faults, and looks whether something was lost, done twice or left behind.
 *
 * <p>Each job inserts a number of its own. A job of which its caller was told that it has ended well must have inserted
 * it once; any other at most once. Rows are counted and added up. Meanwhile sessions are ended at random: of jobs, of
 * connections for answers and of launchers. In the end nothing may be there: no session, lock or large object on the
 * server, no thread in the JVM.
 *
 * <p>Prints one line, and exits with 1 when something was wrong. Arguments: minutes (1), threads (8), 0 for no faults.
 */
public final class Soak {

    private static final String NAME = "pgbg_soak";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int ROWS = 500;

    private final long end;
    private final AtomicLong numbers = new AtomicLong();
    private final Set<Long> promised = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();

    private Soak(Duration time) {
        this.end = System.nanoTime() + time.toNanos();
    }

    /** Something that a caller does over a connection, for which the job inserts a number. */
    private enum Deed {

        LAUNCH {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT * FROM pg_background_result(pg_background_launch(?)) AS r(n bigint)")) {
                    statement.setString(1, insert(number) + " RETURNING n");
                    try (ResultSet rows = statement.executeQuery()) {
                        check(rows.next() && rows.getLong(1) == number && !rows.next(), "a row of a launched job");
                        return true;
                    }
                }
            }
        },

        ROWS_OF_A_JOB {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(pg_background_launch("
                                + "'" + insert(number) + "; SELECT g, repeat(''x'', 100) FROM generate_series(1, " + ROWS
                                + ") AS g', 4096)) AS r(g int, x text)")) {
                    long sum = 0;
                    while (rows.next()) {
                        sum += rows.getInt(1);
                    }
                    check(sum == (long) ROWS * (ROWS + 1) / 2, "the rows of a job");
                    return true;
                }
            }
        },

        SUBMIT {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT * FROM pg_background_submit_v2('" + insert(number) + "')");
                }
                // whether it was carried out nobody is told: only that it is not done twice can be seen
                return false;
            }
        },

        DO_BLOCK {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("DO $$ DECLARE v bigint; BEGIN SELECT n INTO v FROM pg_background_result("
                            + "pg_background_launch('" + insert(number) + " RETURNING n')) AS r(n bigint); IF v <> "
                            + number + " THEN RAISE 'another row'; END IF; END $$");
                    return true;
                }
            }
        },

        BATCH {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (Statement statement = connection.createStatement()) {
                    statement.addBatch("SELECT * FROM pg_background_result(pg_background_launch('" + insert(number)
                            + "')) AS r(x text)");
                    statement.addBatch("SELECT 1");
                    statement.executeBatch();
                    return true;
                }
            }
        },

        CANCELLED {
            @Override
            boolean over(Connection connection, long number) throws SQLException {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SELECT * FROM pg_background_launch_v2('" + insert(number)
                                + "; SELECT pg_sleep(60)')")) {
                    row.next();
                    try (Statement cancel = connection.createStatement()) {
                        cancel.execute("SELECT pg_background_cancel_v2(" + row.getInt(1) + ", " + row.getLong(2) + ")");
                    }
                }
                return false;
            }
        };

        /** @return whether the job has ended well for sure */
        abstract boolean over(Connection connection, long number) throws SQLException;

        static String insert(long number) {
            return "INSERT INTO pgbg_soak VALUES (" + number + ")";
        }
    }

    /** Something was not as it must be. */
    private static final class Wrong extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Wrong(String what) {
            super(what);
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new Wrong(what);
        }
    }

    private void count(String what) {
        counts.computeIfAbsent(what, key -> new AtomicLong()).incrementAndGet();
    }

    private void work(int seed) {
        Random random = new Random(seed);
        while (System.nanoTime() < end) {
            try (Connection connection = Server.connectOurs("ApplicationName=" + NAME, "connectTimeout=20",
                    "socketTimeout=60", "pgbgOnClose=" + (random.nextBoolean() ? "detach" : "cancel"))) {
                for (int i = random.nextInt(30); i >= 0 && System.nanoTime() < end; i--) {
                    deed(connection, Deed.values()[random.nextInt(Deed.values().length)]);
                }
            } catch (SQLException e) {
                count("lost connections");
            } catch (Wrong e) {
                count("WRONG " + e.getMessage());
            }
        }
    }

    private void deed(Connection connection, Deed deed) throws SQLException {
        long number = numbers.incrementAndGet();
        try {
            if (deed.over(connection, number)) {
                promised.add(number);
            }
            count("done");
        } catch (SQLException e) {
            count("failed " + e.getSQLState());
            if (e.getSQLState() == null) {
                count("WRONG no SQLSTATE");
            }
            if (connection.isClosed() || !connection.isValid(20)) {
                throw e;
            }
        }
    }

    /** Ends one session of the driver's now and then. */
    private void disturb() {
        Random random = new Random(42);
        while (System.nanoTime() < end) {
            try (Connection admin = Server.connect(""); Statement statement = admin.createStatement()) {
                statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '"
                        + NAME + "%' ORDER BY random() LIMIT 1");
                count("sessions ended");
                Thread.sleep(200 + random.nextInt(800));
            } catch (SQLException e) {
                count("WRONG disturbing " + e.getSQLState());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void verify() throws Exception {
        try (Connection admin = Server.connect(""); Statement statement = admin.createStatement()) {
            await(statement, "sessions left", "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '" + NAME
                    + "%'");
            await(statement, "advisory locks left", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
            // what a connection that was killed has left goes with the next session of the login that uses the relay
            try (Connection next = Server.connectOurs("ApplicationName=" + NAME)) {
                next.createStatement().execute("DO $$ BEGIN PERFORM pg_background_detach_all(); END $$");
            }
            await(statement, "sessions left", "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '" + NAME
                    + "%'");
            await(statement, "large objects left", "SELECT count(*) FROM pg_largeobject_metadata");
            try (ResultSet twice = statement.executeQuery(
                    "SELECT count(*) FROM (SELECT FROM pgbg_soak GROUP BY n HAVING count(*) > 1) AS t")) {
                twice.next();
                if (twice.getLong(1) > 0) {
                    count("WRONG done twice " + twice.getLong(1));
                }
            }
            try (ResultSet rows = statement.executeQuery("SELECT n FROM pgbg_soak")) {
                while (rows.next()) {
                    promised.remove(rows.getLong(1));
                }
            }
            if (!promised.isEmpty()) {
                count("WRONG lost " + promised.size());
            }
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (threads() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(100);
        }
        if (threads() > 0) {
            count("WRONG threads left " + threads());
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("pgbg job"))
                .count();
    }

    private void await(Statement statement, String what, String sql) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long left;
        do {
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                left = row.getLong(1);
            }
            Thread.sleep(100);
        } while (left > 0 && System.nanoTime() < deadline);
        if (left > 0) {
            count("WRONG " + what + " " + left);
        }
    }

    /**
     * Runs it.
     *
     * @param arguments minutes, threads, and 0 for no faults
     */
    public static void main(String[] arguments) throws Exception {
        int minutes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        boolean faults = arguments.length < 3 || !"0".equals(arguments[2]);
        try (Connection admin = Server.connect("")) {
            admin.createStatement().execute("DROP TABLE IF EXISTS pgbg_soak; CREATE TABLE pgbg_soak (n bigint)");
        }
        Soak soak = new Soak(Duration.ofMinutes(minutes));
        Thread[] running = new Thread[threads + (faults ? 1 : 0)];
        for (int i = 0; i < running.length; i++) {
            int seed = i;
            running[i] = new Thread(i < threads ? () -> soak.work(seed) : soak::disturb, "soak " + i);
            running[i].start();
        }
        for (Thread thread : running) {
            thread.join();
        }
        soak.verify();
        System.out.println(minutes + " min, " + threads + " threads, " + soak.numbers + " jobs: "
                + new TreeMap<>(soak.counts));
        System.exit(soak.counts.keySet().stream().anyMatch(key -> key.startsWith("WRONG")) ? 1 : 0);
    }
}
