package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.Signal;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's connection for answers: taken when one is needed, replaced when it is lost, given back a second after its
 * last use.
 *
 * <p>Thread-safe: one thread at a time uses the channel, and holds the lock meanwhile; what ends its wait ends its
 * connecting, too.
 */
final class ChannelLease {

    private static final Logger LOG = LoggerFactory.getLogger(ChannelLease.class);

    /** How long the end of a session waits until its connection is given back. */
    private static final long LONGEST_CLOSING_MILLIS = 1000;

    /** How long a connection is kept after its last use. */
    private static final long KEPT = TimeUnit.SECONDS.toNanos(1);

    /** How long connecting may take while a function waits for its reply. */
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Those that hold a connection. */
    private static final Set<ChannelLease> HELD = ConcurrentHashMap.newKeySet();

    private final SessionRelay.Launcher session;
    private final int launcher;
    private final NoticePoller poller;
    /** Guards all fields, and is held while the channel is used. */
    private final ReentrantLock turn = new ReentrantLock();
    private final Signal free = new Signal();
    private volatile AnswerChannel channel;
    private boolean expiring;
    private long lastUse;
    private volatile boolean closed;

    /** @param launcher pid of the session's backend */
    ChannelLease(SessionRelay.Launcher session, int launcher, NoticePoller poller) {
        this.session = session;
        this.launcher = launcher;
        this.poller = poller;
    }

    /**
     * Does something over the channel; when the connection is lost meanwhile, does it again over another one.
     *
     * @param watch ends the waiting for a connection
     */
    <T> T with(SqlFunction<AnswerChannel, T> step, Wait.Watch watch) throws SQLException {
        return with(step, new Wait(CONNECT_NANOS, watch));
    }

    private <T> T with(SqlFunction<AnswerChannel, T> step, Wait wait) throws SQLException {
        takeTurn(wait);
        try {
            AnswerChannel usable = attach(wait);
            try {
                return step.apply(usable);
            } catch (SQLException e) {
                if (!usable.isBroken()) {
                    throw e;
                }
                LOG.debug("{} - the connection for answers was lost: {}", launcher, e.getMessage());
                usable.reconnect(wait);
                return step.apply(usable);
            }
        } finally {
            lastUse = System.nanoTime();
            leaveTurn();
        }
    }

    private void takeTurn(Wait wait) throws SQLException {
        try {
            wait.until(turn::tryLock, free);
        } catch (SQLException | RuntimeException | Error e) {
            if (turn.isHeldByCurrentThread()) {
                leaveTurn();
            }
            throw e;
        }
    }

    private void leaveTurn() {
        turn.unlock();
        free.raise();
    }

    private AnswerChannel attach(Wait wait) throws SQLException {
        if (closed) {
            throw SQLState.CONNECTION_DOES_NOT_EXIST.exception("This connection has been closed.");
        }
        if (channel != null && channel.isBroken()) {
            channel.close();
            channel = null;
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
     * @param watch ends the waiting for a connection
     */
    void makeMailbox(Request.NewMailbox wanted, Wait.Watch watch) throws SQLException {
        with(usable -> {
            tell(usable);
            usable.mailbox().make(wanted.number(), wanted.token());
            return null;
        }, watch);
    }

    /** Removes the mailbox if it tells something else; only while no function waits for a reply in it. */
    private void tell(AnswerChannel usable) throws SQLException {
        usable.mailbox().tellNames(session.settingNames(usable.connection()), session.customSettings());
        usable.mailbox().tellPatience(session.networkTimeoutMillis());
    }

    // ---- giving back

    private void expireLater(long nanos) {
        if (!expiring) {
            expiring = true;
            DriverThreads.runAfter(nanos, TimeUnit.NANOSECONDS, this::expire);
        }
    }

    private void expire() {
        turn.lock();
        try {
            expiring = false;
            long left = KEPT - (System.nanoTime() - lastUse);
            if (channel != null && (left > 0 || poller.listens(this))) {
                expireLater(Math.max(left, KEPT / 2));
            } else {
                release();
            }
        } finally {
            leaveTurn();
        }
    }

    private void release() {
        turn.lock();
        try {
            HELD.remove(this);
            if (channel != null) {
                channel.close();
                channel = null;
            }
        } finally {
            leaveTurn();
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
