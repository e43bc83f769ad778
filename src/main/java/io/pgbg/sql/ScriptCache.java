package io.pgbg.sql;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Reads texts, and keeps the readings: an application runs the same texts again and again. It is a table with one place
 * for each hash value, without locks: a text takes the place of the one before it. Thread-safe; one cache serves all
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

    /** What the driver has to do for a text; {@link Reading#PLAIN} itself when that is nothing. */
    public Reading read(String sql, Dialect dialect) {
        int place = spread(sql.hashCode()) & PLACES - 1;
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
            // a text that does not mention the driver is plain in every dialect; others only in that which was read
            boolean always = reading == Reading.PLAIN && !TextSearch.mentionsDriver(sql);
            places.setRelease(place, always ? sql : new Entry(sql, dialect, reading));
        }
        return reading;
    }

    private Reading uncached(String sql, Dialect dialect) {
        Script script = TextSearch.mentionsDriver(sql) ? reader.read(sql, dialect) : null;
        if (script != null && script.isPlain()) {
            script = null;
        }
        SettingMentions mentions = SettingMentions.in(sql);
        return script == null && mentions == SettingMentions.NONE ? Reading.PLAIN : new Reading(script, mentions);
    }

    /** Brings the higher bits of a hash value into the lower ones, which tell the place. */
    static int spread(int hash) {
        return hash ^ hash >>> 9 ^ hash >>> 18;
    }
}
