package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
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

    private static final String MAKE = "SELECT pg_catalog.pg_try_advisory_lock(?), pg_catalog.lo_from_bytea(?, ?)";

    private static final String REMOVE = "SELECT pg_catalog.lo_unlink(?), pg_catalog.pg_advisory_unlock(?)";

    private static final String UNLOCK = "SELECT pg_catalog.pg_advisory_unlock(?)";

    /** The lock that the function waits for is released when it can see the reply, and it finds the next one held. */
    private static final String ANSWER = "BEGIN; SELECT pg_catalog.pg_try_advisory_lock(?), pg_catalog.lo_put(?, 0, ?)"
            + "; COMMIT; SELECT pg_catalog.pg_advisory_unlock(?)";

    private static final String LONG_ANSWER = "BEGIN; SELECT pg_catalog.pg_try_advisory_lock(?),"
            + " pg_catalog.lo_put(?, 0, ?), pg_catalog.lo_from_bytea(?, ?); COMMIT;"
            + " SELECT pg_catalog.pg_advisory_unlock(?)";

    /** A connection that writes the mailbox in place of a lost one shows itself to the function that waits. */
    private static final String TAKE_OVER = "SELECT pg_catalog.pg_try_advisory_lock(?), pg_catalog.lo_put(?, 0, ?)";

    /** The object is not there if the connection was lost just before it was made. */
    private static final String REMOVE_LONG = "SELECT pg_catalog.lo_unlink(m.oid) FROM"
            + " pg_catalog.pg_largeobject_metadata AS m WHERE m.oid OPERATOR(pg_catalog.=) ?::pg_catalog.oid";

    /** After so many attempts the numbers must have been occupied on purpose. */
    private static final int MOST_ATTEMPTS = 20;

    /** How often a function that waits shows that it lives, until its session's connection would be given up. */
    private static final int SIGNS_OF_LIFE = 3;

    private final AnswerChannel channel;
    private final int launcher;
    private Mailbox mailbox;
    private byte[] names = new byte[0];
    /** Null before anything was told, which is not the same as that there are no settings. */
    private List<String> toldSettings;
    private List<String> toldCustomSettings;
    private String longestSilence = "";
    /** The pid that the mailbox tells functions. */
    private int shown;

    /** @param launcher pid of the session's backend, for the log */
    MailboxStore(AnswerChannel channel, int launcher) {
        this.channel = channel;
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
        Mailbox made = new Mailbox(number, channel.connection().pid(), token, longestSilence);
        try {
            channel.ask(MAKE, made.answerLock(), number, made.content(names));
        } catch (SQLException e) {
            if (!SQLState.UNIQUE_VIOLATION.is(e.getSQLState())) {
                throw e;
            }
            LOG.debug("{} - a large object has the number that a mailbox was to have", launcher);
            // the server keeps a session's lock when the statement that has taken it fails
            channel.ask(UNLOCK, made.answerLock());
            return;
        }
        remove();
        mailbox = made;
        shown = channel.connection().pid();
    }

    /** Removes the mailbox, if there is one. */
    void remove() throws SQLException {
        if (mailbox == null) {
            return;
        }
        removeLong(mailbox.answerNumber());
        Mailbox removed = mailbox;
        mailbox = null;
        unlessGone(() -> channel.ask(REMOVE, removed.number(), removed.answerLock()));
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
            if (!SQLState.UNDEFINED_OBJECT.is(e.getSQLState())) {
                throw e;
            }
            LOG.debug("{} - the mailbox is gone: {}", launcher, e.getMessage());
            mailbox = null;
        }
    }

    /**
     * Shows a function that waits that the driver lives: it gives up some seconds after the connection that the mailbox
     * tells of has ended.
     */
    void show() throws SQLException {
        int writer = channel.connection().pid();
        if (mailbox != null && shown != writer) {
            unlessGone(() -> channel.ask(TAKE_OVER, mailbox.answerLock(), mailbox.number(), mailbox.header()));
            shown = writer;
        }
    }

    /** From now on another connection writes the mailbox. */
    void writtenBy(int pid) {
        if (mailbox != null) {
            mailbox.writtenBy(pid);
        }
    }

    /** Whether the code that made a call could read the mailbox. */
    boolean isProven(Request.Call call) {
        return mailbox != null && mailbox.isProven(call);
    }

    /**
     * Writes a reply and wakes the function.
     *
     * @param digest of the session's description as the driver knows it, which need not be sent again
     * @throws SQLException 58000 when the channel was lost with the secret of its mailbox
     */
    void answer(String token, EncodedReply reply, String digest) throws SQLException {
        if (mailbox == null) {
            throw SQLState.SYSTEM_ERROR.exception("The connection for the answer was lost.");
        }
        long awaitedLock = mailbox.answerLock();
        long before = mailbox.answerNumber();
        byte[] content = reply.content();
        byte[] page = mailbox.write(token, reply, content, digest);
        unlessGone(() -> {
            if (Mailbox.isLong(content)) {
                channel.ask(LONG_ANSWER, mailbox.answerLock(), mailbox.number(), page, mailbox.answerNumber(),
                        mailbox.answerObject(content), awaitedLock);
            } else {
                channel.ask(ANSWER, mailbox.answerLock(), mailbox.number(), page, awaitedLock);
            }
            shown = channel.connection().pid();
        });
        removeLong(before);
    }

    private void removeLong(long number) throws SQLException {
        if (number != 0) {
            channel.ask(REMOVE_LONG, number);
        }
    }
}
