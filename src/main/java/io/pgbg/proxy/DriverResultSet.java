package io.pgbg.proxy;

import io.pgbg.call.StreamedRows;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A result set that the driver itself made, on the caller's statement. A large one comes window by window, each a
 * result set of the PostgreSQL driver's own; the face goes from one to the next.
 *
 * <p>Owned by its statement, used by one thread.
 */
@Delegating
abstract class DriverResultSet extends ProxyResultSet {

    private final ProxyStatement owner;
    /** Listens while rows are fetched, when that may call functions on the server; otherwise null. */
    private final ListenedFetch fetching;
    /** Where further windows come from; null behind the last one. */
    private StreamedRows stream;
    /** The next window, when it had to be looked at already. */
    private ResultSet ahead;
    /** The rows in the windows before this one. */
    private int rowsBefore;
    private int rowsInWindow;

    /**
     * @param stream where further windows come from, or null
     * @param fetching listens while rows are fetched, or null
     */
    DriverResultSet(ProxyConnection connection, ProxyStatement owner, ResultSet delegate, StreamedRows stream,
            ListenedFetch fetching) {
        super(connection, owner, delegate);
        this.owner = owner;
        this.stream = stream;
        this.fetching = fetching;
    }

    static DriverResultSet wrap(ProxyConnection connection, ProxyStatement owner, ResultSet delegate,
            StreamedRows stream, ListenedFetch fetching) {
        throw Unbuilt.error();
    }

    @Override
    public boolean next() throws SQLException {
        if (fetching != null) {
            return fetching.listening(delegate::next);
        }
        if (stream == null && ahead == null) {
            return delegate.next();
        }
        if (delegate.next()) {
            rowsInWindow++;
            return true;
        }
        if (!lookAhead()) {
            return false;
        }
        ResultSet window = ahead;
        ahead = null;
        window.setFetchSize(delegate.getFetchSize());
        delegate.close();
        delegate = window;
        rowsBefore += rowsInWindow;
        rowsInWindow = 1;
        return delegate.next();
    }

    /** Whether there is another window with rows, waiting for it if need be. */
    private boolean lookAhead() throws SQLException {
        while (ahead == null && stream != null) {
            ResultSet window = stream.next();
            if (window == null) {
                stream = null;
            } else if (window.isBeforeFirst()) {
                ahead = window;
            } else {
                window.close();
            }
        }
        return ahead != null;
    }

    @Override
    public int getRow() throws SQLException {
        int row = delegate.getRow();
        return row == 0 ? 0 : rowsBefore + row;
    }

    @Override
    public boolean isBeforeFirst() throws SQLException {
        return delegate.isBeforeFirst() && rowsBefore == 0;
    }

    @Override
    public boolean isFirst() throws SQLException {
        return delegate.isFirst() && rowsBefore == 0;
    }

    @Override
    public boolean isLast() throws SQLException {
        if (fetching != null) {
            // the PostgreSQL driver may have to fetch more rows to know
            return fetching.listening(delegate::isLast);
        }
        return delegate.isLast() && !lookAhead();
    }

    @Override
    public boolean isAfterLast() throws SQLException {
        return delegate.isAfterLast() || rowsBefore > 0 && delegate.getRow() == 0 && stream == null && ahead == null;
    }

    @Override
    public void close() throws SQLException {
        StreamedRows rest = stream;
        stream = null;
        if (rest != null) {
            rest.close();
        }
        if (ahead != null) {
            ahead.close();
            ahead = null;
        }
        boolean wasOpen = !delegate.isClosed();
        delegate.close();
        if (wasOpen) {
            owner.resultSetClosed();
        }
    }
}
