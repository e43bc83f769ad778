package io.pgbg.wire;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import org.postgresql.PGProperty;

/**
 * Makes sockets that tell a {@link SendWatch} of reads and writes. The next read tells that a request has left: pgjdbc
 * begins to read the answer when, and only when, it has handed the whole request to the operating system. Public
 * because pgjdbc creates it by its name.
 *
 * <p>Thread-safe.
 */
public final class WatchedSocketFactory extends SocketFactory {

    /** The watches that wait for their sockets, by the token in the connection's properties. */
    private static final ConcurrentMap<String, SendWatch> WATCHES = new ConcurrentHashMap<>();

    private static final AtomicLong TOKENS = new AtomicLong();

    private final String token;

    /**
     * For pgjdbc.
     *
     * @param token names the connection that is being made
     */
    public WatchedSocketFactory(String token) {
        super();
        this.token = token;
    }

    /** Whether pgjdbc finds this class, and the application has no socket factory of its own. */
    private static boolean isUsable(Properties properties) {
        if (PGProperty.SOCKET_FACTORY.isPresent(properties)) {
            return false;
        }
        try {
            return Class.forName(WatchedSocketFactory.class.getName(), false,
                    org.postgresql.Driver.class.getClassLoader()) == WatchedSocketFactory.class;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Changes a connection's properties so that pgjdbc makes a watched socket, if that is possible.
     *
     * @param resolved all properties that pgjdbc knows; a socket factory among them is the application's
     */
    static SendWatch expect(Properties properties, Properties resolved) {
        SendWatch watch = new SendWatch();
        if (isUsable(resolved)) {
            String token = Long.toString(TOKENS.incrementAndGet());
            watch.expectedAs(token);
            WATCHES.put(token, watch);
            PGProperty.SOCKET_FACTORY.set(properties, WatchedSocketFactory.class.getName());
            PGProperty.SOCKET_FACTORY_ARG.set(properties, token);
        }
        return watch;
    }

    /** The connection was made, or could not be. Later sockets are for cancel requests and not watched. */
    static void settle(String token) {
        WATCHES.remove(token);
    }

    @Override
    public Socket createSocket() throws IOException {
        SendWatch watch = WATCHES.get(token);
        if (watch == null) {
            return new Socket();
        }
        WatchedSocket socket = new WatchedSocket(watch);
        OpenSockets.add(socket);
        watch.use(socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return new Socket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return new Socket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return new Socket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return new Socket(address, port, localAddress, localPort);
    }

    /** A socket that tells its watch of each read and write. */
    static final class WatchedSocket extends Socket {

        private final SendWatch watch;

        WatchedSocket(SendWatch watch) {
            this.watch = watch;
        }

        @Override
        public void close() throws IOException {
            super.close();
            OpenSockets.remove(this);
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    watch.reading(in);
                    int value = super.read();
                    if (value >= 0) {
                        watch.arrived();
                    }
                    return value;
                }

                @Override
                public int read(byte[] buffer, int offset, int length) throws IOException {
                    watch.reading(in);
                    int count = super.read(buffer, offset, length);
                    if (count > 0) {
                        watch.arrived();
                    }
                    return count;
                }
            };
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override
                public void write(int value) throws IOException {
                    watch.writing();
                    out.write(value);
                }

                @Override
                public void write(byte[] buffer, int offset, int length) throws IOException {
                    watch.writing();
                    out.write(buffer, offset, length);
                }
            };
        }
    }
}
