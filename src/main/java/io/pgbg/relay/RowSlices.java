package io.pgbg.relay;

import io.pgbg.wire.Rows;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts rows into answers that are small whatever the size of a window.
 *
 * <p>Used by one thread.
 */
final class RowSlices {

    /** Big enough for thousands of rows, small enough for any server. */
    private static final int SLICE_CHARACTERS = 512 * 1024;

    private final String kind;
    private final RowSource source;
    private final String query;
    private Rows window;
    private int row;
    private boolean ended;
    /** The next answer when it was made before it was asked for, or what it has failed with. */
    private Answer ahead;
    private SQLException failure;

    /**
     * @param types makes the query
     * @param asker where it asks for types
     */
    RowSlices(boolean tags, RowSource source, TypeNames types, Answerer.Asker asker) throws SQLException {
        this.kind = tags ? "tags" : "rows";
        this.source = source;
        this.window = source.next();
        this.query = types.query(window.columns(), asker);
    }

    /** The next rows as an answer. */
    Answer next() throws SQLException {
        if (failure != null) {
            throw failure;
        }
        Answer next = ahead != null ? ahead : read();
        ahead = null;
        return next;
    }

    /** Makes the next answer before somebody asks for it. */
    void readAhead() {
        if (ahead == null && failure == null) {
            try {
                ahead = read();
            } catch (SQLException e) {
                failure = e;
            }
        }
    }

    private Answer read() throws SQLException {
        advance();
        List<StringBuilder> columns = new ArrayList<>();
        int width = ended ? 0 : window.columns().size();
        for (int i = 0; i < Math.max(width, 1); i++) {
            columns.add(new StringBuilder("{"));
        }
        long characters = 0;
        while (!ended && row < window.size() && characters < SLICE_CHARACTERS) {
            for (int i = 0; i < width; i++) {
                String value = window.text(row, i);
                TextArray.append(columns.get(i), value);
                characters += value == null ? 1 : value.length() + 1;
            }
            if (width == 0) {
                // rows without columns are counted
                TextArray.append(columns.get(0), "0");
            }
            characters++;
            row++;
        }
        advance();
        return Answer.rows(kind, !ended, query, columns.stream().map(TextArray::end).toList());
    }

    /** Whether all rows have been given, or no more can be. */
    boolean isEnded() {
        return ended || failure != null;
    }

    /** To the next window when there is nothing left in this one. Only the first look may find an empty window. */
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
