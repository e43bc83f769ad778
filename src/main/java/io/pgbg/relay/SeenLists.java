package io.pgbg.relay;

import io.pgbg.sql.ColumnDefinition;
import io.pgbg.sql.ColumnFit;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.Lock;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The column definition lists that may stand behind a call: those in the texts that a session has executed, and those
 * in the stored code of its database. A function on the server is not told the list behind its call.
 *
 * <p>Thread-safe; no lock is held while the server is asked.
 */
public final class SeenLists {

    private static final int MOST_TEXTS = 100;

    private static final int MOST_LISTS = 50;

    /** The texts have so many characters altogether; a longer one is not kept. */
    private static final int MOST_CHARACTERS = 1 << 20;

    /** Stored code of so many bytes is looked at, which takes the server less than a tenth of a second. */
    private static final int MOST_LOOKED_AT = 1 << 25;

    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(60);

    /**
     * The bodies of functions that mention one of ours, and the lists behind calls of ours in views. These are read as
     * they are stored: to write a view's query the server locks all tables in it, and somebody may hold one. Any role
     * may store any amount of code: that of the login, of superusers and of the database's owner comes first, and all
     * that is looked at is limited.
     */
    private static final String STORED = """
            SELECT ARRAY(
              SELECT s.code FROM (
                SELECT f.code, pg_catalog.sum(pg_catalog.length(f.code)) OVER (ORDER BY f.trusted DESC, f.oid) AS total
                FROM (
                  SELECT p.oid, p.prosrc AS code, o.trusted, pg_catalog.sum(pg_catalog.octet_length(p.prosrc))
                    OVER (ORDER BY o.trusted DESC, p.oid) AS total
                  FROM pg_catalog.pg_proc AS p JOIN (%1$s) AS o ON o.oid OPERATOR(pg_catalog.=) p.proowner
                  WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
                    AND pg_catalog.octet_length(p.prosrc) OPERATOR(pg_catalog.<=) %2$d
                ) AS f
                WHERE f.total OPERATOR(pg_catalog.<=) %3$d
                  AND pg_catalog.strpos(f.code, 'pg_background_') OPERATOR(pg_catalog.>) 0
              ) AS s WHERE s.total OPERATOR(pg_catalog.<=) %2$d
              UNION ALL
              SELECT pg_catalog.concat('r(', (
                  SELECT pg_catalog.string_agg(pg_catalog.concat('c ', pg_catalog.format_type(u.t, u.m)), ', '
                    ORDER BY u.n)
                  FROM ROWS FROM (pg_catalog.unnest(pg_catalog.string_to_array(f.found[2], ' ')::pg_catalog.oid[]),
                    pg_catalog.unnest(pg_catalog.string_to_array(f.found[3], ' ')::pg_catalog.int4[]))
                    WITH ORDINALITY AS u(t, m, n)), ')')
              FROM (
                  SELECT r.ev_action::pg_catalog.text AS query,
                    pg_catalog.sum(pg_catalog.octet_length(r.ev_action::pg_catalog.text))
                      OVER (ORDER BY o.trusted DESC, r.oid) AS total
                  FROM pg_catalog.pg_rewrite AS r
                    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.ev_class
                    JOIN (%1$s) AS o ON o.oid OPERATOR(pg_catalog.=) c.relowner
                  WHERE r.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
                    AND pg_catalog.octet_length(r.ev_action::pg_catalog.text) OPERATOR(pg_catalog.<=) %2$d
                ) AS w, LATERAL pg_catalog.regexp_matches(w.query,
                  'RANGETBLFUNCTION :funcexpr .FUNCEXPR :funcid ([0-9]+?) .*?'
                  ':funccoltypes (?:<>|.o ([0-9 ]*?). :funccoltypmods .i ([0-9 -]*?)[)])', 'g') AS f(found)
                JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) f.found[1]::pg_catalog.oid
              WHERE w.total OPERATOR(pg_catalog.<=) %3$d
                AND pg_catalog.strpos(w.query, ':funccoltypes (o') OPERATOR(pg_catalog.>) 0
                AND pg_catalog.strpos(p.proname::pg_catalog.text, 'pg_background_') OPERATOR(pg_catalog.=) 1
                AND f.found[2] IS NOT NULL
            )::pg_catalog.text""".formatted("""
            SELECT r.oid, r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) current_user
                OR r.oid OPERATOR(pg_catalog.=) d.datdba AS trusted
            FROM pg_catalog.pg_roles AS r, pg_catalog.pg_database AS d
            WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()""", MOST_CHARACTERS, MOST_LOOKED_AT);

    private final Wire wire;
    private volatile boolean conformingStrings = true;
    private final Lock lock = new Lock();
    /** Null where the text was not read yet. */
    private final Map<String, List<List<String>>> texts = new LinkedHashMap<>(16, 0.75f, true);
    private int characters;
    private volatile Stored stored = new Stored(List.of(), 0, true);

    private record Stored(List<List<String>> lists, long since, boolean doubtful) {
    }

    SeenLists(Wire wire) {
        this.wire = wire;
    }

    /** Takes note of a statement that calls functions on the server, on the thread that is about to execute it. */
    public void see(String sql) {
        // older releases of pgjdbc tell it to no other thread until the statement has ended
        conformingStrings = wire.standardConformingStrings();
        if (sql.length() > MOST_CHARACTERS) {
            return;
        }
        try (var held = lock.hold()) {
            if (!texts.containsKey(sql)) {
                characters += sql.length();
            }
            texts.putIfAbsent(sql, null);
            Iterator<String> eldest = texts.keySet().iterator();
            while (texts.size() > MOST_TEXTS || characters > MOST_CHARACTERS) {
                characters -= eldest.next().length();
                eldest.remove();
            }
        }
    }

    /** The stored code may have changed. */
    void doubt() {
        Stored now = stored;
        stored = new Stored(now.lists(), now.since(), true);
    }

    /**
     * The types in the lists of so many columns, those of the session's last texts first. Lists into which values of
     * the right types fit as they are do not count.
     *
     * @param requester where the server is asked for stored code; null when there is none that calls functions
     */
    List<List<String>> of(int columns, RequestHandler.Requester requester) throws SQLException {
        List<List<String>> all = new ArrayList<>();
        try (var held = lock.hold()) {
            texts.replaceAll((sql, lists) -> lists == null ? read(sql) : lists);
            texts.values().forEach(lists -> all.addAll(0, lists));
        }
        if (requester != null) {
            all.addAll(stored(requester));
        }
        return all.stream().filter(list -> list.size() == columns).distinct()
                .limit(MOST_LISTS).toList();
    }

    private List<List<String>> stored(RequestHandler.Requester requester) throws SQLException {
        Stored known = stored;
        if (known.doubtful() || System.nanoTime() - known.since() > REMEMBERED_NANOS) {
            List<List<String>> lists = new ArrayList<>();
            TextArray.read(requester.ask(STORED)).forEach(text -> lists.addAll(read(text)));
            known = new Stored(List.copyOf(lists), System.nanoTime(), false);
            stored = known;
        }
        return known.lists();
    }

    private List<List<String>> read(String sql) {
        return ColumnDefinition.listsIn(sql, Dialect.of(conformingStrings, false)).stream()
                .filter(list -> !list.stream().allMatch(ColumnFit::isPlain))
                .map(list -> list.stream().map(ColumnDefinition::type).toList()).toList();
    }
}
