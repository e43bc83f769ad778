package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.DriverThreads;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the functions that one statement calls on the server while it runs.
 *
 * <p>A thread of the driver's serves the requests, another one makes a mailbox when that is asked for meanwhile. The
 * thread that executes the statement begins and ends the conversation; any thread may have the notices handed on.
 */
public final class Conversation implements Answerer.Asker {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    /** The first pause between two looks at the notices; it grows with the time in which nothing comes. */
    private static final long SHORTEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(40);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(5);
    /** The pause is a part of the time that nothing has come. */
    private static final int PAUSES = 50;

    /** What follows so closely on something else is the rest of it, such as rows; nobody is woken for that. */
    private static final long APART = TimeUnit.MICROSECONDS.toNanos(100);

    private final SessionRelay relay;
    private final RequestQueue requests;
    private final Answerer answerer;
    private final Runnable endWait;
    private final Thread caller;
    private final AtomicBoolean serving = new AtomicBoolean();
    private final AtomicBoolean makingMailbox = new AtomicBoolean();
    private volatile boolean ended;
    private volatile Thread server;
    private volatile SQLException raised;
    private volatile SQLException failure;

    /** When something came from the server last; of the thread that reads. */
    private long lastArrival;

    // of the serving thread
    /** The token of the request that is served, or was served last, and the answer to it. */
    private volatile String served = "";
    private EncodedReply answer;
    private RowSlices rows;
    /** What is to be undone if the answer does not come. */
    private Runnable undo;

    /**
     * @param source where pgjdbc puts the notices
     * @param caller the thread that executes the statement
     * @param reader gets the notices that are no requests, by whatever thread
     * @param endWait ends what the answerer waits for
     */
    Conversation(SessionRelay relay, NoticeSource source, Thread caller, Consumer<SQLWarning> reader,
            Answerer answerer, Runnable endWait) {
        this.relay = relay;
        this.caller = caller;
        this.requests = new RequestQueue(source, reader, relay.launcher());
        this.answerer = answerer;
        this.endWait = endWait;
    }

    // ---- listening

    /** Hands on the notices that have come, and sees to it that requests among them are served. */
    public void listen() {
        requests.listen();
        if (ended) {
            return;
        }
        if (requests.wantsMailbox() && makingMailbox.compareAndSet(false, true)) {
            DriverThreads.run(this::makeMailboxes);
        }
        if (!serving.get() && requests.hasRequests()) {
            startServing();
        }
    }

    private void makeMailboxes() {
        try {
            Request.NewMailbox wanted = requests.pollMailbox();
            while (wanted != null && !ended) {
                relay.makeMailbox(wanted);
                wanted = requests.pollMailbox();
            }
        } catch (SQLException e) {
            fail(e);
        } finally {
            makingMailbox.set(false);
        }
    }

    boolean isOf(SessionRelay session) {
        return relay == session;
    }

    /** Whether there is a request that nobody expects: the function before it has given up. */
    private boolean hasOtherRequest() {
        listen();
        Request.Call next = requests.peek();
        while (next != null && isRepeated(next)) {
            requests.poll();
            next = requests.peek();
        }
        return next != null && !(rows != null && isForMore(next));
    }

    /** Whether a request is asked once more, because the answer takes its time. */
    private boolean isRepeated(Request.Call call) {
        Request.Content content = call.content();
        return content != null && served.equals(content.token());
    }

    /** Whether a request is for the rows that are just being read ahead. */
    private static boolean isForMore(Request.Call call) {
        Request.Content content = call.content();
        return content != null && Request.NEXT.equals(content.operation());
    }

