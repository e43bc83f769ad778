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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between clients and the server on this machine: writes down what the clients send, and breaks connections as
 * networks do. Thread-safe.
 */
public final class Forwarder implements AutoCloseable {

    private static final Pattern HOST = Pattern.compile("//([^:/]+):(\\d+)/");

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** No other first message has this length. */
    private static final int CANCEL_BYTES = 16;

    private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();

    private final ServerSocket door;
    private final String url;
    private final String host;
    /** Of the servers, whose turn comes one after the other. */
    private final List<Integer> ports = new ArrayList<>();
    /** In the order in which the clients have come. */
    private final List<Link> links = new CopyOnWriteArrayList<>();
    /** Clients that may send more. */
    private final AtomicInteger clients = new AtomicInteger();
    private final List<Socket> unanswered = new CopyOnWriteArrayList<>();
    private volatile boolean holding;

    /**
     * Opens a port.
     *
     * @param url a JDBC URL with the host and port to forward to
     * @param more the ports of other servers on the same host, to which every second client, or third, is led
     */
    public Forwarder(String url, int... more) throws IOException {
        Matcher matcher = HOST.matcher(url);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no host and port in the URL");
        }
        this.host = matcher.group(1);
        this.ports.add(Integer.valueOf(matcher.group(2)));
        Arrays.stream(more).forEach(ports::add);
        this.door = door();
        this.url = matcher.replaceFirst("//127.0.0.1:" + door.getLocalPort() + "/");
        start("pgbg test forwarder", this::accept);
    }

    /** At a port that no other one of this JVM has had: the driver remembers what it knows of a server. */
    private static ServerSocket door() throws IOException {
        ServerSocket door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        while (!PORTS.add(door.getLocalPort())) {
            door.close();
            door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        }
        return door;
    }

    /** The URL that leads through here. */
    public String url() {
        return url;
    }

    /** How a URL names it among several hosts. */
    public String address() {
        return "127.0.0.1:" + door.getLocalPort();
    }

    /** All that the first client has sent until it has closed; bytes as characters of the same number. */
    public String sent() throws Exception {
        return sent(0);
    }

    /** The same of another client, in the order in which they have come, from 0. */
    public String sent(int client) throws Exception {
        Await.until("all clients have closed", PATIENCE, () -> clients.get() == 0);
        return links.get(client).record.toString(StandardCharsets.ISO_8859_1);
    }

    /** How many clients were connected to the server so far. */
    public int connected() {
        return links.size();
    }

    /**
     * From now on nothing gets through between a client and the server, not even that one of them has closed: to each,
     * the connection seems to be there still.
     *
     * @param client in the order in which they have come, from 0
     */
    public void silence(int client) {
        links.get(client).silent = true;
    }

    /** Does that to all clients that have come so far. */
    public void silenceAll() {
        links.forEach(link -> link.silent = true);
    }

    /** Breaks a client's connection off, as a firewall does that has forgotten it. */
    public void reset(int client) throws IOException {
        Link link = links.get(client);
        link.silent = true;
        link.client.setSoLinger(true, 0);
        link.client.close();
        link.server.close();
    }

    /** From now on who connects gets no answer, as where a network drops what is sent. */
    public void hold() {
        holding = true;
    }

    /** From now on who connects gets to the server again. */
    public void pass() {
        holding = false;
    }

    /** Who has got no answer gets to the server now, with what was sent so far. */
    public void passLate() throws IOException {
        holding = false;
        for (Socket client : unanswered) {
            lead(client);
        }
        unanswered.clear();
    }

    /** How many clients have got no answer. */
    public int held() {
        return unanswered.size();
    }

    /** How many of those ask the server to cancel a statement. */
    public int heldCancels() throws IOException {
        int cancels = 0;
        for (Socket client : unanswered) {
            cancels += client.getInputStream().available() == CANCEL_BYTES ? 1 : 0;
        }
        return cancels;
    }

    /** A client's connection and the one that was made to the server for it. */
    private static final class Link {

        private final Socket client;
        private final Socket server;
        private final ByteArrayOutputStream record = new ByteArrayOutputStream();
        private volatile boolean silent;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void copy(Socket from, Socket to, OutputStream copy) throws IOException {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[8192];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                copy.write(buffer, 0, count);
                if (!silent) {
                    to.getOutputStream().write(buffer, 0, count);
                }
            }
            if (!silent) {
                to.shutdownOutput();
            }
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = door.accept();
            if (holding) {
                unanswered.add(client);
                continue;
            }
            lead(client);
        }
    }

    private void lead(Socket client) throws IOException {
        Link link = new Link(client, new Socket(host, ports.get(links.size() % ports.size())));
        clients.incrementAndGet();
        links.add(link);
        start("pgbg test forwarder to server", () -> {
            try {
                link.copy(client, link.server, link.record);
            } finally {
                clients.decrementAndGet();
            }
        });
        start("pgbg test forwarder to client", () -> link.copy(link.server, client, OutputStream.nullOutputStream()));
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
        for (Socket socket : unanswered) {
            socket.close();
        }
        for (Link link : links) {
            link.client.close();
            link.server.close();
        }
    }
}
