package io.pgbg.session;

import io.pgbg.job.AttachedJobs;
import io.pgbg.job.Job;
import io.pgbg.relay.RunningStatements;
import io.pgbg.worker.DriverThreads;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of what a session keeps beyond itself: its jobs and its part in the pool. A session that the application has
 * forgotten without closing it ends in the same way as one that is closed, when the garbage collector has found it.
 * This object must therefore not lead back to the session.
 *
 * <p>Thread-safe: the session is closed by any thread, or found by the one that looks for forgotten ones.
 */
final class SessionEnd {

    private static final Logger LOG = LoggerFactory.getLogger(SessionEnd.class);

    private static final Cleaner FORGOTTEN = Cleaner.create();

    /** The sessions that have not ended, as long as they are not forgotten. */
    private static final Set<SessionEnd> OPEN = ConcurrentHashMap.newKeySet();

    /** The connection is the application's to keep; it may lead to the session. */
    private final WeakReference<Connection> connection;
    private final SessionPool.Membership pool;
    private final AttachedJobs attached;
    private final RunningStatements statements;
    private final SessionOptions options;
    private volatile Cleaner.Cleanable forgotten;

    SessionEnd(Connection connection, SessionPool pool, AttachedJobs attached, RunningStatements statements,
            SessionOptions options) {
        this.connection = new WeakReference<>(connection);
        this.pool = pool.membership();
        this.attached = attached;
        this.statements = statements;
        this.options = options;
    }

    /** From now on the session may be forgotten. */
    void watch(Session session) {
        OPEN.add(this);
        forgotten = FORGOTTEN.register(session, this::sessionForgotten);
    }

    private void sessionForgotten() {
        if (begin()) {
            DriverThreads.run(() -> {
                statements.close();
                letGo();
            });
        }
    }

    /** The sessions that are open. */
    static List<SessionEnd> open() {
        return List.copyOf(OPEN);
    }

    /** The driver ends, and the session with it: its connection is closed as if the application had done so. */
    void endWithDriver() {
        if (begin()) {
            statements.close();
            letGo();
        }
        Connection known = connection.get();
        if (known != null) {
            try {
                known.close();
            } catch (SQLException e) {
                LOG.debug("a connection did not close in good order: {}", e.getMessage());
            }
        }
    }

    /** The session is being closed; false if it was before. */
    boolean begin() {
        return pool.close();
    }

    /**
     * Detaches the jobs, or cancels them if the properties say so, or leaves them to the other connections that share
     * them, and leaves the pool. Only after {@link #begin}.
     *
     * @return the jobs that the session had
     */
    Collection<Job> letGo() {
        boolean cancel = options.onClose() == SessionOptions.OnClose.CANCEL;
        boolean keep = attached.isShared() && !cancel;
        Collection<Job> jobs = attached.close(keep);
        end(jobs, cancel, keep);
        pool.leave();
        OPEN.remove(this);
        Cleaner.Cleanable registered = forgotten;
        if (registered != null) {
            registered.clean();
        }
        return jobs;
    }

    private static void end(Collection<Job> jobs, boolean cancel, boolean keep) {
        if (cancel) {
            jobs.forEach(Job::cancel);
        }
        if (!keep) {
            jobs.forEach(Job::detach);
        }
    }

    /**
     * The one who had the connection gives it back to its pool: detaches the jobs, or cancels them, or leaves them, as
     * the properties say. Jobs that are shared are found by their handles still, unless they are cancelled.
     */
    void endRequest() {
        if (options.onReturn() != SessionOptions.OnReturn.KEEP) {
            boolean cancel = options.onReturn() == SessionOptions.OnReturn.CANCEL;
            boolean keep = attached.isShared() && !cancel;
            end(attached.letGo(keep), cancel, keep);
        }
    }
}
