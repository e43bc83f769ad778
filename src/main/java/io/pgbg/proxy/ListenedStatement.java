package io.pgbg.proxy;

import io.pgbg.execution.LateConversation;
import io.pgbg.relay.RunningStatement;
import io.pgbg.relay.RunningStatements;
import io.pgbg.session.Session;
import java.sql.SQLException;
import java.sql.SQLWarning;
import org.postgresql.core.BaseStatement;

/**
 * The part of a statement that listens to what is the PostgreSQL driver's business alone: its SQL may call functions on
 * the server without showing it. Nothing is made before such a function has asked for something.
 *
 * <p>Used by the thread that executes; notices and warnings are looked at by any.
 */
abstract class ListenedStatement implements Face, RunningStatement {

    final ProxyConnection connection;
    final BaseStatement delegate;

    /** The thread that executes, while the statement may call functions on the server without showing it. */
    private volatile Thread executing;

    /** The conversation with such a function, from its first request on; null when there was none. */
    private volatile LateConversation late;

    ListenedStatement(ProxyConnection connection, BaseStatement delegate) {
        this.connection = connection;
        this.delegate = delegate;
    }

    @Override
    public final SQLException told(SQLException error) {
        return connection.told(error);
    }

    /** Something that the PostgreSQL driver does with a text. */
    @FunctionalInterface
    interface Passed<T> {

        T on(BaseStatement raw, String sql) throws SQLException;
    }

    /** What is the PostgreSQL driver's business alone, unless it calls functions on the server. */
    final <T> T pass(String sql, Passed<T> passed) throws SQLException {
        Session session = connection.session();
        boolean watched = session.watchesAll();
        int place = watched ? watch(session) : 0;
        try {
            return passed.on(delegate, sql);
        } catch (SQLException e) {
            LateConversation heard = late;
            throw heard == null ? e : heard.explain(e);
        } finally {
            if (watched) {
                unwatch(session, place);
            }
        }
    }

    private int watch(Session session) throws SQLException {
        if (late != null) {
            // what it has asked for before is no request of this execution
            late = null;
            delegate.clearWarnings();
        }
        executing = Thread.currentThread();
        return session.watchedStatements().begin(this);
    }

    private void unwatch(Session session, int place) {
        session.watchedStatements().end(place);
        executing = null;
        LateConversation heard = late;
        if (heard != null) {
            heard.end();
        }
        session.relay().installation().transactionMayHaveEnded();
    }

    @Override
    public final SQLWarning firstNotice() throws SQLException {
        return delegate.getWarnings();
    }

    @Override
    public final void clearNotices() throws SQLException {
        delegate.clearWarnings();
    }

    @Override
    public final void asked() throws SQLException {
        conversation();
    }

    /** What is listened to of the execution, from now on if it was not before. */
    final LateConversation conversation() throws SQLException {
        try (var held = connection.hearing.hold()) {
            LateConversation heard = late;
            if (heard == null) {
                Thread thread = executing;
                heard = new LateConversation(connection.session(), delegate, this,
                        thread == null ? Thread.currentThread() : thread);
                late = heard;
                if (executing == null) {
                    // the execution has ended by now, and its thread may not have seen this conversation
                    heard.end();
                }
            }
            return heard;
        }
    }

    /** The warnings of what was executed, without the requests among them. */
    final SQLWarning passedWarnings() throws SQLException {
        LateConversation heard = late;
        SQLWarning first = heard == null ? delegate.getWarnings() : null;
        if (heard == null && !RunningStatements.holdsRequest(first)) {
            return first;
        }
        return (heard == null ? conversation() : heard).warnings();
    }

    final void clearPassedWarnings() throws SQLException {
        LateConversation heard = late;
        if (heard != null) {
            heard.clearWarnings();
        } else {
            delegate.clearWarnings();
        }
    }
}
