package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.DriverThreads;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to one statement while it runs, and has the requests of its functions served.
 *
 * <p>A thread of the driver's serves the calls ({@link RequestServer}), another one makes a mailbox when a function
 * requests one meanwhile. The thread that executes the statement begins and ends the conversation; any thread may
 * {@link #listen}.
 */
public final class Conversation {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    /** How soon it is noticed that the statement has returned. */
    private static final long LISTENING_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Listening session;
    private final ChannelLease.Held lease;
    private final NoticeTap tap;
    private final RequestServer server;
    private final Runnable endWait;
    private final AtomicBoolean makingMailbox = new AtomicBoolean();
    /** Held while the statement is cancelled, so that it has not ended when the server is told. */
    private final Lock cancelling = new Lock();
    private volatile SQLException failure;

    /**
     * @param source where pgjdbc puts the notices
     * @param caller the thread that executes the statement
     * @param reader gets the notices that are no requests, on any thread
     * @param endWait ends what the handler waits for
     */
    Conversation(Listening session, NoticeSource source, Thread caller, Consumer<SQLWarning> reader,
            RequestHandler handler, Runnable endWait) {
        this.session = session;
        this.tap = new NoticeTap(source, reader, session.wire().pid());
        this.server = new RequestServer(this, session, tap, caller, handler);
        this.endWait = endWait;
        this.lease = session.lease().hold();
    }

    /** Hands on the notices that have arrived, and has the requests among them served. */
    public void listen() {
        tap.listen();
        if (tap.isClosed()) {
            return;
        }
        if (tap.wantsMailbox() && makingMailbox.compareAndSet(false, true)) {
            startMaking();
        }
        if (tap.hasRequests()) {
            server.thread().start();
        }
    }

    /** Whether nothing can have come since this was asked last. */
    boolean isQuiet() {
        return server.thread().isQuiet();
    }

    private void startMaking() {
        try {
            DriverThreads.run(this::makeMailboxes);
        } catch (RuntimeException | OutOfMemoryError e) {
            makingMailbox.set(false);
            fail(SQLState.UNEXPECTED_ERROR.exception("the driver could not make a mailbox: " + e, e));
        }
    }

    private void makeMailboxes() {
        try {
            while (tap.wantsMailbox() && !tap.isClosed()) {
                session.lease().makeMailbox(tap::pollMailbox, this::checkListening);
            }
        } catch (SQLException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(SQLState.UNEXPECTED_ERROR.exception("the driver could not make a mailbox: " + e, e));
        } finally {
            makingMailbox.set(false);
        }
    }

    /** Ends what is done for a statement that has returned. */
    long checkListening(long waitedNanos) throws SQLException {
        if (tap.isClosed()) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "the statement has ended").toException();
        }
        return LISTENING_NANOS;
    }

    /** Has the calls served from now on, before the first one arrives. */
    void startServing() {
        server.thread().start();
    }

    /**
     * The statement has returned: its functions do not wait any more. Waits for a cancel that is on its way, which would
     * hit the next statement.
     */
    public void end() {
        try (var held = cancelling.hold()) {
            tap.close();
        } finally {
            session.ended(this);
            lease.close();
            if (server.thread().isActive()) {
                endWait.run();
            }
            server.thread().finish();
        }
    }

    /**
     * The error of the statement as the caller is to see it. An error that a function has raised because the driver
     * told it to is the driver's own, with what the server has added to its context.
     */
    public SQLException explain(SQLException error) {
        SQLException raised = server.raised();
        SQLException reason = failure;
        if (reason != null && (SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.is(error.getSQLState())
                || SQLState.QUERY_CANCELED.is(error.getSQLState()))) {
            reason.addSuppressed(error);
            return reason;
        }
        return RaisedError.explain(error, raised, session.wire().showsErrorDetails());
    }

    /** Replies cannot be written any more: the statement is to end at once. */
    void fail(SQLException reason) {
        try (var held = cancelling.hold()) {
            if (!tap.isClosed()) {
                failure = reason;
                cancel(reason);
            }
        }
    }

    private void cancel(SQLException reason) {
        int launcher = session.wire().pid();
        LOG.warn("{} - functions on the server cannot be answered: {}", launcher, reason.getMessage());
        try {
            session.wire().cancel();
        } catch (SQLException e) {
            LOG.warn("{} - a statement that cannot be answered cannot be cancelled: {}", launcher, e.getMessage());
        }
    }
}
