package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.Turn;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's channel for answers: opened when one is needed, and closed a second after its last use.
 *
 * <p>Thread-safe: one thread at a time uses the channel, and has the turn meanwhile; what ends its wait ends its
 * connecting, too.
 */
final class ChannelLease {

    private static final Logger LOG = LoggerFactory.getLogger(ChannelLease.class);

    /** How long the end of a session waits until its channel is closed. */
    private static final long LONGEST_CLOSING_MILLIS = 1000;

    /** How long a channel is kept after its last use. */
    private static final long KEPT = TimeUnit.SECONDS.toNanos(1);

    /** Those that have a channel. */
    private static final Set<ChannelLease> HELD = ConcurrentHashMap.newKeySet();

    private final SessionRelay.Launcher session;
    private final int launcher;
    /** How many need the mailbox as it is. */
    private final AtomicInteger holders = new AtomicInteger();
    /** Guards the other fields, and is held while the channel is used. */
    private final Turn turn = new Turn();
    private volatile AnswerChannel channel;
    private final AtomicBoolean expiring = new AtomicBoolean();
    private long lastUse;
    private volatile boolean closed;

    /** @param launcher pid of the session's backend */
    ChannelLease(SessionRelay.Launcher session, int launcher) {
        this.session = session;
        this.launcher = launcher;
    }

    /**
     * Does something over the channel; when its connection is lost meanwhile, does it again over another one.
     *
     * @param watch ends the waiting for the connection
     */
    <T> T with(SqlFunction<AnswerChannel, T> step, Wait.Watch watch) throws SQLException {
        return with(step, new Wait(Wait.FOREVER, watch));
    }

    private <T> T with(SqlFunction<AnswerChannel, T> step, Wait wait) throws SQLException {
        turn.take(wait);
        try {
            return attach(wait).with(step, wait);
        } finally {
            lastUse = System.nanoTime();
            turn.leave();
        }
    }

    /**
     * Whether the code that made a call could read the mailbox.
     *
     * @param watch ends the waiting for another thread that uses the channel
     */
    boolean isProven(Request.Call call, Wait.Watch watch) throws SQLException {
        turn.take(new Wait(Wait.FOREVER, watch));
        try {
            return channel != null && channel.mailbox().isProven(call);
        } finally {
            turn.leave();
        }
    }

    private AnswerChannel attach(Wait wait) throws SQLException {
        if (closed) {
            throw SQLState.CONNECTION_DOES_NOT_EXIST.exception("This connection has been closed.");
        }
        if (channel == null) {
            channel = new AnswerChannel(session.spares(), launcher, wait);
            HELD.add(this);
        }
        expireLater(KEPT);
        return channel;
    }

    /**
     * The number of the session's mailbox, which is made if there is none.
     *
     * @param wait ends the waiting for a connection
     */
    long mailbox(Wait wait) throws SQLException {
        return with(usable -> {
            tell(usable);
            return usable.mailbox().number();
        }, wait);
    }

    /**
     * Makes the mailbox that a function requests.
     *
     * @param request takes the last request, because the function may have given up the one before by the time that it is
     *     the session's turn; may give null
     * @param watch ends the waiting for a connection
     */
    void makeMailbox(Supplier<Request.NewMailbox> request, Wait.Watch watch) throws SQLException {
        with(usable -> {
            tell(usable);
            Request.NewMailbox wanted = request.get();
            if (wanted != null) {
                usable.mailbox().make(wanted.number(), wanted.token());
            }
            return null;
        }, watch);
    }

    /** Removes the mailbox if it tells something else; only while no function waits for a reply in it. */
    private void tell(AnswerChannel usable) throws SQLException {
        List<String> settings = usable.connection().talk(session::settingNames);
        usable.mailbox().tellNames(settings, session.customSettings());
        usable.mailbox().tellPatience(session.networkTimeoutMillis());
    }

    // ---- closing the channel

    /** Keeps the mailbox until what this returns is closed: functions on the server know its number, or will. */
    Held hold() {
        holders.incrementAndGet();
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.getAndSet(false) && holders.decrementAndGet() == 0 && channel != null) {
                expireLater(KEPT);
            }
        };
    }

    /** Keeps a mailbox; may be closed more than once. */
    @FunctionalInterface
    interface Held extends AutoCloseable {

        @Override
        void close();
    }

    private void expireLater(long nanos) {
        if (expiring.compareAndSet(false, true)) {
            try {
                DriverThreads.runAfter(nanos, TimeUnit.NANOSECONDS, this::expire);
            } catch (RuntimeException | OutOfMemoryError e) {
                expiring.set(false);
                LOG.warn("{} - a mailbox is given up after its next use: {}", launcher, e.toString());
            }
        }
    }

    private void expire() {
        turn.take();
        try {
            // the last of those that hold it plans the next time
            expiring.set(false);
            long left = KEPT - (System.nanoTime() - lastUse);
            if (left > 0 && channel != null) {
                expireLater(left);
            } else if (holders.get() == 0) {
                release();
            }
        } finally {
            turn.leave();
        }
    }

    private void release() {
        turn.take();
        try {
            HELD.remove(this);
            AnswerChannel released = channel;
            channel = null;
            if (released != null) {
                released.close();
            }
        } finally {
            turn.leave();
        }
    }

    /** The driver ends: what gives back all connections, one each. The sessions have ended. */
    static List<Runnable> releases() {
        return HELD.stream().<Runnable>map(lease -> lease::release).toList();
    }

    /**
     * The session ends.
     *
     * @param waits whether to wait a moment until nothing of the session's is left in the database: a role that owns
     *     something there cannot be dropped
     */
    void close(boolean waits) {
        closed = true;
        if (channel == null) {
            return;
        }
        CompletableFuture<Void> released = CompletableFuture.runAsync(this::release, DriverThreads::run);
        if (waits) {
            try {
                released.get(LONGEST_CLOSING_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("{} - the connection for answers is given back later: {}", launcher, e.toString());
            }
        }
    }
}
