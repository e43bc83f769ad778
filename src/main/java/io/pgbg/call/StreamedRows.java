package io.pgbg.call;

import io.pgbg.job.RowStream;
import io.pgbg.session.LauncherWatch;
import io.pgbg.wire.Rows;
import io.pgbg.wire.SqlFunction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A large result, window by window, each a result set of pgjdbc's on the caller's statement.
 *
 * <p>Used by one thread, but for {@link #close()}.
 */
public final class StreamedRows {

    private final CallContext context;
    private final RowStream rest;
    private final Statement owner;
    private final SqlFunction<Rows, Rows> shown;
    private final int maxRows;
    private final ResultSet first;
    private long delivered;

    /** @param shown gives the windows behind the first one their names and types */
    StreamedRows(CallContext context, Rows firstWindow, RowStream rest, SqlFunction<Rows, Rows> shown,
            Statement owner) throws SQLException {
        this.context = context;
        this.rest = rest;
        this.owner = owner;
        this.shown = shown;
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
     * @throws SQLException the job's error, or 57014 when the wait was ended; then the rows may be asked for again. The
     *     server's, when a value does not fit into its column; then no rows follow
     */
    public ResultSet next() throws SQLException {
        if (maxRows > 0 && delivered >= maxRows) {
            close();
            return null;
        }
        Rows window = nextWindow();
        return window == null ? null : show(window);
    }

    /** Without the rows of a window that cannot be shown, those behind it would look complete. */
    private ResultSet show(Rows window) throws SQLException {
        boolean done = false;
        try {
            ResultSet result = open(shown.apply(window));
            done = true;
            return result;
        } finally {
            if (!done) {
                close();
            }
        }
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
