package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.job.JobThreads;
import io.pgbg.wire.ServerError;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to one statement while it runs on the server, and serves the functions that it calls there. Pgjdbc adds the
 * notices to the statement as they come; requests are taken out of them, everything else is handed on in order.
 *
 * <p>A thread of the driver's serves the requests. The thread that executes the statement begins and ends the
 * conversation; any thread may have the notices handed on.
 */
public final class Conversation implements Answerer.Asker {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int WORD_BYTES = 16;

    /** The first pause between two looks at the notices; it grows with the time in which nothing comes. */
    private static final long SHORTEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(40);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(5);
    /** The pause is a part of the time that nothing has come. */
    private static final int PAUSES = 50;

    private static final Runnable NOTHING = () -> { };

    private final NoticeSource source;
    private final Consumer<SQLWarning> reader;
    private final SessionRelay relay;
    private final Answerer answerer;
    private final Runnable endWait;
    private final Thread caller = Thread.currentThread();

    private final ReentrantLock lock = new ReentrantLock();
    /** The first notice and the one looked at last; guarded by the lock, as is the queue. */
    private SQLWarning head;
    private SQLWarning last;
    /** Few statements that are listened to have any. */
    private final Queue<Request> requests = new ArrayDeque<>(0);
    private boolean serving;
    private volatile boolean requested;
    private volatile boolean ended;
    private volatile Thread server;
    private volatile SQLException raised;
    private volatile SQLException failure;

    // of the serving thread
    private Control control;
    private Answerer.Call call;
    private String word;
    private RowSlices rows;
    /** The next rows and the word that goes with them, when they are read already. */
    private Answer ahead;
    private String wordAhead;
    private Runnable undo = NOTHING;

    /**
     * @param source where pgjdbc puts the notices, empty now
     * @param reader gets the notices that are no requests, by whatever thread
     * @param endWait ends what the answerer waits for
     */
    Conversation(SessionRelay relay, NoticeSource source, Consumer<SQLWarning> reader, Answerer answerer,
            Runnable endWait) {
        this.relay = relay;
        this.source = source;
        this.reader = reader;
        this.answerer = answerer;
        this.endWait = endWait;
    }

    /**
     * Begins before the statement is sent: the functions will be called for sure.
     *
     * @throws SQLException when there is no connection to be had for the answers
     */
    void expectRequests() throws SQLException {
        control = relay.control();
        boolean started = false;
        try {
            control.attach();
            startServing();
            started = true;
        } finally {
            if (!started) {
                control.close();
            }
        }
    }

    // ---- listening

