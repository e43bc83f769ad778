package io.pgbg.benchmark;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Two reports at once: both as jobs on the primary, and one of them on a standby; and what a launch costs on the one and the
 * other. Makes a primary and a standby of its own, from the embedded server, on this machine: they share its processors
 * and its disk, so that what two machines would gain is not seen here. Arguments: how many rows the reports read (2,000,000)
 * and how many rounds (7).
 */
public final class Standby {

    private static final String REPORT = "SELECT kind, count(*), avg(length(note)), max(md5(note)) FROM sale GROUP BY kind"
            + " ORDER BY kind";
    private static final int LAUNCHES = 500;

    private final int rows;
    private final int rounds;
    private final Path folder;
    private final EmbeddedPostgres primary;
    private final EmbeddedPostgres standby;

    private Standby(int rows, int rounds) throws IOException {
        this.rows = rows;
        this.rounds = rounds;
        this.folder = Files.createTempDirectory("pgbg-standby");
        Path first = folder.resolve("primary");
        Path second = folder.resolve("standby");
        start(first).close();
        copy(first, second);
        this.primary = start(first);
        Files.createFile(second.resolve("standby.signal"));
        Files.writeString(second.resolve("postgresql.auto.conf"), "primary_conninfo = 'host=127.0.0.1 port="
                + primary.getPort() + " user=postgres'\n", StandardOpenOption.APPEND);
        this.standby = start(second);
    }

    private static EmbeddedPostgres start(Path data) throws IOException {
        return EmbeddedPostgres.builder().setDataDirectory(data).setCleanDataDirectory(false)
                .setServerConfig("max_connections", "60")
                .setServerConfig("max_parallel_workers_per_gather", "0")
                .setServerConfig("shared_buffers", "256MB")
                .setServerConfig("synchronous_commit", "on")
                .setOutputRedirector(Redirect.DISCARD).setErrorRedirector(Redirect.DISCARD).start();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectory(target, PosixFilePermissions.asFileAttribute(
                            Files.getPosixFilePermissions(file)));
                } else if (!file.endsWith("epg-lock")) {
                    Files.copy(file, target);
                }
            }
        }
    }

    private Connection connect(String jobServer) throws SQLException {
        return DriverManager.getConnection("jdbc:pgbg://127.0.0.1:" + primary.getPort() + ",127.0.0.1:"
                + standby.getPort() + "/postgres?user=postgres&pgbgJobServer=" + jobServer);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int launch(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_background_launch('" + sql + "')")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void read(Connection connection, int pid) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM pg_background_result(" + pid + ")")) {
            while (result.next()) {
                result.getString(1);
            }
        }
    }

    /** Both reports at once, in milliseconds. */
    private static double both(Connection one, Connection other) throws SQLException {
        long begin = System.nanoTime();
        int first = launch(one, REPORT);
        int second = launch(other, REPORT);
        read(one, first);
        read(other, second);
        return (System.nanoTime() - begin) / 1e6;
    }

    /** One launch and its result, in microseconds. */
    private static double launches(Connection connection) throws SQLException {
        for (int i = 0; i < LAUNCHES; i++) {
            read(connection, launch(connection, "SELECT 1"));
        }
        long begin = System.nanoTime();
        for (int i = 0; i < LAUNCHES; i++) {
            read(connection, launch(connection, "SELECT 1"));
        }
        return (System.nanoTime() - begin) / 1e3 / LAUNCHES;
    }

    private static String shown(double[] times) {
        Arrays.sort(times);
        return String.format("median %6.0f ms (%.0f to %.0f)", times[times.length / 2], times[0],
                times[times.length - 1]);
    }

    private void run() throws SQLException {
        try (Connection launcher = connect("launcher"); Connection secondary = connect("secondary")) {
            execute(launcher, "CREATE TABLE sale AS SELECT g AS id, g % 50 AS kind, md5(g::text) AS note"
                    + " FROM generate_series(1, " + rows + ") AS g");
            execute(launcher, "VACUUM ANALYZE sale");
            // the hint bits and the caches of both
            read(launcher, launch(launcher, REPORT));
            read(secondary, launch(secondary, REPORT));
            double[] onPrimary = new double[rounds];
            double[] divided = new double[rounds];
            double[] alone = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                onPrimary[i] = both(launcher, launcher);
                divided[i] = both(launcher, secondary);
                long begin = System.nanoTime();
                read(launcher, launch(launcher, REPORT));
                alone[i] = (System.nanoTime() - begin) / 1e6;
            }
            System.out.println("one report alone              " + shown(alone));
            System.out.println("two, both on the primary      " + shown(onPrimary));
            System.out.println("two, one of them on a standby " + shown(divided));
            System.out.printf("launch and result of SELECT 1: %.0f us on the primary, %.0f us on the standby%n",
                    launches(launcher), launches(secondary));
            System.out.println("both servers on one machine with " + Runtime.getRuntime().availableProcessors()
                    + " processors");
        }
    }

    private void close() throws IOException {
        standby.close();
        primary.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).collect(java.util.stream.Collectors.toList())) {
                Files.delete(file);
            }
        }
    }

    /** Runs it. */
    public static void main(String[] arguments) throws Exception {
        List<String> given = List.of(arguments);
        Standby servers = new Standby(given.isEmpty() ? 2_000_000 : Integer.parseInt(given.get(0)),
                given.size() < 2 ? 7 : Integer.parseInt(given.get(1)));
        try {
            servers.run();
        } finally {
            servers.close();
        }
    }
}
