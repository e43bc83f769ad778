package io.pgbg.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Streaming replication between embedded servers: a primary, a standby that all tests share, and more standbys for
 * tests that break theirs. Each standby begins as a copy of the files of the primary, made before the primary was
 * started for good. Used by one thread; handed to tests by {@link ReplicationExtension}.
 */
public final class Replication implements AutoCloseable {

    /** As much of the log as the tests write is kept for standbys that come later. */
    private static final String KEEP = "wal_keep_size = '512MB'\n";
    private static final String KEEP_BEFORE_13 = "wal_keep_segments = 32\n";
    private static final int KEEPS_SIZE = 13;

    private final Path folder;
    private final ReplicatedServer primary;
    private final ReplicatedServer standby;
    private final List<ReplicatedServer> more = new ArrayList<>();
    private int copies;

    private Replication() throws Exception {
        folder = Files.createTempDirectory("pgbg-replication");
        ReplicatedServer first = ReplicatedServer.start(folder.resolve("template"));
        first.stop();
        Path template = folder.resolve("template");
        append(template.resolve("pg_hba.conf"), "host replication all 127.0.0.1/32 trust\n");
        append(template.resolve("postgresql.conf"), ReplicatedServer.release(template) < KEEPS_SIZE
                ? KEEP_BEFORE_13 : KEEP);
        primary = ReplicatedServer.start(copyOfTemplate());
        standby = newStandby();
    }

    /** Starts a primary and a standby. */
    static Replication start() throws Exception {
        return new Replication();
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, Files.readString(file) + text);
    }

    private Path copyOfTemplate() throws IOException {
        copies++;
        Path template = folder.resolve("template");
        Path copy = folder.resolve("server" + copies);
        try (Stream<Path> files = Files.walk(template)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(template.relativize(file));
                if (Files.isDirectory(file)) {
                    // the server demands that nobody else can look into its directory
                    Files.createDirectory(target, PosixFilePermissions.asFileAttribute(
                            Files.getPosixFilePermissions(file)));
                } else if (!file.endsWith("postmaster.pid") && !file.endsWith("epg-lock")) {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    private ReplicatedServer newStandby() throws Exception {
        ReplicatedServer started = ReplicatedServer.startStandby(copyOfTemplate(), primary.port());
        started.awaitReplayed(primary.written());
        return started;
    }

    /** The server that writes. */
    public ReplicatedServer primary() {
        return primary;
    }

    /** The standby of all tests, which must not be broken. */
    public ReplicatedServer standby() {
        return standby;
    }

    /** Starts one more standby, which the test may break, and closes. */
    public ReplicatedServer addStandby() throws Exception {
        ReplicatedServer added = newStandby();
        more.add(added);
        return added;
    }

    /** Waits until the shared standby has done all that the primary has committed. */
    public void awaitReplay() throws Exception {
        standby.awaitReplayed(primary.written());
    }

    /** The URL of both servers for the driver under test, the primary first. */
    public String url(String... parameters) {
        return url(List.of(primary.address(), standby.address()), parameters);
    }

    /**
     * The URL of several servers.
     *
     * @param addresses each with its port
     * @param parameters each {@code name=value}
     */
    public static String url(List<String> addresses, String... parameters) {
        return "jdbc:pgbg://" + String.join(",", addresses) + "/postgres?"
                + Stream.concat(Stream.of("user=postgres"), Stream.of(parameters)).filter(one -> !one.isEmpty())
                        .collect(Collectors.joining("&"));
    }

    /** Opens a connection to both servers; it is on the primary unless the parameters say otherwise. */
    public Connection connect(String... parameters) throws SQLException {
        return DriverManager.getConnection(url(parameters));
    }

    @Override
    public void close() throws IOException {
        for (ReplicatedServer server : more) {
            server.stop();
        }
        standby.stop();
        primary.stop();
        ReplicatedServer.delete(folder);
    }
}
