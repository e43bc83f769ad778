package io.pgbg.relay;

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

    private static final Logger LOG = LoggerFactory.getLogger(Installations.class);

    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final ConcurrentMap<String, Installations> OF_JVM = new ConcurrentHashMap<>();

    private final String name;
    private final AtomicReference<Known> known = new AtomicReference<>(new Known(null, System.nanoTime(), true));

    /**
     * What is known.
     *
     * @param installation null for none
     * @param since when it was asked
     * @param doubtful whether it has to be asked again
     */
    private record Known(Installation installation, long since, boolean doubtful) {
    }

    private Installations(String name) {
        this.name = name;
    }

    /** What this JVM knows of a database. */
    public static Installations of(String host, int port, String database) {
        return OF_JVM.computeIfAbsent(host + ':' + port + '/' + database, Installations::new);
    }

    /** Asks the server, over a connection to the database. */
    @FunctionalInterface
    interface Question {

        /** The installation as the server sees it, null for none. */
        Installation ask() throws SQLException;
    }

    /** The installation, null when there is none; what was true when somebody asked last. */
    Installation installation() {
        return known.get().installation();
    }

    /** Whether somebody has reason to believe that it is not true any more. */
    boolean isDoubtful() {
        return known.get().doubtful();
    }

    /** From now on it is doubtful. */
    void doubt() {
        known.updateAndGet(before -> new Known(before.installation(), before.since(), true));
    }

    /** Asks if it is doubtful, or old. */
    void refresh(Question question) {
        Known before = known.get();
        if (before.doubtful() || System.nanoTime() - before.since() > REMEMBERED_NANOS) {
            ask(question);
        }
    }

    /**
     * Asks, not within a transaction, which may see an old state or one of its own. When the server does not answer,
     * things stay as they are until the next one asks.
     */
    void ask(Question question) {
        Known before = known.get();
        Installation found = before.installation();
        boolean failed = false;
        try {
            found = question.ask();
        } catch (SQLException e) {
            LOG.debug("{} - cannot tell whether the functions are installed: {}", name, e.getMessage());
            failed = true;
        }
        // a doubt of the meantime stays
        known.compareAndSet(before, new Known(found, System.nanoTime(), failed && before.doubtful()));
    }
}
