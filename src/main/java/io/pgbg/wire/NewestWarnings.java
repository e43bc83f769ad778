package io.pgbg.wire;

import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The newest of the warnings that nobody has taken yet: a job may raise millions. How many were too many is known.
 *
 * <p>Guarded by its owner's lock.
 */
public final class NewestWarnings {

    /** How many are kept, and how many characters altogether. */
    static final int MOST = 10_000;
    static final int MOST_CHARACTERS = 2_000_000;

    /** So many characters a warning has that tells how many are left out; it is to push none out. */
    private static final int NOTE = 1000;

    private final int most;
    private final long mostCharacters;
    private final Deque<SQLWarning> kept = new ArrayDeque<>();
    private long characters;
    private long dropped;

    /** @param notes for how many warnings there is room besides that tell how many others are left out */
    public NewestWarnings(int notes) {
        this.most = MOST + notes;
        this.mostCharacters = MOST_CHARACTERS + (long) notes * NOTE;
    }

    /** Adds one, not what is chained to it, and gives up the oldest ones if these are too many. */
    public void add(SQLWarning warning) {
        kept.add(warning);
        characters += ServerError.length(warning);
        while (kept.size() > most || characters > mostCharacters && kept.size() > 1) {
            removeFirst();
            dropped++;
        }
    }

    private SQLWarning removeFirst() {
        SQLWarning first = kept.remove();
        characters -= ServerError.length(first);
        return first;
    }

    /** Takes the oldest one; null when there is none. */
    public SQLWarning poll() {
        return kept.isEmpty() ? null : removeFirst();
    }

    /** The oldest one, which stays; null when there is none. */
    public SQLWarning first() {
        return kept.peekFirst();
    }

    /** The newest one, which stays; null when there is none. */
    public SQLWarning last() {
        return kept.peekLast();
    }

    /** How many were given up since this was asked last. */
    public long takeDropped() {
        long count = dropped;
        dropped = 0;
        return count;
    }

    /** Gives up all, and forgets how many there were. */
    public void clear() {
        kept.clear();
        characters = 0;
        dropped = 0;
    }
}
