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
 * Reads the notices of one statement as they arrive: takes the requests out of them and hands on all others in order.
 *
 * <p>Thread-safe. The lock guards which notices were read, and the requests among them.
 */
final class NoticeTap {

    private static final Logger LOG = LoggerFactory.getLogger(NoticeTap.class);

    /** How many notices that only look like requests are logged. */
    private static final int MOST_REPORTED = 3;

    private final NoticeSource source;
    private final Consumer<SQLWarning> reader;
    private final int launcher;
    private final ReentrantLock lock = new ReentrantLock();
    /** The first notice and the one read last. */
    private SQLWarning head;
    private SQLWarning last;
    /** Few of the statements that are listened to send any. */
    private final Queue<Request.Call> calls = new ArrayDeque<>(0);
    private Request.NewMailbox mailbox;
    private String taken = "";
    private int misread;
    private volatile boolean closed;

    /**
     * @param source where pgjdbc puts the notices
     * @param reader gets the notices that are no requests, on any thread
     */
    NoticeTap(NoticeSource source, Consumer<SQLWarning> reader, int launcher) {
        this.source = source;
        this.reader = reader;
        this.launcher = launcher;
    }

    /** Reads the notices that have arrived. */
    void listen() {
        lock.lock();
        try {
            SQLWarning first = source.firstNotice();
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
            // the statement is being closed: its reader is gone
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
            // a function waits only for the mailbox that it has requested last
            mailbox = wanted;
        } else if (request instanceof Request.Taken told) {
            taken = told.token();
        } else if (!closed) {
            report("a notice that looks like a request but is none");
        }
    }

    /** Logs a request that is ignored; code that raises thousands of them must not fill the log. */
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

    /** Whether a function waits for a reply or a mailbox. */
    boolean hasRequests() {
        lock.lock();
        try {
            return !calls.isEmpty() || mailbox != null;
        } finally {
            lock.unlock();
        }
    }

    /** The next call, which stays in the queue; null when there is none. */
    Request.Call peek() {
        lock.lock();
        try {
            return calls.peek();
        } finally {
            lock.unlock();
        }
    }

    /** Takes the next call; null when there is none. */
    Request.Call poll() {
        lock.lock();
        try {
            return calls.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a call out of the queue that was seen there, if it is still there. */
    void drop(Request.Call call) {
        lock.lock();
        try {
            calls.remove(call);
        } finally {
            lock.unlock();
        }
    }

    /** Takes the request for a mailbox; null when there is none. */
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

    /** Whether a function waits for a mailbox. */
    boolean wantsMailbox() {
        lock.lock();
        try {
            return mailbox != null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a function has confirmed that it has its reply. */
    boolean isTaken(String token) {
        lock.lock();
        try {
            return taken.equals(token);
        } finally {
            lock.unlock();
        }
    }

    /** The statement has returned: no function waits any more. Requests that are read from now on are dropped. */
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

    /** Whether the statement has returned. */
    boolean isClosed() {
        return closed;
    }
}
