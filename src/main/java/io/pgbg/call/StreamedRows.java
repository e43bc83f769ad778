package io.pgbg.call;

import io.pgbg.job.RowStream;
import io.pgbg.session.LauncherWatch;
import io.pgbg.wire.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A large result, window by window, each a result set of pgjdbc's on the caller's statement.
 *
 * <p>Used by one thread, but for {@link #close()}.
 */
public final class StreamedRows {

    private final CallContext context;
    private final RowStream rest;
    private final Statement owner;
    private final List<Rows.Column> columns;
    private final int maxRows;
    private final ResultSet first;
    private long delivered;

    StreamedRows(CallContext context, Rows firstWindow, RowStream rest, Statement owner) throws SQLException {
        this.context = context;
        this.rest = rest;
        this.owner = owner;
        this.columns = firstWindow.columns();
        this.maxRows = owner.getMaxRows();
        this.first = open(firstWindow);
    }

    /** The first window. */
    public ResultSet first() {
        return first;
    }

    /**
     * The next window, after waiting for it.
     *
     * @return null behind the last one
     * @throws SQLException the job's error, or 57014 when the wait was ended; then the rows may be asked for again
     */
    public ResultSet next() throws SQLException {
        if (maxRows > 0 && delivered >= maxRows) {
            close();
            return null;
        }
        Rows window = nextWindow();
        return window == null ? null : open(window.as(columns));
    }

    private Rows nextWindow() throws SQLException {
        return context.session().transactions().failing(() ->
                context.waiting(new LauncherWatch(context.session(), rest.job()), rest::next));
    }

    /** Leaves the rest unread; the job goes on to its end. */
    public void close() {
        rest.close();
    }

    private ResultSet open(Rows window) throws SQLException {
        Rows wanted = maxRows == 0 ? window : window.limit((int) (maxRows - delivered));
        delivered += wanted.size();
        return wanted.withoutCursor().on(owner);
    }
}
