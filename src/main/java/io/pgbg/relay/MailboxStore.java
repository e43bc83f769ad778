package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session's mailbox on the server: makes and removes the large object, and writes replies to it. While there is a
 * mailbox the connection holds its answer lock.
 *
 * <p>Used by one thread at a time.
 */
final class MailboxStore {

    private static final Logger LOG = LoggerFactory.getLogger(MailboxStore.class);

    /** Waits for an open transaction that has made an object of that number, but not long. */
    private static final String MAKE = "BEGIN; SET LOCAL lock_timeout = 50; SELECT pg_catalog.pg_try_advisory_lock(?),"
            + " pg_catalog.lo_from_bytea(?, ?); COMMIT";

    /**
     * The number of an object, if it is the login's: when a mailbox was swept, any role may have made an object of the
     * same number, and may read what is written to it.
     */
    private static final String OWN = "SELECT m.oid FROM pg_catalog.pg_largeobject_metadata AS m"
            + " JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) m.lomowner"
            + " WHERE m.oid OPERATOR(pg_catalog.=) ?::pg_catalog.oid AND r.rolname OPERATOR(pg_catalog.=) current_user";

    /** For no object of the login's a number that no object has, so that the server says that it does not exist. */
    private static final String OWN_NUMBER = "COALESCE((" + OWN + "), 0::pg_catalog.oid)";

    private static final String REMOVE = "SELECT pg_catalog.lo_unlink(" + OWN_NUMBER + ")";

    private static final String PUT = "pg_catalog.lo_put(" + OWN_NUMBER + ", 0, ?)";

    private static final String UNLOCK = "SELECT pg_catalog.pg_advisory_unlock(?)";

    /** The lock that the function waits for is released when it can see the reply, and it finds the next one held. */
    private static final String ANSWER = "BEGIN; SELECT pg_catalog.pg_try_advisory_lock(?), " + PUT + "; COMMIT;"
            + " SELECT pg_catalog.pg_advisory_unlock(?)";

    private static final String LONG_ANSWER = "BEGIN; SELECT pg_catalog.pg_try_advisory_lock(?), " + PUT
            + ", pg_catalog.lo_from_bytea(?, ?); COMMIT;"
            + " SELECT pg_catalog.pg_advisory_unlock(?)";

    /** A connection that writes the mailbox in place of a lost one shows itself to the function that waits. */
    private static final String TAKE_OVER = "SELECT pg_catalog.pg_try_advisory_lock(?), " + PUT;

    private static final String SHOW = "SELECT " + PUT;

    /** The object is not there if the connection was lost just before it was made. */
    private static final String REMOVE_LONG = "SELECT pg_catalog.lo_unlink(o.oid) FROM (" + OWN + ") AS o";

    /**
     * As long as a transaction lasts the server keeps, and reads past, all that a mailbox held since it began: a block
     * that makes calls without end gets a new mailbox now and then.
     */
    private static final int MOST_REPLIES = 500;

    /** After so many attempts the numbers must have been occupied on purpose. */
    private static final int MOST_ATTEMPTS = 20;

    /** How often a function that waits shows that it lives, until its session's connection would be given up. */
    private static final int SIGNS_OF_LIFE = 3;

    private final AnswerConnection connection;
    private final int launcher;
    private Mailbox mailbox;
    /** The one before, in which a function may have read the secret of a request that is still to be served. */
    private Mailbox former;
    private byte[] names = new byte[0];
    /** Null before anything was told, which is not the same as that there are no settings. */
    private List<String> toldSettings;
    private List<String> toldCustomSettings;
    private String longestSilence = "";
    private Writer writer;
    /**
     * The answer locks that the connection holds: that of the mailbox, and those of replies that could not be written,
     * because the server keeps a session's lock when the transaction fails in which it was taken.
     */
    private final Set<Long> locks = new HashSet<>();

    /**
     * @param connection is used when it is the session's turn
     * @param launcher pid of the session's backend, for the log
     */
    MailboxStore(AnswerConnection connection, int launcher) {
        this.connection = connection;
        this.launcher = launcher;
    }

    /** The number of the mailbox, which is made if there is none. */
    long number() throws SQLException {
        for (int i = 0; i < MOST_ATTEMPTS && mailbox == null; i++) {
            make(Mailbox.newNumber(), "");
        }
        if (mailbox == null) {
            throw ServerError.error(SQLState.INSUFFICIENT_RESOURCES,
                    "the numbers of large objects that the driver needs are in use").toException();
        }
        return mailbox.number();
    }

    /** The names of the settings that a launch takes over: those of the server, and those of the application. */
    void tellNames(List<String> settings, List<String> customSettings) throws SQLException {
        if (settings != toldSettings || !customSettings.equals(toldCustomSettings)) {
            toldSettings = settings;
            toldCustomSettings = customSettings;
            names = TextArray.write(List.of(TextArray.write(settings), TextArray.write(customSettings)))
                    .getBytes(StandardCharsets.UTF_8);
            // the next one has them; no function waits now for a reply in this one
            remove();
        }
    }

