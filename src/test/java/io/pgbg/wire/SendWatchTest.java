package io.pgbg.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGProperty;

@Timeout(30)
class SendWatchTest {

    private final Properties properties = new Properties();
    private final SendWatch watch = SendWatch.of(properties);
    private ServerSocket door;
    private Socket server;

    @BeforeEach
    void open() throws IOException {
        door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        watch.settle();
        door.close();
        if (server != null) {
            server.close();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = create();
        socket.connect(door.getLocalSocketAddress());
        server = door.accept();
        return socket;
    }

    private Socket create() throws IOException {
        return new WatchedSocketFactory(PGProperty.SOCKET_FACTORY_ARG.getOrDefault(properties)).createSocket();
    }

    @Test
    void countsWhatIsSent() throws IOException {
        assertThat(watch.isCounting()).isFalse();
        try (Socket socket = connect()) {
            assertThat(watch.isCounting()).isTrue();
            long before = watch.sent();
            socket.getOutputStream().write(new byte[] {1, 2, 3});
            assertThat(watch.sent()).isNotEqualTo(before);
            long then = watch.sent();
            socket.getOutputStream().write(4);
            assertThat(watch.sent()).isNotEqualTo(then);
            long last = watch.sent();
            socket.getOutputStream().flush();
            assertThat(watch.sent()).isEqualTo(last);
            assertThat(server.getInputStream().readNBytes(4)).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void whatAThreadIsNotToCountIsNotCountedForItAlone() throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            long before = watch.sent();
            watch.stopCounting();
            socket.getOutputStream().write(1);
            assertThat(watch.sent()).isEqualTo(before);
            Thread other = new Thread(() -> {
                try {
                    socket.getOutputStream().write(2);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            other.start();
            other.join();
            assertThat(watch.sent()).isNotEqualTo(before);
            watch.countAgain();
            long then = watch.sent();
            socket.getOutputStream().write(3);
            assertThat(watch.sent()).isNotEqualTo(then);
        }
    }

    @Test
    void toLookWaitsForNothing() throws Exception {
        try (Socket socket = connect()) {
            // without a time-out of its own a read would wait for ever
            watch.look(() -> assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketTimeoutException.class));
            server.getOutputStream().write(1);
            Await.until("it has come", Duration.ofSeconds(10), watch::hasUnread);
            watch.look(() -> assertThat(read(socket)).isEqualTo(1));
            server.getOutputStream().write(2);
            assertThat(read(socket)).as("afterwards it waits").isEqualTo(2);
        }
    }

    private static int read(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void tellsOfWhatArrives() throws IOException {
        try (Socket socket = connect()) {
            AtomicInteger arrivals = new AtomicInteger();
            watch.onArrival(arrivals::incrementAndGet);
            server.getOutputStream().write(new byte[] {1, 2, 3});
            assertThat(socket.getInputStream().read()).isEqualTo(1);
            assertThat(arrivals).hasValue(1);
            assertThat(socket.getInputStream().read(new byte[8])).isPositive();
            assertThat(arrivals).hasValue(2);
            server.close();
            assertThat(socket.getInputStream().read()).isNegative();
            assertThat(arrivals).as("the end is no arrival").hasValue(2);
            watch.onArrival(null);
        }
    }

    @Test
    void endsAConnectionWhoseServerDoesNotAnswer() throws Exception {
        Socket socket = connect();
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> {
            try {
                return socket.getInputStream().read();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        watch.abort();
        assertThatThrownBy(reading::get).isInstanceOf(ExecutionException.class);
        assertThat(socket.isClosed()).isTrue();
        assertThatThrownBy(this::create).as("it is not tried once more").isInstanceOf(IOException.class);
        Await.until("the server sees the end", Duration.ofSeconds(20), () -> server.getInputStream().read() < 0);
    }

    @Test
    void seesWhatGoesThroughTls(@TempDir Path folder) throws Exception {
        SSLContext context = tls(folder);
        try (ServerSocket secret = context.getServerSocketFactory().createServerSocket(0, 0,
                InetAddress.getLoopbackAddress()); Socket plain = create()) {
            CompletableFuture<Void> echo = CompletableFuture.runAsync(() -> {
                try (Socket accepted = secret.accept()) {
                    accepted.getOutputStream().write(accepted.getInputStream().read());
                    accepted.getInputStream().read();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            plain.connect(secret.getLocalSocketAddress());
            SSLSocket layered = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost",
                    secret.getLocalPort(), true);
            layered.startHandshake();
            AtomicInteger arrivals = new AtomicInteger();
            watch.onArrival(arrivals::incrementAndGet);
            long before = watch.sent();
            layered.getOutputStream().write(7);
            assertThat(watch.sent()).isNotEqualTo(before);
            assertThat(layered.getInputStream().read()).isEqualTo(7);
            assertThat(arrivals.get()).isPositive();
            long then = watch.sent();
            watch.stopCounting();
            layered.getOutputStream().write(8);
            watch.countAgain();
            assertThat(watch.sent()).isEqualTo(then);
            echo.get();
        }
    }

    /** Trusts a certificate of its own. */
    private static SSLContext tls(Path folder) throws Exception {
        Path file = folder.resolve("keys");
        String[] command = {Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
            "-keyalg", "EC", "-alias", "test", "-dname", "CN=localhost", "-storetype", "PKCS12", "-storepass",
            "password", "-keystore", file.toString()};
        assertThat(new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor()).isZero();
        KeyStore store = KeyStore.getInstance(file.toFile(), "password".toCharArray());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "password".toCharArray());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("test", store.getCertificate("test"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void keepsOutWhereTheApplicationHasItsOwnSockets() {
        Properties given = new Properties();
        PGProperty.SOCKET_FACTORY.set(given, "com.example.Factory");
        SendWatch none = SendWatch.of(given);
        assertThat(PGProperty.SOCKET_FACTORY.getOrDefault(given)).isEqualTo("com.example.Factory");
        assertThat(none.isCounting()).isFalse();
        Properties beside = new Properties();
        SendWatch.of(beside, given);
        assertThat(beside).isEmpty();
        assertThat(SendWatch.of(beside, null).isCounting()).isFalse();
        assertThat(beside).isEmpty();
    }
}
