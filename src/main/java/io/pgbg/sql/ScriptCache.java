package io.pgbg.sql;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Reads texts, and remembers what it read: an application runs the same texts again and again. A table with one place
 * for each hash value, without locks: a text takes the place of the one before it. Thread-safe; one serves all
 * connections.
 */
public final class ScriptCache {

    private static final int PLACES = 512;
    private static final int LONGEST_KEPT = 4 * 1024;

    private final SqlReader reader;

    /** Each place holds null, a plain text itself (so that keeping it allocates nothing), or an {@link Entry}. */
    private final AtomicReferenceArray<Object> places = new AtomicReferenceArray<>(PLACES);

    private record Entry(String sql, Dialect dialect, Reading reading) {
    }

    public ScriptCache(SqlReader reader) {
        this.reader = reader;
    }

    /** What the text asks of the driver; {@link Reading#PLAIN} itself when it is nothing. */
    public Reading read(String sql, Dialect dialect) {
        int place = place(sql.hashCode());
        Object kept = places.getAcquire(place);
        if (kept == sql) {
            return Reading.PLAIN;
        }
        if (kept instanceof Entry entry) {
            if (sql.equals(entry.sql) && dialect.equals(entry.dialect)) {
                return entry.reading;
            }
        } else if (kept != null && kept.equals(sql)) {
            return Reading.PLAIN;
        }
        return readAndKeep(sql, dialect, place);
    }

    private Reading readAndKeep(String sql, Dialect dialect, int place) {
        Reading reading = uncached(sql, dialect);
        if (sql.length() <= LONGEST_KEPT) {
            // A plain text is plain in every dialect, unless it took reading its tokens to find that out.
            boolean always = reading == Reading.PLAIN && !NameSearch.mentions(sql);
            places.setRelease(place, always ? sql : new Entry(sql, dialect, reading));
        }
        return reading;
    }

    private Reading uncached(String sql, Dialect dialect) {
        Script script = NameSearch.mentions(sql) ? reader.read(sql, dialect) : null;
        if (script != null && script.isPlain()) {
            script = null;
        }
        SettingMentions mentions = SettingMentions.in(sql);
        return script == null && mentions == SettingMentions.NONE ? Reading.PLAIN : new Reading(script, mentions);
    }

    private static int place(int hash) {
        return (hash ^ hash >>> 9 ^ hash >>> 18) & PLACES - 1;
    }
}
