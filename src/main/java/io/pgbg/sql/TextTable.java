package io.pgbg.sql;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiFunction;

/**
 * Keeps what was read in texts: a table with one place for each hash value, without locks, in which a text takes the place
 * of the one before it. Long texts are not kept. Thread-safe.
 *
 * @param <T> what is read, which must be immutable
 */
final class TextTable<T> {

    private static final int PLACES = 256;
    private static final int LONGEST_KEPT = 4 * 1024;

    private final BiFunction<String, Dialect, T> reader;
    private final AtomicReferenceArray<Entry<T>> places = new AtomicReferenceArray<>(PLACES);

    private record Entry<T>(String sql, Dialect dialect, T read) {
    }

    /** @param reader reads a text, and gives the same for the same text and dialect */
    TextTable(BiFunction<String, Dialect, T> reader) {
        this.reader = reader;
    }

    T get(String sql, Dialect dialect) {
        int place = ScriptCache.spread(sql.hashCode()) & PLACES - 1;
        Entry<T> kept = places.getAcquire(place);
        if (kept != null && sql.equals(kept.sql) && dialect.equals(kept.dialect)) {
            return kept.read;
        }
        T read = reader.apply(sql, dialect);
        if (sql.length() <= LONGEST_KEPT) {
            places.setRelease(place, new Entry<>(sql, dialect, read));
        }
        return read;
    }
}