    /**
     * Hands on the notices that have come.
     *
     * @return whether requests are among them that nobody serves yet
     */
    public boolean listen() {
        lock.lock();
        try {
            SQLWarning first = source.first();
            if (first != head) {
                head = first;
                last = null;
            }
            SQLWarning next = last == null ? first : last.getNextWarning();
            while (next != null) {
                last = next;
                take(next);
                next = next.getNextWarning();
            }
            return requested && !serving;
        } catch (SQLException e) {
            // the statement is being closed; there is nobody to hand notices to
            LOG.trace("{} - notices of a closed statement: {}", relay.launcher(), e.getMessage());
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void take(SQLWarning notice) {
        if (!Request.isOne(notice)) {
            // the ones behind it belong to pgjdbc's chain
            reader.accept(ServerError.alone(notice));
            return;
        }
        Request request = Request.of(notice);
        if (request == null) {
            LOG.warn("{} - a notice that looks like a request but is none was left aside", relay.launcher());
        } else if (!ended) {
            requests.add(request);
            requested = true;
        }
    }

    /** Whether there is a request that nobody expects: the function before it has given up. */
    private boolean hasOtherRequest() {
        listen();
        lock.lock();
        try {
            Request next = requests.peek();
            // while the next rows are read they may be asked for
            return next != null && !("next".equals(next.word()) && word != null && word.equals(next.argument(0)));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void checkWanted() throws SQLException {
        // the interrupt stays set: it is the caller's to see
        if (ended || caller.isInterrupted() || hasOtherRequest()) {
            throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request").toException();
        }
    }

    @Override
    public String ask(String sql) throws SQLException {
        return control.run(sql);
    }

    @Override
    public int launcher() {
        return relay.launcher();
    }

    private Request nextRequest() {
        lock.lock();
        try {
            return requests.poll();
        } finally {
            lock.unlock();
        }
    }

    // ---- the life of the conversation

    /** Lets a thread serve the requests, if none does yet. */
    public void startServing() {
        lock.lock();
        try {
            if (serving || ended) {
                return;
            }
            serving = true;
        } finally {
            lock.unlock();
        }
        JobThreads.run(this::serve);
    }

    /** The statement has returned: what its functions still ask for is of no use to anybody. */
    public void end() {
        listen();
        boolean served;
        lock.lock();
        try {
            ended = true;
            served = serving;
            requests.clear();
        } finally {
            lock.unlock();
        }
        relay.ended(this);
        if (served) {
            endWait.run();
            LockSupport.unpark(server);
        } else if (control != null) {
            control.close();
        }
    }

    /**
     * The error of the statement as the caller is to see it. One that a function has raised because the driver told it
     * to is the driver's own, with what the server has added to its context.
     */
    public SQLException explain(SQLException error) {
        SQLException mine = raised;
        SQLException reason = failure;
        if (reason != null && SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.is(error.getSQLState())) {
            reason.addSuppressed(error);
            return reason;
        }
        return RaisedError.explain(error, mine, relay.showsDetails());
    }

    // ---- serving

    private void serve() {
        server = Thread.currentThread();
        try {
            if (control == null) {
                control = relay.control();
                control.attach();
            }
            long idleSince = System.nanoTime();
            while (!ended) {
                listen();
                Request request = nextRequest();
                if (request != null) {
                    serve(request);
                    idleSince = System.nanoTime();
                } else {
                    long pause = (System.nanoTime() - idleSince) / PAUSES;
                    LockSupport.parkNanos(this, Math.min(Math.max(pause, SHORTEST_PAUSE), LONGEST_PAUSE));
                }
            }
        } catch (SQLException e) {
            failure = e;
            LOG.warn("{} - functions on the server cannot be answered: {}", relay.launcher(), e.getMessage());
        } finally {
            try {
                leaveRows();
            } finally {
                if (control != null) {
                    control.close();
                }
            }
        }
    }

    private void serve(Request request) throws SQLException {
        boolean confirmed = word != null && word.equals(request.argument(0));
        word = null;
        switch (request.word()) {
            case "ask" -> ask(request);
            case "confirm" -> answer(request, confirmed ? perform(request.argument(1)) : refuse(request));
            case "next" -> answer(request, confirmed && rows != null ? nextRows() : refuse(request));
            default -> LOG.warn("{} - unknown request from the server was left aside", relay.launcher());
        }
    }

    private void ask(Request request) throws SQLException {
        leaveRows();
        if (request.argument(0) == null || request.argument(1) == null) {
            LOG.warn("{} - incomplete request from the server was left aside", relay.launcher());
            return;
        }
        call = new Answerer.Call(request.argument(0), request.argument(1),
                request.arguments().subList(2, request.arguments().size()));
        word = newWord();
        Answer answer = answered(() -> Answer.confirm(word, answerer.prepare(call, this)));
        if (!hasOtherRequest()) {
            answer(request, answer);
        }
    }

    private Answer perform(String session) {
        return answered(() -> {
            Answerer.Reply reply = answerer.perform(call, session, this);
            if (reply instanceof Answerer.Table table) {
                rows = slices(table);
                return nextRows();
            }
            Answerer.Values values = (Answerer.Values) reply;
            undo = values.undo();
            return Answer.values(values.values());
        });
    }

    /** Something that gives an answer. */
    @FunctionalInterface
    private interface Answering {

        Answer answer() throws SQLException;
    }

    /** What fails is an answer, too. */
    private Answer answered(Answering answering) {
        try {
            return answering.answer();
        } catch (SQLException e) {
            return Answer.error(e);
        } catch (RuntimeException e) {
            // a request that no function of ours makes, or a mistake of the driver's
            LOG.warn("{} - a call of {} failed", relay.launcher(), call.function(), e);
            return Answer.error(SQLState.UNEXPECTED_ERROR.exception("the driver could not do what "
                    + call.function() + " asks for: " + e, e));
        }
    }

    private RowSlices slices(Answerer.Table table) throws SQLException {
        boolean made = false;
        try {
            RowSlices slices = new RowSlices(table.tags(), table.rows(), relay.types(), control);
            made = true;
            return slices;
        } finally {
            if (!made) {
                table.rows().close();
            }
        }
    }

    private Answer nextRows() {
        Answer next = ahead != null ? ahead : readRows();
        ahead = null;
        word = wordAhead;
        return next;
    }

    private Answer readRows() {
        wordAhead = newWord();
        return answered(() -> rows.next(wordAhead));
    }

    private Answer refuse(Request request) {
        LOG.warn("{} - a request from the server ({}) was refused: nobody has shown that it may be made",
                relay.launcher(), request.word());
        return Answer.error(ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                "the call of a pg_background function was not confirmed by the role that made it").toException());
    }

    private void answer(Request request, Answer answer) throws SQLException {
        raised = answer.error() == null ? raised : answer.error();
        Runnable whenGone = undo;
        undo = NOTHING;
        boolean there = false;
        try {
            there = call != null && control.answer(request.token(), call.role(), answer.text(request.token()));
        } finally {
            if (!there) {
                whenGone.run();
            }
        }
        if (there && rows != null && !rows.isEnded()) {
            // while the function works on these
            ahead = readRows();
        }
    }

    private void leaveRows() {
        if (rows != null) {
            rows.close();
            rows = null;
        }
        ahead = null;
    }

    private static String newWord() {
        byte[] bytes = new byte[WORD_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
