package io.pgbg.relay;

import java.security.SecureRandom;

/**
 * The server process that writes a mailbox.
 *
 * @param pid of the process as itself tells it; what a connection pooler in between tells may be wrong, and another
 *     process may have the pid later
 * @param life key of an advisory lock that the process holds as long as it writes
 */
record Writer(int pid, long life) {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** All keys have ten digits. */
    private static final long LEAST_LIFE = 1_000_000_000L;
    private static final long ABOVE_LIFE = 10_000_000_000L;

    static long newLife() {
        return RANDOM.nextLong(LEAST_LIFE, ABOVE_LIFE);
    }

    /** The key of the lock in a text of a fixed length. */
    String lifeText() {
        return Long.toString(life);
    }
}
