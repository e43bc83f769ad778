package io.pgbg.job;

import io.pgbg.wire.Lock;
import io.pgbg.wire.ServerError;
import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * The notices of a job: the newest are kept until a reader comes, then each is passed on as it comes.
 *
 * <p>Thread-safe. The lock guards the order of the notices and is held while the reader takes one.
 */
public final class NoticeQueue implements Consumer<SQLWarning> {

    private static final Consumer<SQLWarning> IGNORE = notice -> { };

    /** How many notices are kept, and how many characters altogether: a job may raise millions. */
    static final int MOST = 10_000;
    static final int MOST_CHARACTERS = 2_000_000;

    private final Lock lock = new Lock();
    private final Deque<SQLWarning> kept = new ArrayDeque<>();
    private long characters;
    /** How many were too many. */
    private long dropped;
    private Consumer<SQLWarning> reader;

    /** Takes a notice from the job. */
    @Override
    public void accept(SQLWarning notice) {
        try (var held = lock.hold()) {
            if (reader != null) {
                reader.accept(notice);
            } else {
                keep(notice);
            }
        }
    }

    private void keep(SQLWarning notice) {
        kept.add(notice);
        characters += length(notice);
        while (kept.size() > MOST || characters > MOST_CHARACTERS && kept.size() > 1) {
            characters -= length(kept.remove());
            dropped++;
        }
    }

    private static int length(SQLWarning notice) {
        return notice.toString().length();
    }

    /**
     * Passes the kept notices on to a reader, and each further one as it comes.
     *
     * @param newReader must neither block nor fail; called by the thread that receives the notice
     */
    public void forwardTo(Consumer<SQLWarning> newReader) {
        try (var held = lock.hold()) {
            if (dropped > 0) {
                newReader.accept(ServerError.warning(dropped + " earlier notices of the job were not kept until it was"
                        + " read").toWarning());
                dropped = 0;
            }
            characters = 0;
            while (!kept.isEmpty()) {
                newReader.accept(kept.poll());
            }
            reader = newReader;
        }
    }

    /** Keeps the notices again, for a later reader. */
    public void keep() {
        try (var held = lock.hold()) {
            reader = null;
        }
    }

    /** Throws away all notices, also those to come. */
    public void discard() {
        try (var held = lock.hold()) {
            kept.clear();
            reader = IGNORE;
        }
    }
}
