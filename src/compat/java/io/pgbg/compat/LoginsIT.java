package io.pgbg.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgbg.PgbgConnection;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The driver's own connections log in as the application's does, in each way that needs more than a URL. */
@Timeout(120)
@NotAmongTraps("about logins; others send the same SQL")
class LoginsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String PASSWORD = "the secret";
    private static final String PASSWORD_FILE = "org.postgresql.pgpassfile";
    private static final String SERVICE_FILE = "org.postgresql.pgservicefile";
    private static final String SUPERUSER = "host all postgres 127.0.0.1/32 trust";

    @TempDir
    private static Path files;
    private static DebianServer server;

    @BeforeAll
    static void startServer() throws Exception {
        assumeTrue(DebianServer.isInstalled(), "no server of Debian's packages is installed (postgresql)");
        server = DebianServer.start();
        certificate("ca", "/CN=pgbg test authority", null);
        certificate("server", "/CN=localhost", "ca");
        certificate("client", "/CN=shop", "ca");
        openssl("pkcs8", "-topk8", "-inform", "PEM", "-outform", "DER", "-nocrypt", "-in", file("client.key"), "-out",
                file("client.pk8"));
        for (String name : List.of("server.crt", "server.key", "ca.crt")) {
            Path copy = server.data().resolve(name);
            Files.copy(files.resolve(name), copy);
            server.own(copy);
        }
        try (Connection admin = server.connectRaw()) {
            Sql.run(admin, "CREATE ROLE shop LOGIN PASSWORD '" + PASSWORD + "'");
            Sql.run(admin, "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'");
            Sql.run(admin, "ALTER SYSTEM SET ssl = on");
            Sql.run(admin, "SELECT pg_reload_conf()");
        }
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @AfterEach
    void forgetFiles() {
        System.clearProperty(PASSWORD_FILE);
        System.clearProperty(SERVICE_FILE);
    }

    /** A key and a certificate for it, signed by another one's, or by itself. */
    private static void certificate(String name, String subject, String by) throws Exception {
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", file(name + ".key"), "-subj", subject, "-out",
                file(name + ".csr"));
        if (by == null) {
            openssl("x509", "-req", "-in", file(name + ".csr"), "-signkey", file(name + ".key"), "-days", "2", "-out",
                    file(name + ".crt"));
        } else {
            openssl("x509", "-req", "-in", file(name + ".csr"), "-CA", file(by + ".crt"), "-CAkey", file(by + ".key"),
                    "-CAcreateserial", "-days", "2", "-out", file(name + ".crt"));
        }
    }

    private static String file(String name) {
        return files.resolve(name).toString();
    }

    private static void openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            assumeTrue(false, "openssl is not installed");
            return;
        }
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    private static String secretFile(String name, String text) throws IOException {
        Path file = Files.writeString(files.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    private static String url(String host, String... parameters) {
        return "jdbc:pgbg://" + host + ":" + server.port() + "/postgres?user=shop&" + String.join("&", parameters);
    }

    /**
     * A job, a call in other SQL and a cancel, each of which needs a connection of the driver's own.
     *
     * @param expected what the login's backend is known to be, by SQL that a job executes
     */
    private static void assertAllWorks(String url, String sql, String expected) throws Exception {
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(Sql.result(connection, Sql.launch(connection, sql))).containsExactly(expected);
            assertThat(Sql.rows(connection, "SELECT upper(r.t) FROM pg_background_result(abs("
                    + "pg_background_launch($$SELECT session_user::text$$))) AS r(t text)")).containsExactly("SHOP");
            int endless = Sql.launch(connection, "SELECT pg_sleep(3600)");
            Running<Integer> canceler = Running.start(() -> connection.unwrap(PgbgConnection.class).cancelAll());
            assertThat(canceler.get(PATIENCE)).isEqualTo(1);
            assertThat(Sql.stateOf(() -> Sql.result(connection, endless))).isEqualTo("57014");
        }
    }

    @Test
    void aPasswordFile() throws Exception {
        server.allow(SUPERUSER, "host all shop 127.0.0.1/32 scram-sha-256");
        System.setProperty(PASSWORD_FILE, secretFile("pgpass", "127.0.0.1:" + server.port() + ":postgres:shop:"
                + PASSWORD + "\n"));
        assertAllWorks(url("127.0.0.1"), "SELECT session_user::text", "shop");
    }

    @Test
    void aServiceFile() throws Exception {
        server.allow(SUPERUSER, "host all shop 127.0.0.1/32 scram-sha-256");
        System.setProperty(SERVICE_FILE, secretFile("pg_service.conf", "[shop]\nhost=127.0.0.1\nport=" + server.port()
                + "\ndbname=postgres\nuser=shop\npassword=" + PASSWORD + "\n"));
        assertAllWorks("jdbc:pgbg://?service=shop", "SELECT session_user::text", "shop");
    }

    @Test
    void aClientCertificateAndAServerThatIsVerified() throws Exception {
        server.allow(SUPERUSER, "hostssl all shop 127.0.0.1/32 cert", "hostssl all shop ::1/128 cert");
        String[] parameters = {"sslmode=verify-full", "sslrootcert=" + file("ca.crt"), "sslcert=" + file("client.crt"),
            "sslkey=" + file("client.pk8")};
        assertAllWorks(url("localhost", parameters), "SELECT concat_ws('|', ssl, client_dn) FROM pg_stat_ssl"
                + " WHERE pid = pg_backend_pid()", "t|/CN=shop");
        assertThatThrownBy(() -> DriverManager.getConnection(url("127.0.0.1", parameters)))
                .isInstanceOf(SQLException.class);
    }

    @Test
    void aPasswordThatIsBoundToTheChannel() throws Exception {
        server.allow(SUPERUSER, "hostssl all shop 127.0.0.1/32 scram-sha-256");
        assertAllWorks(url("127.0.0.1", "sslmode=require", "channelBinding=require",
                "password=" + PASSWORD.replace(" ", "%20")),
                "SELECT concat_ws('|', session_user, ssl) FROM pg_stat_ssl WHERE pid = pg_backend_pid()", "shop|t");
    }
}
