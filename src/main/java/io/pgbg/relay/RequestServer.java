package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the calls that the functions of one statement make, one after the other: compares the proof, has the handler
 * do what is requested, and writes the reply.
 *
 * <p>All of it happens on the {@link ServingThread}. {@link #checkWanted} is called by any thread.
 */
final class RequestServer implements RequestHandler.Requester {

    private static final Logger LOG = LoggerFactory.getLogger(RequestServer.class);

    private final Conversation conversation;
    private final Listening session;
    private final NoticeTap tap;
    private final Thread caller;
    private final RequestHandler handler;
    private final ServingThread thread;
    private volatile boolean failed;
    private volatile SQLException raised;

    // written by the serving thread; checkWanted reads them on others, too
    /** The token of the request that is being served, or was served last. */
    private volatile String token = "";
    private volatile Served served = new Nothing();
    /** Whether the reply was written; of the serving thread alone. */
    private boolean written;

    /** How far the last request is. */
    private sealed interface Served {

        /** The reply; null when there is none. */
        EncodedReply reply();
    }

    /** No request was answered, or its reply is not needed any more. */
    private record Nothing() implements Served {

        @Override
        public EncodedReply reply() {
            return null;
        }
    }

    /**
     * A request is answered.
     *
     * @param undo is run if the function did not wait for the reply; null when there is nothing to undo
     */
    private record Answered(EncodedReply reply, Runnable undo) implements Served {
    }

    /**
     * Rows are being sent.
     *
     * @param reply the slice that is sent now
     * @param rows the slices that follow
     */
    private record Sending(EncodedReply reply, RowSlices rows) implements Served {
    }

    /** @param caller the thread that executes the statement */
    RequestServer(Conversation conversation, Listening session, NoticeTap tap, Thread caller, RequestHandler handler) {
        this.conversation = conversation;
        this.session = session;
        this.tap = tap;
        this.caller = caller;
        this.handler = handler;
        this.thread = new ServingThread(session, () -> !tap.isClosed() && !failed, this::work, this::isLeft);
    }

    // ---- the thread

    /** The thread that serves the calls. */
    ServingThread thread() {
        return thread;
    }

    /** The error that a function was told last to raise, or null. */
    SQLException raised() {
        return raised;
    }

    private void work() {
        try {
            serve();
        } catch (SQLException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(unexpected("serve the functions", e));
        } finally {
            if (tap.isClosed() || failed) {
                leaveRows();
                settle();
            }
        }
    }

    /** Whether something is to be done: for functions that wait, or for those that do not wait any more. */
    private boolean isLeft() {
        return tap.isClosed() ? isUndone() : tap.hasCalls() && !failed;
    }

    private void fail(SQLException reason) {
        failed = true;
        conversation.fail(reason);
    }

    /** Serves the calls until none comes for a moment. */
    private void serve() throws SQLException {
        long idleSince = System.nanoTime();
        boolean stays = true;
        while (stays && !tap.isClosed()) {
            conversation.listen();
            Request.Call request = tap.poll();
            if (request == null) {
                stays = thread.pause(idleSince);
            } else {
                serve(request);
                idleSince = System.nanoTime();
            }
        }
    }

    // ---- one request

    private void serve(Request.Call request) throws SQLException {
        RemoteCall call = request.read();
        boolean proven = isProven(request);
        if (!proven || call == null) {
            tap.report(proven ? "an incomplete request" : "a request that does not prove who makes it");
            return;
        }
        if (!token.equals(call.token())) {
            settle();
            written = false;
            token = call.token();
            served = answered(call);
            // a reply is written for a function that waits for it, not for one that has given up
            if (hasOtherRequest() || tap.isClosed()) {
                settle();
                return;
            }
        }
        write();
        if (served instanceof Sending sending && !sending.rows().isEnded()) {
            // while the function works on these
            try {
                sending.rows().readAhead();
            } catch (RuntimeException | Error e) {
                sending.rows().fail(unexpected("read rows", e));
            }
        }
    }

    private boolean isProven(Request.Call request) throws SQLException {
        return session.lease().isProven(request, conversation::checkListening);
    }

    /** Does what a call requests; an error is a reply, too. */
    private Served answered(RemoteCall call) {
        try {
            return perform(call);
        } catch (SQLException e) {
            return new Answered(EncodedReply.error(e), null);
        } catch (RuntimeException | Error e) {
            // a request that no function of ours makes, or a bug in the driver
            return new Answered(EncodedReply.error(unexpected("do what " + call.operation() + " asks for", e)), null);
        }
    }

    private SQLException unexpected(String what, Throwable failure) {
        LOG.warn("{} - the driver could not {}", launcher(), what, failure);
        SQLState state = failure instanceof OutOfMemoryError ? SQLState.OUT_OF_MEMORY : SQLState.UNEXPECTED_ERROR;
        return state.exception("the driver could not " + what + ": " + failure, failure);
    }

    private Served perform(RemoteCall call) throws SQLException {
        if (Request.NEXT.equals(call.operation())) {
            if (served instanceof Sending sending) {
                return next(sending.rows());
            }
            throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                    "there are no more rows of a job to be read").toException();
        }
        leaveRows();
        RequestHandler.Reply reply = handler.perform(call, this);
        if (reply instanceof RequestHandler.Table table) {
            return next(new RowSlices(table, session, this));
        }
        RequestHandler.Values values = (RequestHandler.Values) reply;
        return new Answered(EncodedReply.values(values.values(), values.undo() != null), values.undo());
    }

    private static Served next(RowSlices rows) throws SQLException {
        boolean read = false;
        try {
            Served slice = new Sending(rows.next(), rows);
            read = true;
            return slice;
        } finally {
            if (!read) {
                rows.close();
            }
        }
    }

    /** Writes the reply. When it cannot be written, such as rows on a full disk, the function raises that error. */
    private void write() throws SQLException {
        EncodedReply reply = served.reply();
        raised = reply.error() == null ? raised : reply.error();
        try {
            write(reply);
        } catch (SQLException e) {
            if (SQLState.SYSTEM_ERROR.isStateOf(e) || SQLState.isSessionEnd(e.getSQLState())
                    || reply.error() != null) {
                throw e;
            }
            writeError(e);
        } catch (RuntimeException | Error e) {
            writeError(unexpected("write a reply", e));
        }
        written = true;
    }

    private void writeError(SQLException error) throws SQLException {
        settle();
        leaveRows();
        served = new Answered(EncodedReply.error(error), null);
        raised = error;
        write(served.reply());
    }

    private void write(EncodedReply reply) throws SQLException {
        session.lease().with(channel -> {
            // the mailbox may hold a reply to the next statement by now
            if (!tap.isClosed()) {
                channel.mailbox().answer(token, reply, handler.sessionDigest());
            }
            return null;
        }, conversation::checkListening);
    }

    /** Whether something is left to be done for functions that do not wait any more. */
    private boolean isUndone() {
        Served last = served;
        return last instanceof Sending || last instanceof Answered answered && answered.undo() != null;
    }

    /** Undoes what was done for a function that has not taken its reply. */
    private void settle() {
        if (served instanceof Answered answered && answered.undo() != null) {
            served = new Answered(answered.reply(), null);
            if (!tap.isTaken(token)) {
                answered.undo().run();
            }
        }
    }

    private void leaveRows() {
        if (served instanceof Sending sending) {
            served = new Nothing();
            sending.rows().close();
        }
    }

    // ---- whether the function still waits

    /**
     * Whether another call has arrived: the function that is being served has given up.
     *
     * <p>A call that is sent once more needs nothing before the reply is written. Afterwards, while rows are read
     * ahead, it means that the reply is lost, with the mailbox that the function does not trust any more. Only the
     * serving thread takes it out of the queue: another thread may be late, and take one that is still to be served.
     */
    private boolean hasOtherRequest() throws SQLException {
        conversation.listen();
        Request.Call next = tap.peek();
        while (next != null && isRepeated(next.read())) {
            if (!thread.isCurrent()) {
                return false;
            }
            tap.poll();
            if (written && isProven(next)) {
                write(served.reply());
            }
            next = tap.peek();
        }
        return next != null && !(served instanceof Sending && isForMore(next.read()));
    }

    /** Whether a call is the one that is being served, sent once more because the reply takes its time. */
    private boolean isRepeated(RemoteCall call) {
        return call != null && token.equals(call.token());
    }

    /** Whether a call asks for the next slice, which is read ahead. */
    private static boolean isForMore(RemoteCall call) {
        return call != null && Request.NEXT.equals(call.operation());
    }

    @Override
    public void checkWanted() throws SQLException {
        // the interrupt stays set: it is for the caller to see
        if (tap.isClosed() || caller.isInterrupted() || hasOtherRequest()) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request").toException();
        }
    }

    @Override
    public String ask(String sql, String... parameters) throws SQLException {
        return session.lease().with(channel -> channel.connection().ask(sql, (Object[]) parameters),
                conversation::checkListening);
    }

    @Override
    public void stayInTouch() throws SQLException {
        session.lease().with(channel -> {
            channel.connection().check();
            channel.mailbox().workOn(token);
            return null;
        }, conversation::checkListening);
    }

    @Override
    public int launcher() {
        return session.wire().pid();
    }
}
