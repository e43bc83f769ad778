package io.pgbg.job;

import io.pgbg.wire.Rows;

/**
 * How many rows to fetch at a time so that about one window of bytes is held. Grows step by step, because the first
 * rows say little about the next ones.
 *
 * <p>Not thread-safe.
 */
final class FetchSize {

    /** The first fetch; rows may be a megabyte each. */
    static final int FIRST = 16;

    /** Bytes of rows held for each byte of the extension's queue; a queue of 64 kB makes half a megabyte. */
    private static final int WINDOW_FACTOR = 8;

    /** Not more rows than this at a time, however small they are. */
    private static final int MOST = 10_000;

    private static final int GROWTH = 8;

    /** The window while rows go to a file or are thrown away: a small one would only cost round trips. */
    private static final long WIDE = 512 * 1024;

    private long window;
    private int last = FIRST;
    private long rowBytes = 1;

    FetchSize(int queueSize) {
        this.window = (long) queueSize * WINDOW_FACTOR;
    }

    /** Takes the size of fetched rows into account. */
    void learn(Rows rows) {
        if (rows.size() > 0) {
            rowBytes = Math.max(1, rows.bytes() / rows.size());
        }
    }

    /** From now on the job does not wait for a reader. */
    void widen() {
        window = Math.max(window, WIDE);
    }

    boolean hasRoomFor(Rows held) {
        return held.bytes() + rowBytes <= window;
    }

    /** How many rows to fetch beside those that are held. */
    int next(Rows held) {
        return next(window - held.bytes());
    }

    /** How many rows to fetch when none are held. */
    int next() {
        return next(window);
    }

    private int next(long room) {
        long rows = Math.min(room / rowBytes, (long) last * GROWTH);
        last = (int) Math.max(1, Math.min(rows, MOST));
        return last;
    }
}
