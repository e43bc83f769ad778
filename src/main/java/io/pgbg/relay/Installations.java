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
 * Where the functions are installed in a database, as far as this JVM knows. The first session asks the server; later
 * ones ask again after a while, or when there is doubt.
 *
 * <p>Shared by all sessions of the database. Thread-safe, without a lock.
 */
public final class Installations {

    /** For sessions whose installed functions are not answered: says that there are none, and never asks. */
    public static final Installations NONE = new Installations(null);

    private static final Logger LOG = LoggerFactory.getLogger(Installations.class);

    /** A question that fails is not repeated with each statement. */
    private static final long PAUSE_AFTER_FAILURE = TimeUnit.SECONDS.toNanos(1);

    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final ConcurrentMap<String, Installations> OF_JVM = new ConcurrentHashMap<>();

    private final String name;
    private final AtomicReference<Known> known;

    /**
     * What is known.
     *
     * @param installation null for none
     * @param since when the server was asked
     * @param doubtful whether the server is to be asked again
     * @param notBefore the earliest time for that, because asking has just failed
     */
    private record Known(Installation installation, long since, boolean doubtful, long notBefore) {
    }

    private Installations(String name) {
        this.name = name;
        this.known = new AtomicReference<>(new Known(null, System.nanoTime(), name != null, System.nanoTime()));
    }

    /** What this JVM knows of a database. */
    public static Installations of(String host, int port, String database) {
        return OF_JVM.computeIfAbsent(host + ':' + port + '/' + database, Installations::new);
    }

    /** The installation when the server was asked last; null when there was none. */
    Installation installation() {
        return known.get().installation();
    }

    /** Whether what is known may not be true any more, and the server may be asked now. */
    boolean isDoubtful() {
        Known now = known.get();
        return now.doubtful() && System.nanoTime() - now.notBefore() >= 0;
    }

    /** What is known may not be true any more. */
    void doubt() {
        if (this != NONE) {
            known.updateAndGet(before -> new Known(before.installation(), before.since(), true, before.notBefore()));
        }
    }

    /** Asks if what is known is doubtful or old. */
    void refresh(SqlSupplier<Installation> question) {
        Known before = known.get();
        if (this != NONE && (before.doubtful() || System.nanoTime() - before.since() > REMEMBERED_NANOS)) {
            ask(question);
        }
    }

    /**
     * Asks. Not to be called within a transaction, which may see an old state or one of its own. When the question
     * fails, what was known stays until the next question.
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
        // a doubt that has come up meanwhile stays
        long now = System.nanoTime();
        known.compareAndSet(before, new Known(found, now, pause > 0 && before.doubtful(), now + pause));
    }
}
