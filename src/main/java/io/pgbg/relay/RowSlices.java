package io.pgbg.relay;

import io.pgbg.wire.Rows;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts rows into replies of a limited size, whatever the size of a window.
 *
 * <p>Used by one thread.
 */
final class RowSlices {

    /** Big enough for thousands of rows, small enough for any server. */
    private static final int SLICE_BYTES = 512 * 1024;

    /** Stands for a row that has no column. */
    private static final byte[] ROW = {'0'};

    private final String kind;
    private final RowSource source;
    private final Listening session;
    private final RequestHandler.Requester requester;
    /** Null before the first row is read. */
    private RowQuery query;
    /** The queries that fit the rows into a definition list; empty behind the first reply. */
    private List<String> fitted = List.of();
    private Rows window;
    private int row;
    private boolean ended;
    /** The next reply if it was read ahead, or the error of reading ahead. */
    private EncodedReply ahead;
    private SQLException failure;

    /**
     * @param requester where the server is asked for types
     */
    RowSlices(RequestHandler.Table table, Listening session, RequestHandler.Requester requester) {
        this.kind = table.tags() ? "tags" : "rows";
        this.source = table.rows();
        this.session = session;
        this.requester = requester;
    }

    /** The next rows as a reply. */
    EncodedReply next() throws SQLException {
        if (failure != null) {
            throw failure;
        }
        EncodedReply next = ahead != null ? ahead : read();
        ahead = null;
        return next;
    }

    /** Reads the next rows before the function asks for them. */
    void readAhead() {
        if (ahead == null && failure == null) {
            try {
                ahead = read();
            } catch (SQLException e) {
                failure = e;
            }
        }
    }

    private EncodedReply read() throws SQLException {
        if (query == null) {
            window = source.next();
            query = new RowQuery(window.columns(), session.types().of(window.columns(), requester), source.texts());
            fitted = query.fitted(session.lists(window.width(), requester));
        }
        advance();
        int width = ended ? 0 : window.width();
        ColumnWriter[] columns = new ColumnWriter[Math.max(width, 1)];
        Arrays.setAll(columns, i -> new ColumnWriter());
        int bytes = 0;
        // never rows of two windows: the values of the next one may be as large as a value can be
        while (!ended && row < window.size() && bytes < SLICE_BYTES) {
            bytes = 0;
            for (int i = 0; i < width; i++) {
                columns[i].add(window.utf8(row, i));
                bytes += columns[i].length();
            }
            if (width == 0) {
                columns[0].add(ROW);
                bytes += columns[0].length();
            }
            row++;
        }
        advance();
        List<String> queries = new ArrayList<>(List.of(query.own()));
        queries.addAll(fitted);
        fitted = List.of();
        return EncodedReply.rows(kind, !ended, queries, Arrays.stream(columns).map(ColumnWriter::end).toList());
    }

    /** From now on there is only an error. */
    void fail(SQLException error) {
        failure = error;
    }

    /** Whether all rows were read, or reading has failed. */
    boolean isEnded() {
        return ended || failure != null;
    }

    /** Goes to the next window when this one has no row left. Only the first window may be empty. */
    private void advance() throws SQLException {
        while (!ended && row >= window.size()) {
            Rows next = source.next();
            if (next == null) {
                ended = true;
            } else {
                window = next;
                row = 0;
            }
        }
    }

    void close() {
        if (!ended) {
            ended = true;
            source.close();
        }
    }
}
