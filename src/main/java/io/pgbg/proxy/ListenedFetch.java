package io.pgbg.proxy;

import io.pgbg.execution.LateConversation;
import io.pgbg.relay.RunningStatement;
import io.pgbg.session.Session;
import io.pgbg.wire.Lock;
import io.pgbg.wire.SqlSupplier;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;

/**
 * Fetches the rows of a result set that come in portions, each of which may call functions on the server.
 *
 * <p>Used by the thread that reads, but for what the driver's own thread looks at.
 */
final class ListenedFetch implements RunningStatement {

    private final ProxyStatement statement;
    private final ResultSet rows;
    private final Lock lock = new Lock();
    private Thread fetching;
    private LateConversation hearing;

    /** @param rows of the PostgreSQL driver */
    ListenedFetch(ProxyStatement statement, ResultSet rows) {
        this.statement = statement;
        this.rows = rows;
    }

    /** Does something that may fetch, and answers the functions that this calls. */
    boolean listening(SqlSupplier<Boolean> step) throws SQLException {
        Session session = statement.connection.session();
        begin();
        int place = session.watchedStatements().begin(this);
        try {
            return step.get();
        } catch (SQLException e) {
            LateConversation heard = heard();
            throw heard == null ? e : heard.explain(e);
        } finally {
            session.watchedStatements().end(place);
            end();
        }
    }

    private void begin() {
        try (var held = lock.hold()) {
            fetching = Thread.currentThread();
            hearing = null;
        }
    }

    private LateConversation heard() {
        try (var held = lock.hold()) {
            return hearing;
        }
    }

    private void end() throws SQLException {
        LateConversation heard;
        try (var held = lock.hold()) {
            heard = hearing;
            fetching = null;
        }
        if (heard != null) {
            heard.end();
            statement.warn(heard.warnings());
            // what was for the driver alone
            rows.clearWarnings();
        }
    }

    @Override
    public SQLWarning firstNotice() throws SQLException {
        return rows.getWarnings();
    }

    @Override
    public void clearNotices() {
        // a result set of pgjdbc's may fail when one comes at that moment
    }

    @Override
    public void asked() throws SQLException {
        try (var held = lock.hold()) {
            if (hearing == null && fetching != null) {
                hearing = new LateConversation(statement.connection.session(), statement.delegate,
                        this, fetching);
            }
        }
    }
}
