package io.pgbg.compat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Sql;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A server of Debian's packages that a test has for itself. It has what the embedded one lacks: translations, and the
 * program that copies a running server. Root starts it as the user {@code postgres}, whom the packages make. Used by
 * one thread.
 */
final class DebianServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path RELEASES = Path.of("/usr/lib/postgresql");
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private final Path directory;
    private final int port;
    private boolean running;

    private DebianServer() throws IOException, InterruptedException {
        this.directory = Files.createTempDirectory("pgbg-debian");
        if (ROOT) {
            demand(List.of("chown", "postgres", directory.toString()));
        }
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            this.port = socket.getLocalPort();
        }
    }

    /** Whether the programs are there. */
    static boolean isInstalled() {
        return programs() != null;
    }

    private static Path programs() {
        if (!Files.isDirectory(RELEASES)) {
            return null;
        }
        try (Stream<Path> releases = Files.list(RELEASES)) {
            return releases.map(release -> release.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.comparing(bin -> Integer.valueOf(bin.getParent().getFileName().toString())))
                    .orElse(null);
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Makes one and starts it.
     *
     * @param settings each {@code name = value}
     */
    static DebianServer start(String... settings) throws Exception {
        DebianServer server = new DebianServer();
        return server.started(() -> {
            server.run("initdb", "-D", server.data().toString(), "-U", "postgres", "-A", "trust", "--no-sync", "-E",
                    "UTF8", "--locale=C");
            server.set("fsync = off", "listen_addresses = '127.0.0.1,::1'", "unix_socket_directories = ''",
                    "wal_level = replica", "max_wal_senders = 4", "hot_standby = on");
            server.set(settings);
            server.start();
        });
    }

    /** Makes a standby of this one, which follows it, and starts it. */
    DebianServer startStandby() throws Exception {
        DebianServer standby = new DebianServer();
        return standby.started(() -> {
            standby.run("pg_basebackup", "-d", "host=127.0.0.1 port=" + port + " user=postgres", "-D",
                    standby.data().toString(), "-R", "-c", "fast", "-X", "stream", "--no-sync");
            standby.start();
        });
    }

    @FunctionalInterface
    private interface Making {
        void make() throws Exception;
    }

    private DebianServer started(Making making) throws Exception {
        boolean made = false;
        try {
            making.make();
            made = true;
            return this;
        } finally {
            if (!made) {
                close();
            }
        }
    }

    /** Where its data is, and files that a test gives it. */
    Path data() {
        return directory.resolve("data");
    }

    int port() {
        return port;
    }

    private void start() throws Exception {
        run("pg_ctl", "-D", data().toString(), "-w", "-t", "60", "-l", directory.resolve("log").toString(), "-o",
                "-p " + port, "start");
        running = true;
    }

    /** Writes settings that count from the next start on. */
    void set(String... settings) throws IOException {
        Files.write(data().resolve("postgresql.conf"), Arrays.asList(settings), StandardOpenOption.APPEND);
    }

    /** Replaces the rules of who may connect how, and has the server read them. */
    void allow(String... rules) throws Exception {
        Files.write(data().resolve("pg_hba.conf"), Arrays.asList(rules));
        run("pg_ctl", "-D", data().toString(), "reload");
    }

    /** Makes a file readable for the server alone, as it demands it of keys. */
    void own(Path file) throws Exception {
        demand(List.of("chmod", "600", file.toString()));
        if (ROOT) {
            demand(List.of("chown", "postgres", file.toString()));
        }
    }

    /** Has a standby become a primary. */
    void promote() throws Exception {
        run("pg_ctl", "-D", data().toString(), "-w", "promote");
    }

    /** Ends it at once, as a crash does. */
    void stop() throws Exception {
        run("pg_ctl", "-D", data().toString(), "-w", "-m", "immediate", "stop");
        running = false;
    }

    /** Opens a superuser's connection of the PostgreSQL driver, as long as that needs no password. */
    Connection connectRaw() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }

    /** A URL for the driver under test. */
    String url(String... parameters) {
        return "jdbc:pgbg://127.0.0.1:" + port + "/postgres?" + String.join("&", parameters);
    }

    private void run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (ROOT) {
            command.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        command.add(programs().resolve(program).toString());
        command.addAll(Arrays.asList(arguments));
        demand(command);
    }

    private void demand(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("pgbg-debian", ".out");
        try {
            Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                    .redirectOutput(output.toFile()).start();
            if (process.waitFor() != 0) {
                throw new AssertionError(command + " fails: " + Files.readString(output));
            }
        } finally {
            Files.delete(output);
        }
    }

    @Override
    public void close() throws Exception {
        if (running) {
            stop();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Waits until a standby has what a primary has committed. */
    static void awaitReplay(DebianServer primary, DebianServer standby) throws Exception {
        try (Connection first = primary.connectRaw(); Connection second = standby.connectRaw()) {
            String written = Sql.value(first, "SELECT pg_current_wal_lsn()");
            Await.until("the standby has followed", PATIENCE, () -> "t".equals(Sql.value(second,
                    "SELECT pg_last_wal_replay_lsn() >= '" + written + "'")));
        }
    }
}
