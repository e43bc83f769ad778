package io.pgbg.relay;

import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the mailboxes and long replies that connections for answers of this login have left behind, because they,
 * their process or the server were killed.
 */
final class Sweep {

    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    /** The login's large objects in the range of numbers that mailboxes have. */
    private static final String CANDIDATES = """
            SELECT m.oid FROM pg_catalog.pg_largeobject_metadata AS m JOIN pg_catalog.pg_roles AS r
              ON r.oid OPERATOR(pg_catalog.=) m.lomowner
            WHERE m.oid OPERATOR(pg_catalog.>=) ?::pg_catalog.oid AND r.rolname OPERATOR(pg_catalog.=) current_user
            ORDER BY m.oid LIMIT 1000""";

    /**
     * Both a mailbox and a long reply tell the {@link Writer#life} of their writer: when it is over, they are dead. The
     * lock of its own life the server would give this connection once more.
     */
    private static final String REMOVE_DEAD = """
            SELECT CASE WHEN w.life OPERATOR(pg_catalog.<>) ?::pg_catalog.int8
                AND pg_catalog.pg_try_advisory_xact_lock_shared(w.life)
              THEN pg_catalog.lo_unlink(b.number) END
            FROM (SELECT n.number, pg_catalog.substr(pg_catalog.lo_get(n.number, 0, 512), 1, 512) AS head
                FROM (SELECT ?::pg_catalog.oid AS number) AS n) AS b,
              LATERAL (SELECT CASE
                WHEN pg_catalog.substr(b.head, 1, 7) OPERATOR(pg_catalog.=) '{pgbg2,'::pg_catalog.bytea
                THEN (pg_catalog.convert_from(b.head, 'UTF8')::pg_catalog.text[])[13]::pg_catalog.int8
                WHEN pg_catalog.substr(b.head, 1, 6) OPERATOR(pg_catalog.=) 'pgbg2 '::pg_catalog.bytea
                THEN pg_catalog.convert_from(pg_catalog.substr(b.head, 7, 10), 'UTF8')::pg_catalog.int8 END AS life)
                AS w""";

    private final AnswerConnection connection;
    private final int launcher;

    /** @param launcher pid of the session's backend, for the log */
    Sweep(AnswerConnection connection, int launcher) {
        this.connection = connection;
        this.launcher = launcher;
    }

    void run() {
        try {
            for (String number : connection.values(CANDIDATES, Mailbox.FIRST_NUMBER)) {
                connection.ask(REMOVE_DEAD, connection.writer().life(), Long.valueOf(number));
            }
        } catch (SQLException e) {
            // another process may be removing the same now
            LOG.debug("{} - what was left behind is left to the next sweep: {}", launcher, e.getMessage());
        }
    }
}
