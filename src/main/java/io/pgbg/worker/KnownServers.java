package io.pgbg.worker;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What this JVM has found out about servers that jobs might run on, as pgjdbc remembers it of hosts: what is known
 * holds for {@code hostRecheckSeconds}, so that a server that keeps silent does not hold up each launch.
 *
 * <p>Thread-safe.
 */
final class KnownServers {

    private static final ConcurrentMap<WorkerSource.Name, Known> KNOWN = new ConcurrentHashMap<>();

    /** What a server is. */
    enum Kind {
        PRIMARY,
        STANDBY,
        /** It cannot be reached, or lets nobody in, or is not of the launcher's. */
        UNUSABLE
    }

    /**
     * What was found out.
     *
     * @param why in the words of an error
     */
    record Known(Kind kind, String why, long nanos) {
    }

    private KnownServers() {
    }

    /** @param why what is to be told of the server where it does not suit */
    static void learn(WorkerSource source, Kind kind, String why) {
        KNOWN.put(source.name(), new Known(kind, why, System.nanoTime()));
    }

    /** What is known of a server; null when nothing is, or it is too old. */
    static Known of(WorkerSource source, long recheckNanos) {
        Known known = KNOWN.get(source.name());
        return known == null || System.nanoTime() - known.nanos() > recheckNanos ? null : known;
    }

    /** Forgets everything. */
    static void forget() {
        KNOWN.clear();
    }
}
