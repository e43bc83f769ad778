package io.pgbg.relay;

import io.pgbg.wire.SqlSupplier;
import java.sql.SQLException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the functions are installed in a database, as far as this JVM knows. The first session asks the server, then
 * for a while nobody does, unless somebody has reason to doubt.
 *
 * <p>Shared by all sessions of the database. Thread-safe, without a lock.
 */
public final class Installations {

    /** A look that fails is not tried again with each statement. */
    private static final long PAUSE_AFTER_FAILURE = TimeUnit.SECONDS.toNanos(1);

    private static final Logger LOG = LoggerFactory.getLogger(Installations.class);

    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final ConcurrentMap<String, Installations> OF_JVM = new ConcurrentHashMap<>();

    private final String name;
    private final AtomicReference<Known> known = new AtomicReference<>(
            new Known(null, System.nanoTime(), true, System.nanoTime()));

    /**
     * What is known.
     *
     * @param installation null for none
     * @param since when it was asked
     * @param doubtful whether it has to be asked again
     * @param notBefore but not before this time, because asking has just failed
     */
    private record Known(Installation installation, long since, boolean doubtful, long notBefore) {
    }

    private Installations(String name) {
        this.name = name;
    }

    /** What this JVM knows of a database. */
    public static Installations of(String host, int port, String database) {
        return OF_JVM.computeIfAbsent(host + ':' + port + '/' + database, Installations::new);
    }

    /** The installation, null when there is none; what was true when somebody asked last. */
    Installation installation() {
        return known.get().installation();
    }

    /** Whether somebody has reason to believe that it is not true any more. */
    boolean isDoubtful() {
        Known now = known.get();
        return now.doubtful() && System.nanoTime() - now.notBefore() >= 0;
    }

    /** From now on it is doubtful. */
    void doubt() {
        known.updateAndGet(before -> new Known(before.installation(), before.since(), true,
                before.notBefore()));
    }

    /** Asks if it is doubtful, or old. */
    void refresh(SqlSupplier<Installation> question) {
        Known before = known.get();
        if (before.doubtful() || System.nanoTime() - before.since() > REMEMBERED_NANOS) {
            ask(question);
        }
    }

    /**
     * Asks, not within a transaction, which may see an old state or one of its own. When the server does not answer,
     * things stay as they are until the next one asks.
     */
    void ask(SqlSupplier<Installation> question) {
        Known before = known.get();
        Installation found = before.installation();
        long pause = 0;
        try {
            found = question.get();
        } catch (SQLException e) {
            LOG.debug("{} - cannot tell whether the functions are installed: {}", name, e.getMessage());
            pause = PAUSE_AFTER_FAILURE;
        }
        // a doubt of the meantime stays
        long now = System.nanoTime();
        known.compareAndSet(before, new Known(found, now, pause > 0 && before.doubtful(), now + pause));
    }
}
