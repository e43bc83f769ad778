package io.pgbg.execution;

import java.time.Duration;

/** Turns the times of the Java interface into those of the functions. Stateless. */
final class Times {

    private static final Duration LONGEST = Duration.ofDays(1);

    private Times() {
    }

    /** Whole milliseconds; a time that is not zero stays so, and an endless one does not overflow. */
    static long millis(Duration time) {
        if (time.isZero() || time.isNegative()) {
            return 0;
        }
        return Math.max(1, (time.compareTo(LONGEST) > 0 ? LONGEST : time).toMillis());
    }
}
