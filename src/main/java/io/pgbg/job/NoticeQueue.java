package io.pgbg.job;

import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The notices of a job: kept until a reader comes, then passed on as they come.
 *
 * <p>Thread-safe. The lock guards the order of the notices and is held while the reader takes one.
 */
public final class NoticeQueue implements Consumer<SQLWarning> {

    private static final Consumer<SQLWarning> IGNORE = notice -> { };

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
     * Passes the kept notices on to a reader, and each further one as it comes.
     *
     * @param newReader must neither block nor fail; called by the thread that receives the notice
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

    /** Throws away all notices, also those to come. */
    public void discard() {
        lock.lock();
        try {
            kept.clear();
            reader = IGNORE;
        } finally {
            lock.unlock();
        }
    }
}
