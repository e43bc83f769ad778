package io.pgbg.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** One server of a {@link Replication}: the primary, or a standby that follows it. Used by one thread. */
public final class ReplicatedServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The first release whose functions say wal and lsn, where older ones say xlog and location. */
    private static final int SAYS_WAL = 10;

    /** The first release that is told by a file that it is a standby, and keeps the rest among its settings. */
    private static final int HAS_SIGNAL_FILE = 12;

    private final Path data;
    private final EmbeddedPostgres server;
    private boolean closed;

    private ReplicatedServer(Path data) throws IOException {
        this.data = data;
        this.server = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setServerConfig("max_connections", "60")
                .setServerConfig("fsync", "off")
                // the library switches it off; then what is committed may be written, and sent, later
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("wal_level", "replica")
                .setServerConfig("max_wal_senders", "5")
                .setServerConfig("hot_standby", "on")
                // it would be in conflict with queries on a standby at moments of its own
                .setServerConfig("autovacuum", "off")
                // jobs that last for a moment are not ended because the catalog is tidied up behind other tests
                .setServerConfig("max_standby_streaming_delay", "3s")
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Starts the server of a data directory, which is made if it is empty. */
    static ReplicatedServer start(Path data) throws IOException {
        return new ReplicatedServer(data);
    }

    /** Starts a standby of a primary in a copy of the primary's data directory. */
    static ReplicatedServer startStandby(Path copy, int primaryPort) throws IOException {
        String primary = "primary_conninfo = 'host=127.0.0.1 port=" + primaryPort + " user=postgres'\n";
        if (release(copy) < HAS_SIGNAL_FILE) {
            Files.writeString(copy.resolve("recovery.conf"), "standby_mode = on\nrecovery_target_timeline = latest\n"
                    + primary);
        } else {
            Files.createFile(copy.resolve("standby.signal"));
            Files.writeString(copy.resolve("postgresql.auto.conf"), primary, StandardOpenOption.APPEND);
        }
        return start(copy);
    }

    /** The major release of a data directory. */
    static int release(Path data) throws IOException {
        return Integer.parseInt(Files.readString(data.resolve("PG_VERSION")).strip().split("\\.")[0]);
    }

    /** How a URL names it. */
    public String address() {
        return "127.0.0.1:" + port();
    }

    public int port() {
        return server.getPort();
    }

    /** The URL for the PostgreSQL driver. */
    public String rawUrl() {
        return "jdbc:postgresql://" + address() + "/postgres?user=postgres";
    }

    /** Opens a connection of a superuser through the PostgreSQL driver. */
    public Connection connectRaw() throws SQLException {
        return DriverManager.getConnection(rawUrl());
    }

    /** The first column of the first row of a query of a superuser. */
    public String value(String sql) throws SQLException {
        try (Connection raw = connectRaw()) {
            return Sql.value(raw, sql);
        }
    }

    /** From now on the standby receives what the primary does, and does not do it. */
    public void pauseReplay() throws SQLException {
        value("SELECT " + wal("pg_wal_replay_pause") + "()::text");
    }

    /** From now on the standby does what it has received. */
    public void resumeReplay() throws SQLException {
        value("SELECT " + wal("pg_wal_replay_resume") + "()::text");
    }

    /** A position in the primary's write-ahead log behind all that was committed, up to which it is written. */
    String written() throws SQLException {
        return value("SELECT pg_logical_emit_message(true, 'test', '')::text");
    }

    /** Waits until the standby has replayed the primary's log up to a position. */
    void awaitReplayed(String position) throws Exception {
        String sql = "SELECT (" + wal("pg_last_wal_replay_lsn") + "() >= '" + position + "'::pg_lsn)::text";
        Await.until("the standby has caught up", PATIENCE, () -> "true".equals(value(sql)));
    }

    private String wal(String name) {
        try {
            return release(data) >= SAYS_WAL ? name : name.replace("wal", "xlog").replace("lsn", "location");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes the standby a primary, and waits until it is one. */
    public void promote() throws Exception {
        // what pg_ctl does, on all releases
        Files.createFile(data.resolve("promote"));
        signal("USR1");
        Await.until("the standby is promoted", PATIENCE, () -> "f".equals(value("SELECT pg_is_in_recovery()")));
    }

    /** Ends the server as a crash does. */
    public void kill() throws Exception {
        long postmaster = signal("QUIT");
        Await.until("the server has ended", PATIENCE, () -> !ProcessHandle.of(postmaster)
                .map(ProcessHandle::isAlive).orElse(false));
    }

    /** Java itself sends no such signal. */
    private long signal(String name) throws Exception {
        long postmaster = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
        Process signal = new ProcessBuilder(List.of("kill", "-" + name, Long.toString(postmaster))).inheritIO()
                .start();
        if (signal.waitFor() != 0) {
            throw new AssertionError("the server cannot be reached by a signal");
        }
        return postmaster;
    }

    /** Stops the server, and leaves its data. */
    void stop() throws IOException {
        if (!closed) {
            closed = true;
            server.close();
        }
    }

    @Override
    public void close() throws IOException {
        stop();
        delete(data);
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
