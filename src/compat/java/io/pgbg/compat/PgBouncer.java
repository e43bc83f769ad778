package io.pgbg.compat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A PgBouncer in front of one database, which listens on a port of the loopback interface. Used by one thread. */
final class PgBouncer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern SERVER = Pattern.compile("//([^:/]+):(\\d+)/");

    /** Which clients may share a server process, and when. */
    enum Mode {
        SESSION, TRANSACTION, STATEMENT
    }

    private final Path directory;
    private final TestDatabase database;
    private final int size;
    private final int port;
    private final Process process;

    private PgBouncer(TestDatabase database, Mode mode, int size) throws Exception {
        this.database = database;
        this.size = size;
        this.directory = Files.createTempDirectory("pgbg-pgbouncer");
        // it gives up the rights of root before it reads them
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            this.port = socket.getLocalPort();
        }
        Files.writeString(users(), Stream.of("postgres", "plain").map(user -> "\"" + user + "\" \"\"\n")
                .reduce("", String::concat));
        configure(mode);
        List<String> command = new ArrayList<>(List.of(program().toString()));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(configuration().toString());
        this.process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** Whether the program is there. */
    static boolean isInstalled() {
        return program() != null;
    }

    private static Path program() {
        return Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(place -> Path.of(place, "pgbouncer")).filter(Files::isExecutable).findFirst().orElse(null);
    }

    /** Starts one with so many server connections for each login. */
    static PgBouncer start(TestDatabase database, Mode mode, int size) throws Exception {
        PgBouncer started = new PgBouncer(database, mode, size);
        boolean answers = false;
        try {
            Await.until("PgBouncer listens", PATIENCE, started::listens);
            answers = true;
            return started;
        } finally {
            if (!answers) {
                started.close();
            }
        }
    }

    private boolean listens() {
        if (!process.isAlive()) {
            throw new AssertionError("PgBouncer has ended with " + process.exitValue());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Path users() {
        return directory.resolve("users.txt");
    }

    private Path configuration() {
        return directory.resolve("pgbouncer.ini");
    }

    private void configure(Mode mode) throws IOException {
        Matcher server = SERVER.matcher(database.rawUrl());
        if (!server.find()) {
            throw new AssertionError("no host and port: " + database.rawUrl());
        }
        Files.writeString(configuration(), """
                [databases]
                %s = host=%s port=%s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = trust
                auth_file = %s
                pool_mode = %s
                default_pool_size = %d
                max_client_conn = 200
                server_reset_query =
                ignore_startup_parameters = extra_float_digits
                """.formatted(database.name(), server.group(1), server.group(2), port, users(),
                mode.name().toLowerCase(Locale.ROOT), size));
    }

    /** Has it pool in another way from now on. */
    void change(Mode mode) throws Exception {
        configure(mode);
        Process signal = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).inheritIO().start();
        if (signal.waitFor() != 0) {
            throw new AssertionError("PgBouncer gets no signal");
        }
    }

    /** The port that it listens on. */
    int port() {
        return port;
    }

    /** The URL through it for the driver under test. */
    String url(String... parameters) {
        return "jdbc:pgbg:" + address("postgres", parameters);
    }

    private String address(String user, String... parameters) {
        return "//127.0.0.1:" + port + "/" + database.name() + "?" + String.join("&",
                Stream.concat(Stream.of("user=" + user), Stream.of(parameters)).toList());
    }

    /** Opens a connection through it, of the driver under test. */
    Connection connect(String... parameters) throws SQLException {
        return DriverManager.getConnection(url(parameters));
    }

    /** Opens a connection of the same login through it, of the PostgreSQL driver, which names no prepared statement. */
    Connection connectRaw() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql:" + address("postgres", "prepareThreshold=0"));
    }

    @Override
    public void close() throws Exception {
        process.destroyForcibly();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("PgBouncer does not end");
        }
        Files.deleteIfExists(configuration());
        Files.deleteIfExists(users());
        Files.delete(directory);
    }
}
