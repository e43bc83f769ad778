package io.pgbg.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stands between a client and the server on this machine and writes down what the client sends. Thread-safe. */
public final class Forwarder implements AutoCloseable {

    private static final Pattern HOST = Pattern.compile("//([^:/]+):(\\d+)/");

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ServerSocket door;
    private final String url;
    private final String host;
    private final int port;
    private final List<ByteArrayOutputStream> sent = new CopyOnWriteArrayList<>();
    /** Clients that may send more. */
    private final AtomicInteger clients = new AtomicInteger();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger held = new AtomicInteger();
    private volatile boolean holding;

    /** @param url a JDBC URL with the host and port to forward to */
    public Forwarder(String url) throws IOException {
        Matcher matcher = HOST.matcher(url);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no host and port in the URL");
        }
        this.host = matcher.group(1);
        this.port = Integer.parseInt(matcher.group(2));
        this.door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        this.url = matcher.replaceFirst("//127.0.0.1:" + door.getLocalPort() + "/");
        start("pgbg test forwarder", this::accept);
    }

    /** The URL that leads through here. */
    public String url() {
        return url;
    }

    /** All that the first client has sent until it has closed; bytes as characters of the same number. */
    public String sent() throws Exception {
        return sent(0);
    }

    /** The same of another client, in the order in which they have come, from 0. */
    public String sent(int client) throws Exception {
        Await.until("all clients have closed", PATIENCE, () -> clients.get() == 0);
        return sent.get(client).toString(StandardCharsets.ISO_8859_1);
    }

    /** From now on who connects gets no answer, as where a network drops what is sent. */
    public void hold() {
        holding = true;
    }

    /** How many clients have got no answer. */
    public int held() {
        return held.get();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = door.accept();
            if (holding) {
                held.incrementAndGet();
                sockets.add(client);
                continue;
            }
            Socket server = new Socket(host, port);
            clients.incrementAndGet();
            ByteArrayOutputStream record = new ByteArrayOutputStream();
            sent.add(record);
            sockets.add(client);
            sockets.add(server);
            start("pgbg test forwarder to server", () -> {
                try {
                    copy(client, server, record);
                } finally {
                    clients.decrementAndGet();
                }
            });
            start("pgbg test forwarder to client", () -> copy(server, client, OutputStream.nullOutputStream()));
        }
    }

    private static void copy(Socket from, Socket to, OutputStream record) throws IOException {
        InputStream in = from.getInputStream();
        byte[] buffer = new byte[8192];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            record.write(buffer, 0, count);
            to.getOutputStream().write(buffer, 0, count);
        }
        to.shutdownOutput();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                // the sockets were closed: this is how it ends
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        door.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
