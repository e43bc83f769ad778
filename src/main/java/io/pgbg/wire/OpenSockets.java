package io.pgbg.wire;

import java.io.IOException;
import java.net.Socket;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * The sockets of all connections that this driver's class loader has open, as far as it has made them: those of
 * applications, workers and connections for answers. For the end of the driver, which is to leave nothing on the server.
 *
 * <p>Thread-safe. Keeps no socket alive: a connection that the application has forgotten is found all the same.
 */
public final class OpenSockets {

    private static final Lock LOCK = new Lock();

    private static final Set<Socket> OPEN = Collections.newSetFromMap(new WeakHashMap<>());

    private OpenSockets() {
    }

    static void add(Socket socket) {
        try (var held = LOCK.hold()) {
            OPEN.add(socket);
        }
    }

    static void remove(Socket socket) {
        try (var held = LOCK.hold()) {
            OPEN.remove(socket);
        }
    }

    /** Closes all of them, without a word to the server: what waits for its answer fails. */
    public static void closeAll() {
        List<Socket> open;
        try (var held = LOCK.hold()) {
            open = List.copyOf(OPEN);
        }
        open.forEach(OpenSockets::close);
    }

    /** Closes a socket that is not used again, whatever is wrong with it. */
    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            remove(socket);
        }
    }
}
