package io.pgbg.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server that a test has for itself, to be killed and started again. Used by one thread. */
public final class OwnServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path data;
    private final int port;
    private EmbeddedPostgres server;

    private OwnServer(Path data) throws IOException {
        this.data = data;
        this.server = builder().start();
        this.port = server.getPort();
    }

    /** Starts one. */
    public static OwnServer start() throws IOException {
        return new OwnServer(Files.createTempDirectory("pgbg-server"));
    }

    private EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setServerConfig("max_connections", "100")
                .setServerConfig("fsync", "off")
                // the library switches it off, and a crash would undo what was reported as committed
                .setServerConfig("synchronous_commit", "on")
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD);
    }

    public int port() {
        return port;
    }

    /** The URL for the driver under test. */
    public String jdbcUrl(String... parameters) {
        return "jdbc:pgbg:" + address(parameters);
    }

    private String address(String... parameters) {
        return "//localhost:" + port + "/postgres?" + String.join("&", Stream.concat(Stream.of("user=postgres"),
                Stream.of(parameters)).toList());
    }

    /** Opens a connection through the driver under test. */
    public Connection connect(String... parameters) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(parameters));
    }

    /** Opens a connection through the PostgreSQL driver. */
    public Connection connectRaw() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql:" + address());
    }

    /**
     * Ends the server as a crash does: all sessions end in the middle of what they do, and what was not committed is
     * undone when it starts again.
     */
    public void kill() throws Exception {
        long postmaster = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
        // Java itself sends no such signal; it makes the server end its processes at once
        Process signal = new ProcessBuilder(List.of("kill", "-QUIT", Long.toString(postmaster))).inheritIO().start();
        if (signal.waitFor() != 0) {
            throw new AssertionError("the server cannot be killed");
        }
        Await.until("the server has ended", PATIENCE, () -> !ProcessHandle.of(postmaster)
                .map(ProcessHandle::isAlive).orElse(false));
    }

    /** Starts it once more, at the same port and with what was committed. */
    public void startAgain() throws IOException {
        server.close();
        server = builder().setPort(port).start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
