package io.pgbg.sql;

/** Whether a text is worth reading: the test that every statement of an application passes through. Thread-safe. */
public final class NameSearch {

    private static final WordSearch NAME = new WordSearch("pg_background");

    private NameSearch() {
    }

    /** Whether {@code pg_background} occurs anywhere in the text, in any case. Allocates nothing. */
    public static boolean mentions(String sql) {
        return NAME.find(sql, 0) >= 0;
    }
}
