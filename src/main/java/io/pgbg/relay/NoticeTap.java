package io.pgbg.relay;

import io.pgbg.wire.Lock;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the notices of one statement as they arrive: takes the requests out of them and hands on all others in order.
 *
 * <p>Thread-safe. The lock guards which notices were read, so that each is read once and in order; what was found in
 * them is published without it. A {@code taken} is published before the calls behind it.
 */
final class NoticeTap {

    private static final Logger LOG = LoggerFactory.getLogger(NoticeTap.class);

    /** How many notices that only look like requests are logged. */
    private static final int MOST_REPORTED = 3;

    /** When so many characters were read pgjdbc gives the notices up: a block may launch thousands of long texts. */
    private static final int MOST_CHARACTERS = 1 << 20;

    private final NoticeSource source;
    private final Consumer<SQLWarning> reader;
    private final int launcher;
    private final Lock lock = new Lock();
    /** The first notice and the one read last. */
    private SQLWarning head;
    private SQLWarning last;
    /** How many were read since notices were given up. */
    private long characters;
    /** What was read of a request that comes in parts. */
    private final List<String> parts = new ArrayList<>();
    private final Queue<Request.Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Request.NewMailbox> mailbox = new AtomicReference<>();
    private volatile String taken = "";
    private final AtomicInteger misread = new AtomicInteger();
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
        try (var held = lock.hold()) {
            SQLWarning first = source.firstNotice();
            // also what was chained to notices that were given up in that very moment
            readOn();
            if (first != null && first != head) {
                head = first;
                last = first;
                take(first);
                readOn();
            }
            if (characters > MOST_CHARACTERS) {
                head = null;
                characters = 0;
                source.clearNotices();
            }
        } catch (SQLException e) {
            // the statement is being closed: its reader is gone
            LOG.trace("{} - notices of a closed statement: {}", launcher, e.getMessage());
        }
    }

    private void readOn() {
        SQLWarning next = last == null ? null : last.getNextWarning();
        while (next != null) {
            last = next;
            take(next);
            next = next.getNextWarning();
        }
    }

    private void take(SQLWarning notice) {
        characters += ServerError.length(notice);
        if (!Request.isOne(notice)) {
            // the ones behind it belong to pgjdbc's chain
            reader.accept(ServerError.alone(notice));
            return;
        }
        Request request = closed ? null : Request.of(notice);
        if (request instanceof Request.Part part) {
            add(part);
        } else if (request instanceof Request.End end && (end.parts() == 0 || end.parts() == parts.size())) {
            calls.add(end.after(parts));
            parts.clear();
        } else if (request instanceof Request.NewMailbox wanted) {
            // a function waits only for the mailbox that it has requested last
            mailbox.set(wanted);
        } else if (request instanceof Request.Taken told) {
            taken = told.token();
        } else if (!closed && !(request instanceof Request.Waiting)) {
            report("a notice that looks like a request but is none");
        }
    }

    /** A first part begins anew: whoever has sent parts before has not sent the end. */
    private void add(Request.Part part) {
        if (part.number() == 1) {
            parts.clear();
        }
        if (part.number() == parts.size() + 1) {
            parts.add(part.text());
        }
    }

    /** Logs a request that is ignored; code that raises thousands of them must not fill the log. */
    void report(String what) {
        int count = misread.incrementAndGet();
        if (count <= MOST_REPORTED) {
            LOG.warn("{} - {} was left aside{}", launcher, what,
                    count == MOST_REPORTED ? "; others of this statement are not reported" : "");
        }
    }

    /** Whether a function waits for a reply or a mailbox. */
    boolean hasRequests() {
        return hasCalls() || wantsMailbox();
    }

    /** Whether a function waits for a reply. */
    boolean hasCalls() {
        return !calls.isEmpty();
    }

    /** The next call, which stays in the queue; null when there is none. */
    Request.Call peek() {
        return calls.peek();
    }

    /** Takes the next call; null when there is none. */
    Request.Call poll() {
        return calls.poll();
    }

    /** Whether a function waits for a mailbox. */
    boolean wantsMailbox() {
        return mailbox.get() != null;
    }

    /** Takes the request for a mailbox; null when there is none. */
    Request.NewMailbox pollMailbox() {
        return mailbox.getAndSet(null);
    }

    /** Whether a function has confirmed that it has its reply. */
    boolean isTaken(String token) {
        return taken.equals(token);
    }

    /** The statement has returned: no function waits any more. Requests that are read from now on are dropped. */
    void close() {
        try (var held = lock.hold()) {
            try {
                listen();
            } finally {
                closed = true;
                parts.clear();
                calls.clear();
                mailbox.set(null);
            }
        }
    }

    /** Whether the statement has returned. */
    boolean isClosed() {
        return closed;
    }
}
