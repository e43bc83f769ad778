package io.pgbg.job;

import io.pgbg.wire.Rows;

/**
 * How many rows to fetch at a time so that about one window's bytes are held. Grows step by step, because the first
 * rows tell little of the next ones.
 *
 * <p>Not thread-safe.
 */
final class FetchSize {

    /** The first fetch; rows may be a megabyte each. */
    static final int FIRST = 16;

    /** Bytes of row data held for each byte of the extension's queue; a queue of 64 kB makes half a megabyte. */
    private static final int WINDOW_FACTOR = 8;

    /** No more rows at a time than this, however small they are. */
    private static final int MOST = 10_000;

    private static final int GROWTH = 8;

    /** The window where the rows go to a file or nowhere, and a small one would only cost round trips. */
    private static final long WIDE = 512 * 1024;

    private long window;
    private int last = FIRST;
    private long rowBytes = 1;

    FetchSize(int queueSize) {
        this.window = (long) queueSize * WINDOW_FACTOR;
    }

    /** Takes account of rows that came. */
    void learn(Rows rows) {
        if (rows.size() > 0) {
            rowBytes = Math.max(1, rows.bytes() / rows.size());
        }
    }

    /** From now on no reader is waited for. */
    void widen() {
        window = Math.max(window, WIDE);
    }

    boolean hasRoomFor(Rows held) {
        return held.bytes() + rowBytes <= window;
    }

    /** How many rows to fetch when these are held and stay. */
    int next(Rows held) {
        return next(window - held.bytes());
    }

    /** How many rows to fetch instead of those that are held. */
    int next() {
        return next(window);
    }

    private int next(long room) {
        long rows = Math.min(room / rowBytes, (long) last * GROWTH);
        last = (int) Math.max(1, Math.min(rows, MOST));
        return last;
    }
}
