package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.call.CallContext;
import io.pgbg.call.RelayedCalls;
import io.pgbg.call.StatementResult;
import io.pgbg.job.Job;
import io.pgbg.job.NoticeQueue;
import io.pgbg.job.Waiting;
import io.pgbg.relay.Conversation;
import io.pgbg.relay.NoticeSource;
import io.pgbg.relay.SessionRelay;
import io.pgbg.session.Interruptible;
import io.pgbg.session.LauncherWatch;
import io.pgbg.session.Session;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.SqlSupplier;
import io.pgbg.wire.TimeLimit;
import io.pgbg.worker.Wait;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * One execution of a statement that the driver answers, in whole or in part: what it has given so far, its warnings,
 * and what another thread must reach to end it.
 *
 * <p>Run by one thread; {@link #cancel()}, {@link #warnings()}, {@link #clearWarnings()}, {@link #connectionClosed()}
 * and {@link #close()} come from any thread and never wait for it.
 */
public final class Execution implements CallContext, Interruptible {

    private final Session session;
    private final Statement owner;
    /** Made in the place of the caller's statement; null when that is the owner itself. */
    private final Statement stand;
    private final WarningChain warnings = new WarningChain();
    private final Results results = new Results();
    /** The query time-out; 0 for none. */
    private final long timeoutNanos;
    private volatile long deadline;
    /** What runs on the launcher's connection. */
    private volatile Statement active;
    /** Listens to what runs there, when it may call functions on the server. */
    private volatile Conversation conversation;
    private boolean listened;
    private volatile Wait wait;
    private volatile boolean cancelled;
    private volatile boolean connectionClosed;
    /** Whether the call that executes has returned; what is read afterwards has no time-out. */
    private volatile boolean settled;

    /**
     * @param owner pgjdbc's statement behind the caller's, on which the result sets are made
     */
    Execution(Session session, Statement owner) throws SQLException {
        this.session = session;
        // pgjdbc would complete the caller's statement with the first of several windows
        this.stand = owner.isCloseOnCompletion() ? StatementFactory.like(owner, session.connection()) : null;
        this.owner = stand == null ? owner : stand;
        this.timeoutNanos = TimeUnit.SECONDS.toNanos(owner.getQueryTimeout());
        start();
    }

    @Override
    public Session session() {
        return session;
    }

    /** Pgjdbc's statement that the result sets belong to. */
    @Override
    public Statement owner() {
        return owner;
    }

    @Override
    public void add(StatementResult result) {
        results.add(result);
    }

    /** What it has given so far. */
    public Results results() {
        return results;
    }

    /** The work begins, or that of the next entry of a batch, for which the time-out begins anew. */
    void start() {
        deadline = timeoutNanos == 0 ? Wait.FOREVER : System.nanoTime() + timeoutNanos;
        settled = false;
    }

    /** The execution has done its work; what is left is for the reader. */
    void settle() {
        settled = true;
        cancelled = false;
        warnings.settle();
    }

    /** Adds warnings: one, or a chain of them. */
    @Override
    public void warn(SQLWarning warning) {
        warnings.add(warning);
    }

    /**
     * Runs a step on the launcher's connection, in what is left of the query time-out, and takes over the warnings it
     * leaves on its statement.
     */
    @Override
    public <T> T on(Statement statement, SqlSupplier<T> step) throws SQLException {
        active = statement;
        try {
            if (cancelled) {
                throw ServerError.error(SQLState.QUERY_CANCELED, "canceling statement due to user request")
                        .toException();
            }
            return deadline == Wait.FOREVER || settled ? execute(statement, step)
                    : TimeLimit.within(statement, deadline - System.nanoTime(), () -> execute(statement, step));
        } finally {
            active = null;
            takeWarnings(statement);
        }
    }

    private <T> T execute(Statement statement, SqlSupplier<T> step) throws SQLException {
        return session.transactions().isOwn() ? StatementFactory.fetchingAll(statement, step) : step.get();
    }

    private void takeWarnings(Statement statement) throws SQLException {
        Conversation listening = conversation;
        if (listening != null) {
            listening.end();
        }
        SQLWarning left = statement.isClosed() ? null : statement.getWarnings();
        if (left != null) {
            if (listening == null) {
                warn(left);
            }
            statement.clearWarnings();
        }
    }

    /** The same for a step that may call functions on the server: it is listened to if it needs to be. */
    @Override
    public <T> T onServer(Statement statement, SqlSupplier<T> step) throws SQLException {
        return session.watchesAll() ? listened(statement, false, step) : on(statement, step);
    }

    /** The same for a step that calls functions on the server for sure. */
    <T> T relayed(Statement statement, SqlSupplier<T> step) throws SQLException {
        return listened(statement, true, step);
    }

    private <T> T listened(Statement statement, boolean certain, SqlSupplier<T> step) throws SQLException {
        SessionRelay relay = session.relay();
        // what the execution before has left is no request of this one
        statement.clearWarnings();
        Conversation listening = relay.listening().begin(NoticeSource.of(statement), Thread.currentThread(),
                certain, this::warn, new RelayedCalls(this), this::endWait);
        listened = true;
        conversation = listening;
        try {
            return on(statement, step);
        } catch (SQLException e) {
            throw listening.explain(e);
        } finally {
            conversation = null;
            relay.installation().transactionMayHaveEnded();
        }
    }

    /**
     * Does several things as one transaction, unless there is one already. Deferred triggers, which the COMMIT fires,
     * may call functions on the server.
     */
    public void asOneTransaction(SqlAction work) throws SQLException {
        session.transactions().asOne(work, this::commit);
    }

    private void commit() throws SQLException {
        if (!session.watchesAll()) {
            session.wire().run("COMMIT", notice -> { });
            return;
        }
        try (Statement commit = session.connection().createStatement()) {
            onServer(commit, () -> commit.execute("COMMIT"));
        }
    }

    /**
     * Begins to listen to something that was executed without being listened to until now.
     *
     * @param caller the thread that executes it
     */
    Conversation converse(NoticeSource notices, Thread caller) {
        Conversation begun = session.relay().listening().begin(notices, caller, true, this::warn,
                new RelayedCalls(this), this::endWait);
        conversation = begun;
        return begun;
    }

    /** Whether more rows of a result set may have to be fetched, which may call functions. */
    public boolean fetches() throws SQLException {
        return listened && owner.getFetchSize() > 0 && session.wire().inTransaction();
    }

    private void endWait() {
        Wait current = wait;
        if (current != null) {
            current.cancel();
        }
    }

    /** Waits and looks after something meanwhile. */
    @Override
    public <T> T waiting(Wait.Watch watch, SqlFunction<Wait, T> awaited) throws SQLException {
        boolean done = false;
        Wait mine = new Wait(deadline == Wait.FOREVER || settled ? Wait.FOREVER
                : deadline - System.nanoTime(), watch);
        wait = mine;
        session.enter(this);
        try {
            if (cancelled) {
                mine.cancel();
            }
            if (connectionClosed || session.isClosed()) {
                mine.connectionClosed();
            }
            T result = awaited.apply(mine);
            done = true;
            return result;
        } finally {
            session.leave(this);
            // a thread of the relay may be late, and the next wait have begun
            if (wait == mine) {
                wait = null;
                if (!done || settled) {
                    // a cancel ends one wait; one that came too late for it is meant for what the execution does next
                    cancelled = false;
                }
            }
        }
    }

    /** Waits for jobs and looks meanwhile whether they wait for the launcher; a {@code Waiting}. */
    @Override
    public <T> T waitingFor(Collection<Job> jobs, SqlFunction<Wait, T> step) throws SQLException {
        return waiting(new LauncherWatch(session, jobs), step);
    }

    /** Reads a job's notices into the statement's warnings while it waits. */
    @Override
    public <T> T listening(NoticeQueue notices, SqlSupplier<T> step) throws SQLException {
        // not this: what keeps the job does not keep the session
        notices.forwardTo(warnings::add);
        boolean done = false;
        try {
            T result = step.get();
            done = true;
            return result;
        } finally {
            if (!done) {
                notices.keep();
            }
        }
    }

    /** Ends what the execution is doing with 57014. */
    public void cancel() throws SQLException {
        cancelled = true;
        Wait current = wait;
        if (settled && current == null) {
            // nothing runs, and what a reader asks for later is not meant
            cancelled = false;
        }
        if (current != null) {
            current.cancel();
        }
        Statement running = active;
        if (running != null) {
            running.cancel();
        }
    }

    /** Ends a wait with 08006. */
    @Override
    public void connectionClosed() {
        connectionClosed = true;
        Wait current = wait;
        if (current != null) {
            current.connectionClosed();
        }
    }

    /** The warnings so far, the notices of a job that runs included; null when there are none. */
    public SQLWarning warnings() {
        Statement running = active;
        Conversation listening = conversation;
        if (listening != null) {
            listening.listen();
        } else if (running != null) {
            try {
                SQLWarning live = running.getWarnings();
                if (live != null && warnings.get() == null) {
                    return live;
                }
            } catch (SQLException e) {
                // closed in this very moment: what it had is in the chain
                return warnings.get();
            }
        }
        return warnings.get();
    }

    public void clearWarnings() throws SQLException {
        Statement running = active;
        if (running != null && conversation == null && !running.isClosed()) {
            running.clearWarnings();
        }
        warnings.clear();
    }

    /** Closes the results that were not closed, and what the execution has made. */
    public void close() throws SQLException {
        results.close();
        if (stand != null) {
            stand.close();
        }
    }
}
