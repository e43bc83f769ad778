package io.pgbg.relay;

import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the notices of one statement as they come: requests are taken out of them, everything else is handed on in order.
 *
 * <p>Thread-safe. The lock guards which notices were looked at, and the requests among them.
 */
final class RequestQueue {

    private static final Logger LOG = LoggerFactory.getLogger(RequestQueue.class);

    /** So many notices that are no requests are told of in the log. */
    private static final int MOST_REPORTED = 3;

    private final NoticeSource source;
    private final Consumer<SQLWarning> reader;
    private final int launcher;
    private final ReentrantLock lock = new ReentrantLock();
    /** The first notice and the one looked at last. */
    private SQLWarning head;
    private SQLWarning last;
    /** Few statements that are listened to have any. */
    private final Queue<Request.Call> calls = new ArrayDeque<>(0);
    private Request.NewMailbox mailbox;
    private String taken = "";
    private int misread;
    private boolean closed;

    /**
     * @param source where pgjdbc puts the notices
     * @param reader gets the notices that are no requests, by whatever thread
     */
    RequestQueue(NoticeSource source, Consumer<SQLWarning> reader, int launcher) {
        this.source = source;
        this.reader = reader;
        this.launcher = launcher;
    }

    /** Looks at the notices that have come. */
    void listen() {
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
        } catch (SQLException e) {
            // the statement is being closed; there is nobody to hand notices to
            LOG.trace("{} - notices of a closed statement: {}", launcher, e.getMessage());
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
        Request request = closed ? null : Request.of(notice);
        if (request instanceof Request.Call call) {
            calls.add(call);
        } else if (request instanceof Request.NewMailbox wanted) {
            // only the last one is waited for
            mailbox = wanted;
        } else if (request instanceof Request.Taken told) {
            taken = told.token();
        } else if (!closed) {
            report("a notice that looks like a request but is none");
        }
    }

    /** Tells of something that was left aside; whoever raises thousands of notices must not fill the log. */
    void report(String what) {
        lock.lock();
        try {
            misread++;
            if (misread <= MOST_REPORTED) {
                LOG.warn("{} - {} was left aside{}", launcher, what,
                        misread == MOST_REPORTED ? "; others of this statement are not reported" : "");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether somebody asks for something. */
    boolean hasRequests() {
        lock.lock();
        try {
            return !calls.isEmpty() || mailbox != null;
        } finally {
            lock.unlock();
        }
    }

    /** The next call, left where it is; null when there is none. */
    Request.Call peek() {
        lock.lock();
        try {
            return calls.peek();
        } finally {
            lock.unlock();
        }
    }

    /** The next call; null when there is none. */
    Request.Call poll() {
        lock.lock();
        try {
            return calls.poll();
        } finally {
            lock.unlock();
        }
    }

    /** The mailbox that is wanted; null when none is. */
    Request.NewMailbox pollMailbox() {
        lock.lock();
        try {
            Request.NewMailbox wanted = mailbox;
            mailbox = null;
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    boolean wantsMailbox() {
        lock.lock();
        try {
            return mailbox != null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the answer to a request has come. */
    boolean isTaken(String token) {
        lock.lock();
        try {
            return taken.equals(token);
        } finally {
            lock.unlock();
        }
    }

    /** The statement has returned: what is still asked for is of no use to anybody. */
    void close() {
        listen();
        lock.lock();
        try {
            closed = true;
            calls.clear();
            mailbox = null;
        } finally {
            lock.unlock();
        }
    }
}