    @Override
    public void checkWanted() throws SQLException {
        // the interrupt stays set: it is the caller's to see
        if (ended || caller.isInterrupted() || hasOtherRequest()) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request").toException();
        }
    }

    @Override
    public String ask(String sql, String... parameters) throws SQLException {
        return relay.withChannel(channel -> channel.ask(sql, parameters));
    }

    @Override
    public int launcher() {
        return relay.launcher();
    }

    // ---- the life of the conversation

    /** Lets a thread serve the requests, if none does yet. */
    void startServing() {
        if (!ended && serving.compareAndSet(false, true)) {
            DriverThreads.run(this::serve);
        }
    }

    /** The statement has returned: what its functions still ask for is of no use to anybody. */
    public void end() {
        requests.close();
        ended = true;
        relay.ended(this);
        if (serving.get()) {
            endWait.run();
            LockSupport.unpark(server);
        }
    }

    /**
     * The error of the statement as the caller is to see it. One that a function has raised because the driver told it
     * to is the driver's own, with what the server has added to its context.
     */
    public SQLException explain(SQLException error) {
        SQLException mine = raised;
        SQLException reason = failure;
        if (reason != null && (SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.is(error.getSQLState())
                || SQLState.QUERY_CANCELED.is(error.getSQLState()))) {
            reason.addSuppressed(error);
            return reason;
        }
        return RaisedError.explain(error, mine, relay.showsDetails());
    }

    /** Nobody can be answered any more: the statement is to end at once. */
    private void fail(SQLException reason) {
        if (ended) {
            return;
        }
        failure = reason;
        LOG.warn("{} - functions on the server cannot be answered: {}", relay.launcher(), reason.getMessage());
        relay.cancelStatement();
    }

    // ---- serving

    /** Something has come from the server, which is about to be read. */
    void arrived() {
        long now = System.nanoTime();
        if (now - lastArrival > APART) {
            LockSupport.unpark(server);
        }
        lastArrival = now;
    }

    private void serve() {
        server = Thread.currentThread();
        relay.serving(this);
        try {
            long idleSince = System.nanoTime();
            while (!ended) {
                listen();
                Request.Call request = requests.poll();
                if (request != null) {
                    serve(request);
                    idleSince = System.nanoTime();
                } else {
                    long pause = (System.nanoTime() - idleSince) / PAUSES;
                    LockSupport.parkNanos(this, Math.min(Math.max(pause, SHORTEST_PAUSE), LONGEST_PAUSE));
                }
            }
        } catch (SQLException e) {
            fail(e);
        } finally {
            relay.served(this);
            leaveRows();
            settle();
        }
    }

    private void serve(Request.Call request) throws SQLException {
        Request.Content content = request.content();
        boolean proven = relay.withChannel(channel -> channel.isProven(request));
        if (!proven || content == null) {
            requests.report(proven ? "an incomplete request" : "a request that does not prove who makes it");
            return;
        }
        if (!served.equals(content.token())) {
            settle();
            served = content.token();
            answer = answered(content);
            // an answer is written for a function that waits for it, not for one that has given up
            if (hasOtherRequest() || ended) {
                settle();
                return;
            }
        }
        write();
    }

    /** Does what a request asks for; what fails is an answer, too. */
    private EncodedReply answered(Request.Content content) {
        try {
            if (Request.NEXT.equals(content.operation())) {
                return nextRows();
            }
            leaveRows();
            Answerer.Reply reply = answerer.perform(new Answerer.Call(content.operation(), content.role(),
                    content.digest(), content.session(), content.arguments()), this);
            if (reply instanceof Answerer.Table table) {
                rows = slices(table);
                return nextRows();
            }
            Answerer.Values values = (Answerer.Values) reply;
            undo = values.undo();
            return EncodedReply.values(values.values(), undo != null);
        } catch (SQLException e) {
            return EncodedReply.error(e);
        } catch (RuntimeException | Error e) {
            // a request that no function of ours makes, or a mistake of the driver's
            LOG.warn("{} - a call of {} failed", relay.launcher(), content.operation(), e);
            return EncodedReply.error(SQLState.UNEXPECTED_ERROR.exception("the driver could not do what "
                    + content.operation() + " asks for: " + e, e));
        }
    }

    private RowSlices slices(Answerer.Table table) throws SQLException {
        boolean made = false;
        try {
            RowSlices slices = new RowSlices(table.tags(), table.rows(), relay.types(), this);
            made = true;
            return slices;
        } finally {
            if (!made) {
                table.rows().close();
            }
        }
    }

    private EncodedReply nextRows() throws SQLException {
        if (rows == null) {
            throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                    "there are no more rows of a job to be read").toException();
        }
        return rows.next();
    }

    /** Writes the answer. What cannot be written, such as rows on a full disk, is told as an error in its place. */
    private void write() throws SQLException {
        raised = answer.error() == null ? raised : answer.error();
        try {
            write(answer);
        } catch (SQLException e) {
            if (SQLState.isConnectionError(e.getSQLState()) || answer.error() != null) {
                throw e;
            }
            settle();
            answer = EncodedReply.error(e);
            raised = e;
            write(answer);
        }
        if (rows != null && !rows.isEnded()) {
            // while the function works on these
            rows.readAhead();
        }
    }

    private void write(EncodedReply written) throws SQLException {
        relay.withChannel(channel -> {
            channel.answer(served, written, answerer.sessionDigest());
            return null;
        });
    }

    /** Undoes what was done for a function that has not got the answer. */
    private void settle() {
        Runnable whenGone = undo;
        undo = null;
        if (whenGone != null && !requests.isTaken(served)) {
            whenGone.run();
        }
    }

    private void leaveRows() {
        if (rows != null) {
            rows.close();
            rows = null;
        }
    }
}
