package io.pgbg.wire;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.Properties;

/**
 * Sees what goes over the socket of one connection: when a request has left for the server, so that it is carried out
 * even if this process dies; whether anything was sent since somebody looked last; when something comes back.
 *
 * <p>With a socket factory of the application's own, or where pgjdbc's class loader does not see this driver, nothing
 * is known: then a request counts as having left just before it is handed to pgjdbc, and nobody can say that nothing
 * was sent.
 *
 * <p>Thread-safe. Writes are counted by the thread that sends, one at a time, as pgjdbc sees to it.
 */
public final class SendWatch {

    private String token;
    private volatile Socket socket;
    private volatile boolean aborted;
    private volatile long sent;
    /** Sends what changes nothing and is not to be counted. */
    private volatile Thread uncounted;
    private volatile Runnable onRead;
    private volatile Runnable onArrival;

    SendWatch() {
    }

    /** Of a connection of which nothing is known. */
    public static SendWatch none() {
        return new SendWatch();
    }

    /**
     * Prepares to watch a connection that is about to be made.
     *
     * @param properties the connection's, to be changed
     */
    public static SendWatch of(Properties properties) {
        return of(properties, properties);
    }

    /**
     * The same for a connection whose URL, or something else, has a say as well.
     *
     * @param properties those that are given beside the URL, to be changed
     * @param resolved what pgjdbc makes of everything together; null when it does not understand it
     */
    public static SendWatch of(Properties properties, Properties resolved) {
        return resolved == null ? none() : WatchedSocketFactory.expect(properties, resolved);
    }

    void expectedAs(String newToken) {
        token = newToken;
    }

    /** A socket was made; of several that are tried the last is the one. */
    void use(Socket newSocket) throws IOException {
        socket = newSocket;
        if (aborted) {
            newSocket.close();
            throw new SocketException("the connection is not wanted any more");
        }
    }

    /** To be called when the connection was made, or could not be. */
    public void settle() {
        if (token != null) {
            WatchedSocketFactory.settle(token);
        }
    }

    /**
     * Ends the connection without a word to the server, also one that is just being made, whose maker gets an error.
     * Comes from any thread and does not wait. Does nothing where the socket is not known.
     */
    public void abort() {
        aborted = true;
        Socket known = socket;
        if (known != null) {
            try {
                known.close();
            } catch (IOException e) {
                // it is not to be used again, whatever is wrong with it
                return;
            }
        }
    }

    /** Whether it is known what is sent. */
    public boolean isCounting() {
        return socket != null;
    }

    /** A number that is another one after anything was sent; means something only if {@link #isCounting()}. */
    public long sent() {
        return sent;
    }

    /**
     * What the calling thread sends is not counted until {@link #countAgain()}: it changes nothing that anybody wants
     * to know of. If another thread says so meanwhile, this one's may be counted again too early.
     */
    public void stopCounting() {
        uncounted = Thread.currentThread();
    }

    /** Everything is counted again. */
    public void countAgain() {
        uncounted = null;
    }

    /**
     * Asks to be told when the next request has left; to be called just before it is sent.
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
     * Asks to be told whenever bytes have come from the server. Where the socket is not known nobody is told anything.
     *
     * @param told called on the thread that has read them, before anybody has looked at them; null for nobody
     */
    public void onArrival(Runnable told) {
        onArrival = told;
    }

    /** Before a read. */
    void reading() {
        Runnable told = onRead;
        if (told != null) {
            onRead = null;
            told.run();
        }
    }

    /** After a read that has given something. */
    void arrived() {
        Runnable told = onArrival;
        if (told != null) {
            told.run();
        }
    }

    /** Before a write. */
    void writing() {
        if (Thread.currentThread() != uncounted) {
            // one thread at a time sends
            sent++;
        }
    }
}
