package io.pgbg.job;

import io.pgbg.wire.Lock;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * The cookies of jobs: random numbers that nobody can guess, and never 0, which is no cookie.
 *
 * <p>Thread-safe. The operating system is asked for many at once, because threads that launch at the same time would wait
 * for each other there.
 */
final class Cookies {

    private static final int ASKED_FOR = 128;

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final Lock LOCK = new Lock();
    private static final ByteBuffer BYTES = ByteBuffer.allocate(ASKED_FOR * Long.BYTES).flip();

    private Cookies() {
    }

    static long next() {
        try (var held = LOCK.hold()) {
            long cookie = 0;
            while (cookie == 0) {
                if (!BYTES.hasRemaining()) {
                    RANDOM.nextBytes(BYTES.array());
                    BYTES.clear();
                }
                cookie = BYTES.getLong();
            }
            return cookie;
        }
    }
}
