package io.pgbg.worker;

import io.pgbg.wire.Wire;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Shows that a connection behind a connection pooler has a server process to itself, by two tests that together leave
 * no room for chance.
 *
 * <p>First it and another connection of the same login, the witness, are asked for their processes, in an order thrown
 * by a coin. A pooler that chooses a process for each transaction chooses without regard to who asks, so that it hits
 * on one process for the one and another for the other, time and again, with a chance of one in two for each question,
 * no matter how many processes and other clients it has. This sets nothing.
 *
 * <p>The pooler may be several programs behind one address, and the witness in another one. Therefore the connection
 * then listens to a channel and the witness notifies it: only a process that is joined to the connection while nothing
 * is asked can pass that on. A standby cannot listen; there the first test has to do.
 *
 * <p>Used by one thread.
 */
final class OwnSession {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A pooler that is to be refused passes with a chance of less than one in eight million, and then must listen. */
    private static final int QUESTIONS = 24;

    private static final int NAME_BYTES = 16;

    /** How long a notification may take. */
    private static final int HEARD_MILLIS = 3000;

    /** How often to look for the process that was made to listen. */
    private static final int MOST_ATTEMPTS = 200;

    private final Wire connection;
    private final Wire witness;

    /** Both know their pids. */
    OwnSession(Wire connection, Wire witness) {
        this.connection = connection;
        this.witness = witness;
    }

    /**
     * Does both tests.
     *
     * @param listens whether the server can listen to channels
     * @throws SQLException 0A000 when one of them fails
     */
    void show(boolean listens) throws SQLException {
        if (connection.pid() == witness.pid()) {
            throw Poolers.refused("Two connections were given the same process %d.", connection.pid());
        }
        for (int i = 0; i < QUESTIONS; i++) {
            Poolers.askAgain(RANDOM.nextBoolean() ? connection : witness);
        }
        if (listens) {
            listen();
        }
    }

    private void listen() throws SQLException {
        byte[] name = new byte[NAME_BYTES];
        RANDOM.nextBytes(name);
        String channel = "pgbg_" + HexFormat.of().formatHex(name);
        int listening = tell(connection, "LISTEN " + channel);
        witness.run("NOTIFY " + channel, notice -> { });
        boolean heard = listening == connection.pid() && hears(channel);
        for (int i = 0; tell(i % 2 == 0 ? connection : witness, "UNLISTEN " + channel) != listening; i++) {
            if (i == MOST_ATTEMPTS) {
                break;
            }
            heard = false;
        }
        if (!heard) {
            throw Poolers.refused("Process %d is not joined to the connection while nothing is asked.", listening);
        }
    }

    /** Waits for a notification, and asks for nothing. */
    private boolean hears(String channel) throws SQLException {
        PGConnection listener = connection.jdbc().unwrap(PGConnection.class);
        long start = System.nanoTime();
        for (long left = HEARD_MILLIS; left > 0;
                left = HEARD_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)) {
            PGNotification[] heard = listener.getNotifications((int) left);
            if (heard != null && Arrays.stream(heard).anyMatch(each -> channel.equals(each.getName()))) {
                return true;
            }
        }
        return false;
    }

    /** Executes a statement and gives the pid of the process that has done so. */
    private static int tell(Wire wire, String sql) throws SQLException {
        return Integer.parseInt(wire.run(sql + "; SELECT pg_catalog.pg_backend_pid()", notice -> { })
                .rows().text(0, 0));
    }
}
