package io.pgbg.wire;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Watches the socket of one connection: it tells when a request has left for the server, which then carries it out
 * even if this process dies; whether anything was sent since an earlier moment; and when bytes arrive from the server.
 * It can also end the connection.
 *
 * <p>With a socket factory of the application's own, or where pgjdbc's class loader does not see this driver, the
 * socket is not known: then a request counts as having left just before it is handed to pgjdbc, and whether anything
 * was sent remains unknown.
 *
 * <p>Thread-safe. The thread that sends counts its writes; pgjdbc lets only one thread send at a time.
 */
public final class SendWatch {

    private String token;
    private volatile Socket socket;
    private volatile boolean aborted;
    private volatile long sent;
    /** The thread whose writes are not counted; null for none. */
    private volatile Thread uncounted;
    private volatile Runnable onRead;
    private volatile Runnable onArrival;
    /** Whether a read that would have to wait fails at once instead. */
    private volatile boolean impatient;

    SendWatch() {
    }

    /** Without a stack trace, which would cost more than all else: pgjdbc catches it at each launch. */
    private static final class NothingHasCome extends SocketTimeoutException {

        private static final long serialVersionUID = 1L;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    /** For a connection whose socket is not known. */
    public static SendWatch none() {
        return new SendWatch();
    }

    /**
     * Prepares to watch a connection that is about to be made.
     *
     * @param properties all of the connection's properties; changed so that pgjdbc makes a socket that can be watched
     */
    public static SendWatch of(Properties properties) {
        return of(properties, properties);
    }

    /**
     * The same for a connection whose URL or service file has properties as well.
     *
     * @param properties those given beside the URL; changed so that pgjdbc makes a socket that can be watched
     * @param resolved what pgjdbc makes of everything together; null when it does not understand the URL
     */
    public static SendWatch of(Properties properties, Properties resolved) {
        return resolved == null ? none() : WatchedSocketFactory.expect(properties, resolved);
    }

    void expectedAs(String newToken) {
        token = newToken;
    }

    /** A socket was made. If pgjdbc tries several, the last one is the connection's. */
    void use(Socket newSocket) throws IOException {
        socket = newSocket;
        if (aborted) {
            newSocket.close();
            throw new SocketException("the connection is not wanted any more");
        }
    }

    /** To be called once the connection was made, or could not be. */
    public void settle() {
        if (token != null) {
            WatchedSocketFactory.settle(token);
        }
    }

    /**
     * Closes the socket without telling the server. A connection that is just being made fails. Called by any thread;
     * does not wait. Does nothing where the socket is not known.
     */
    public void abort() {
        aborted = true;
        Socket known = socket;
        if (known != null) {
            OpenSockets.close(known);
        }
    }

    /**
     * Whether bytes have arrived that nobody has read. A server that is asked nothing sends only what is urgent, such
     * as that it has ended the session. False where the socket is not known.
     */
    public boolean hasUnread() {
        Socket known = socket;
        try {
            return known != null && known.getInputStream().available() > 0;
        } catch (IOException e) {
            // closed: who uses the connection finds that out
            return true;
        }
    }

    /**
     * Has pgjdbc look for something that the server has sent unasked. To know that nothing has come, pgjdbc waits for a
     * millisecond, which is longer than a short job takes; here what it reads times out at once.
     *
     * @param looking reads, on the calling thread; while it does no other thread may read
     */
    public void look(SqlAction looking) throws SQLException {
        impatient = true;
        try {
            looking.run();
        } finally {
            impatient = false;
        }
    }

    /** Whether writes are counted, because the socket is known. */
    public boolean isCounting() {
        return socket != null;
    }

    /** A number that changes whenever anything is sent; only meaningful if {@link #isCounting()}. */
    public long sent() {
        return sent;
    }

    /**
     * Stops counting what the calling thread sends, until {@link #countAgain()}: for requests that change nothing in
     * the session. If another thread calls this meanwhile, the writes of the first are counted again too early.
     */
    public void stopCounting() {
        uncounted = Thread.currentThread();
    }

    /** Counts the writes of all threads again. */
    public void countAgain() {
        uncounted = null;
    }

    /**
     * Asks to be told when the next request has left for the server. Called just before the request is sent.
     *
     * @param told called once, on the thread that sends
     */
    public void onceSent(Runnable told) {
        if (socket == null) {
            told.run();
        } else {
            onRead = told;
        }
    }

    /**
     * Asks to be told whenever bytes have arrived from the server. Has no effect where the socket is not known.
     *
     * @param told called on the thread that has read the bytes, before pgjdbc looks at them; null for no more calls
     */
    public void onArrival(Runnable told) {
        onArrival = told;
    }

    /** Before a read. */
    void reading(InputStream from) throws IOException {
        Runnable told = onRead;
        if (told != null) {
            onRead = null;
            told.run();
        }
        if (impatient && from.available() == 0) {
            throw new NothingHasCome();
        }
    }

    /** After a read that has returned bytes. */
    void arrived() {
        Runnable told = onArrival;
        if (told != null) {
            told.run();
        }
    }

    /** Before a write. */
    void writing() {
        if (Thread.currentThread() != uncounted) {
            // not atomic, because only one thread sends at a time
            sent++;
        }
    }
}
