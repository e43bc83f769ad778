package io.pgbg.relay;

import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's end of a session's requests: the session's {@link MailboxStore}, and the connection over which it is
 * written, which other sessions may use as well.
 *
 * <p>Used by one thread at a time.
 */
final class AnswerChannel {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerChannel.class);

    private final SpareConnections source;
    private final int launcher;
    private final AnswerConnection connection;
    private final MailboxStore mailbox;

    /**
     * Takes a connection.
     *
     * @param launcher pid of the session's backend
     * @param wait ends the connecting
     * @throws SQLException as {@link AnswerConnections#join}
     */
    AnswerChannel(SpareConnections source, int launcher, Wait wait) throws SQLException {
        this.source = source;
        this.launcher = launcher;
        this.connection = AnswerConnections.join(source, wait);
        this.mailbox = new MailboxStore(connection, launcher);
    }

    MailboxStore mailbox() {
        return mailbox;
    }

    AnswerConnection connection() {
        return connection;
    }

    /**
     * Does something when it is the session's turn to use the connection, with a mailbox of which functions know who
     * writes it.
     *
     * @param wait ends the waiting for the connection
     * @throws SQLException as {@link AnswerConnection#with}
     */
    <T> T with(SqlFunction<AnswerChannel, T> step, Wait wait) throws SQLException {
        return connection.with(usable -> {
            mailbox.writtenBy(usable.writer());
            return step.apply(this);
        }, wait);
    }

    /** Removes the mailbox and leaves the connection. */
    void close() {
        try {
            connection.ifUsable(usable -> {
                mailbox.writtenBy(usable.writer());
                mailbox.remove();
                if (source.takeSweep()) {
                    new Sweep(usable, launcher).run();
                }
                return null;
            });
        } catch (SQLException e) {
            source.leaveForSweep();
            LOG.debug("{} - a mailbox is left to be swept: {}", launcher, e.getMessage());
        } finally {
            AnswerConnections.leave(source, connection);
        }
    }
}
