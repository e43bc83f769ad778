package io.pgbg.job;

import io.pgbg.wire.Lock;
import io.pgbg.wire.NewestWarnings;
import io.pgbg.wire.ServerError;
import java.sql.SQLWarning;
import java.util.function.Consumer;

/**
 * The notices of a job: the newest are kept until a reader comes, then each is passed on as it comes.
 *
 * <p>Thread-safe. The lock guards the order of the notices and is held while the reader takes one.
 */
public final class NoticeQueue implements Consumer<SQLWarning> {

    private static final Consumer<SQLWarning> IGNORE = notice -> { };

    private final Lock lock = new Lock();
    private final NewestWarnings kept = new NewestWarnings(0);
    private Consumer<SQLWarning> reader;

    /** Takes a notice from the job. */
    @Override
    public void accept(SQLWarning notice) {
        try (var held = lock.hold()) {
            if (reader != null) {
                reader.accept(notice);
            } else {
                kept.add(notice);
            }
        }
    }

    /**
     * Passes the kept notices on to a reader, and each further one as it comes.
     *
     * @param newReader must neither block nor fail; called by the thread that receives the notice
     */
    public void forwardTo(Consumer<SQLWarning> newReader) {
        try (var held = lock.hold()) {
            long dropped = kept.takeDropped();
            if (dropped > 0) {
                newReader.accept(ServerError.warning(dropped + " earlier notices of the job were not kept until it was"
                        + " read").toWarning());
            }
            for (SQLWarning notice = kept.poll(); notice != null; notice = kept.poll()) {
                newReader.accept(notice);
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