    /**
     * How long a function may keep silent while it waits.
     *
     * @param networkTimeoutMillis after which silence pgjdbc gives up the session's connection; 0 for never
     */
    void tellPatience(int networkTimeoutMillis) throws SQLException {
        String silence = networkTimeoutMillis == 0 ? "" : networkTimeoutMillis / SIGNS_OF_LIFE + " ms";
        if (!silence.equals(longestSilence)) {
            longestSilence = silence;
            // as above
            remove();
        }
    }

    /**
     * Makes a mailbox in place of the present one, if the number is free.
     *
     * @param token what the function wants to see in it
     */
    void make(long number, String token) throws SQLException {
        Mailbox made = new Mailbox(number, writer, token, longestSilence);
        long lock = made.state().answerLock();
        locks.add(lock);
        try {
            connection.ask(MAKE, lock, number, made.content(names));
        } catch (SQLException e) {
            if (!SQLState.UNIQUE_VIOLATION.is(e.getSQLState()) && !SQLState.LOCK_NOT_AVAILABLE.is(e.getSQLState())) {
                throw e;
            }
            LOG.debug("{} - a large object has the number that a mailbox was to have", launcher);
            unlockAllBut(mailbox);
            return;
        }
        Mailbox before = mailbox;
        former = before == null ? former : before;
        mailbox = made;
        remove(before);
    }

    /** Removes the mailbox, if there is one. */
    void remove() throws SQLException {
        Mailbox removed = mailbox;
        mailbox = null;
        remove(removed);
    }

    private void remove(Mailbox removed) throws SQLException {
        if (removed != null) {
            removeLong(removed.state().answerNumber());
            try {
                connection.ask(REMOVE, removed.number());
            } catch (SQLException e) {
                demandGone(e);
            }
        }
        unlockAllBut(mailbox);
    }

    private void unlockAllBut(Mailbox kept) throws SQLException {
        for (Long lock : List.copyOf(locks)) {
            if (kept == null || lock != kept.state().answerLock()) {
                connection.ask(UNLOCK, lock);
                locks.remove(lock);
            }
        }
    }

    /**
     * Does something with the mailbox, which another session of the login may have removed: it sweeps what it finds of a
     * connection that was lost, and does not know that this session goes on over another one. A function that waits
     * then requests a new mailbox, and its reply once more.
     */
    private void unlessGone(SqlAction step) throws SQLException {
        try {
            step.run();
        } catch (SQLException e) {
            demandGone(e);
            former = mailbox;
            mailbox = null;
        }
    }

    private void demandGone(SQLException error) throws SQLException {
        // the latter when it is removed in this very moment: the server has no SQLSTATE of its own for that
        boolean gone = SQLState.UNDEFINED_OBJECT.is(error.getSQLState())
                || SQLState.INTERNAL_ERROR.is(error.getSQLState());
        if (!gone) {
            throw error;
        }
        LOG.debug("{} - the mailbox is gone: {}", launcher, error.getMessage());
    }

    /**
     * Who writes the mailbox from now on. Shows a function that waits that the driver lives: it gives up some seconds
     * after the connection that the mailbox tells of has ended.
     */
    void writtenBy(Writer now) throws SQLException {
        if (now.equals(writer)) {
            return;
        }
        locks.clear();
        if (mailbox != null) {
            mailbox.writtenBy(now);
            long lock = mailbox.state().answerLock();
            locks.add(lock);
            unlessGone(() -> connection.ask(TAKE_OVER, lock, mailbox.number(), mailbox.header()));
        }
        writer = now;
    }

    /** Shows a function that waits that its request has arrived and takes its time. */
    void workOn(String token) throws SQLException {
        if (mailbox != null && mailbox.workOn(token)) {
            unlessGone(() -> connection.ask(SHOW, mailbox.number(), mailbox.header()));
        }
    }

    /** Whether the code that made a call could read the mailbox. */
    boolean isProven(Request.Call call) {
        return mailbox != null && mailbox.isProven(call) || former != null && former.isProven(call);
    }

    /**
     * Writes a reply and wakes the function. Where the mailbox is gone, or has held very many replies, the function
     * requests another one, and its reply once more.
     *
     * @param digest of the session's description as the driver knows it, which need not be sent again
     */
    void answer(String token, EncodedReply reply, String digest) throws SQLException {
        if (mailbox == null) {
            LOG.debug("{} - there is no mailbox for a reply", launcher);
            return;
        }
        if (mailbox.replies() >= MOST_REPLIES) {
            former = mailbox;
            remove();
            return;
        }
        Mailbox answering = mailbox;
        Mailbox.State before = answering.state();
        byte[] content = reply.content();
        Mailbox.State next = answering.with(token, reply, content, digest);
        byte[] page = answering.page(next, content);
        locks.add(next.answerLock());
        unlessGone(() -> {
            if (Mailbox.isLong(content)) {
                connection.ask(LONG_ANSWER, next.answerLock(), answering.number(), page, next.answerNumber(),
                        answering.answerObject(content), before.answerLock());
            } else {
                connection.ask(ANSWER, next.answerLock(), answering.number(), page, before.answerLock());
            }
            locks.remove(before.answerLock());
            answering.written(next);
        });
        unlockAllBut(mailbox);
        removeLong(before.answerNumber());
    }

    private void removeLong(long number) throws SQLException {
        if (number != 0) {
            connection.ask(REMOVE_LONG, number);
        }
    }
}
