package io.pgbg.wire;

import java.util.Properties;

/**
 * Tells when a request has left for the server, so that it is carried out even if this process dies. With a socket
 * factory of the application's own, or where pgjdbc's class loader does not see this driver, nothing is known: then a
 * request counts as having left just before it is handed to pgjdbc.
 *
 * <p>Used by the thread that connects, then by the one that sends.
 */
public final class SendWatch {

    private String token;
    private volatile WatchedSocketFactory.WatchedSocket socket;

    SendWatch() {
    }

    /**
     * Prepares to watch a connection that is about to be made.
     *
     * @param properties the connection's, to be changed
     */
    public static SendWatch of(Properties properties) {
        return WatchedSocketFactory.expect(properties);
    }

    void expectedAs(String newToken) {
        token = newToken;
    }

    void use(WatchedSocketFactory.WatchedSocket newSocket) {
        socket = newSocket;
    }

    /** To be called when the connection was made, or could not be. */
    public void settle() {
        if (token != null) {
            WatchedSocketFactory.settle(token);
        }
    }

    /**
     * Asks to be told when the next request has left; to be called just before it is sent.
     *
     * @param told called once, on the thread that sends
     */
    public void onceSent(Runnable told) {
        WatchedSocketFactory.WatchedSocket watched = socket;
        if (watched == null) {
            told.run();
        } else {
            watched.onNextRead(told);
        }
    }
}
