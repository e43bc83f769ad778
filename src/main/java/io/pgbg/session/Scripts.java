package io.pgbg.session;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.Reading;
import io.pgbg.sql.ScriptCache;
import io.pgbg.sql.SqlReader;
import io.pgbg.wire.Wire;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads the texts that one connection executes.
 *
 * <p>Thread-safe.
 */
public final class Scripts {

    /** Shared: what a text says does not depend on the connection, but for the version of the functions. */
    private static final Map<Api, ScriptCache> CACHES = caches();

    private final ScriptCache cache;
    private final Wire wire;
    private volatile boolean conformingStrings = true;

    Scripts(Api api, Wire wire) {
        this.cache = CACHES.get(api);
        this.wire = wire;
    }

    private static Map<Api, ScriptCache> caches() {
        Map<Api, ScriptCache> all = new EnumMap<>(Api.class);
        for (Api api : Api.values()) {
            all.put(api, new ScriptCache(reader(api)));
        }
        return all;
    }

    /** What reads texts for a version of the functions. */
    public static SqlReader reader(Api api) {
        return new SqlReader(Function.names(), new DirectShapes(api), Set.copyOf(Names.types()),
                Set.copyOf(Names.views()));
    }

    /**
     * Reads a text that the application is about to execute.
     *
     * @param parameters whether {@code ?} is a JDBC parameter in it
     */
    public Reading read(String sql, boolean parameters) {
        return cache.read(sql, Dialect.of(conformingStringsNow(), parameters));
    }

    /** Asks pgjdbc, which in older releases answers only between two statements. */
    public boolean conformingStringsNow() {
        boolean now = wire.standardConformingStrings();
        if (now != conformingStrings) {
            // on the way of every statement: a read is cheaper than a write
            conformingStrings = now;
        }
        return now;
    }

    /** Whether a backslash is nothing special in the session's strings, as it was when the last text was read. */
    public boolean conformingStrings() {
        return conformingStrings;
    }
}
