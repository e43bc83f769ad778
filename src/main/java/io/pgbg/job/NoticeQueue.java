package io.pgbg.job;

import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The notices of a job: kept until somebody reads the job's result, then handed on as they come.
 *
 * <p>Thread-safe; the order of the notices is kept across the hand-over.
 */
public final class NoticeQueue implements Consumer<SQLWarning> {

    private static final Consumer<SQLWarning> NOBODY = notice -> { };

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<SQLWarning> kept = new ArrayDeque<>();
    private Consumer<SQLWarning> reader;

    /** Takes a notice from the job. */
    @Override
    public void accept(SQLWarning notice) {
        lock.lock();
        try {
            if (reader != null) {
                reader.accept(notice);
            } else {
                kept.add(notice);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands the kept notices to a reader, and each further one as it comes.
     *
     * @param newReader must neither block nor fail; called by whatever thread receives the notice
     */
    public void forwardTo(Consumer<SQLWarning> newReader) {
        lock.lock();
        try {
            while (!kept.isEmpty()) {
                newReader.accept(kept.poll());
            }
            reader = newReader;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the notices again, for a later reader. */
    public void keep() {
        lock.lock();
        try {
            reader = null;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all notices, those to come included. */
    public void discard() {
        lock.lock();
        try {
            kept.clear();
            reader = NOBODY;
        } finally {
            lock.unlock();
        }
    }
}
