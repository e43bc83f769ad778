package io.pgbg.benchmark;

import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Many sessions at once: the first call of each inside other SQL, all at the same time, and the same once more, in three
 * rounds with new sessions, the first of them in a JVM that has not done so before; then how much of a processor it takes
 * to listen to as many statements that only wait. Prints times, and how many backends the server had meanwhile. Argument:
 * how many sessions (200).
 */
public final class ManySessions {

    private static final String BLOCK = "DO $$ BEGIN PERFORM x FROM pg_background_result("
            + "pg_background_launch('SELECT 1')) AS (x integer); END $$";
    private static final int ROUNDS = 3;
    private static final int LISTENED_SECONDS = 10;
    /** What the statements need before they wait is not listening. */
    private static final int BEGUN_SECONDS = 5;

    private final List<Connection> sessions = new ArrayList<>();
    private final ExecutorService callers;
    private final int number;

    private ManySessions(int number) {
        this.number = number;
        this.callers = Executors.newFixedThreadPool(number, ManySessions::daemon);
    }

    private void open() throws SQLException {
        for (int i = 0; i < number; i++) {
            sessions.add(Server.connectOurs("ApplicationName=pgbg_many", "pgbgOnExhaustion=queue"));
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Has all sessions execute a text at the same moment; returns how long each took, in milliseconds and in order. */
    private double[] allAtOnce(String sql) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Long>> times = new ArrayList<>();
        for (Connection session : sessions) {
            times.add(callers.submit(() -> {
                start.await();
                long begin = System.nanoTime();
                try (Statement statement = session.createStatement()) {
                    statement.execute(sql);
                }
                return System.nanoTime() - begin;
            }));
        }
        start.countDown();
        double[] millis = new double[times.size()];
        for (int i = 0; i < millis.length; i++) {
            millis[i] = times.get(i).get() / 1e6;
        }
        Arrays.sort(millis);
        return millis;
    }

    private void measure(String what, Connection observer) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Future<Integer> most = Executors.newSingleThreadExecutor(ManySessions::daemon).submit(() -> {
            int peak = 0;
            while (!stop.get()) {
                peak = Math.max(peak, Integer.parseInt(value(observer,
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbg_many'")));
                TimeUnit.MILLISECONDS.sleep(20);
            }
            return peak;
        });
        long begin = System.nanoTime();
        double[] millis = allAtOnce(BLOCK);
        double all = (System.nanoTime() - begin) / 1e6;
        stop.set(true);
        System.out.printf("%-12s median %6.0f ms, last %6.0f ms, all %6.0f ms; at most %d backends%n", what,
                millis[millis.length / 2], millis[millis.length - 1], all, most.get());
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private void close() throws SQLException {
        for (Connection session : sessions) {
            session.close();
        }
        sessions.clear();
    }

    private void listen() throws Exception {
        open();
        Future<double[]> statements = Executors.newSingleThreadExecutor(ManySessions::daemon).submit(() ->
                allAtOnce("DO $$ BEGIN PERFORM pg_sleep(" + (BEGUN_SECONDS + LISTENED_SECONDS)
                        + "); IF false THEN PERFORM pg_background_launch('SELECT 1'); END IF; END $$"));
        TimeUnit.SECONDS.sleep(BEGUN_SECONDS);
        long before = cpuNanos();
        TimeUnit.SECONDS.sleep(LISTENED_SECONDS - 1);
        System.out.printf("listening    %.1f %% of a processor%n",
                (cpuNanos() - before) / 1e7 / (LISTENED_SECONDS - 1));
        statements.get();
        close();
    }

    private void run() throws Exception {
        try (Connection observer = Server.connect("")) {
            for (int i = 0; i < ROUNDS; i++) {
                open();
                measure("first calls", observer);
                measure("later calls", observer);
                close();
            }
        }
        listen();
    }

    /** Runs it. */
    public static void main(String[] arguments) throws Exception {
        new ManySessions(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200).run();
    }
}
