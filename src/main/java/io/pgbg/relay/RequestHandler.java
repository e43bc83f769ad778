package io.pgbg.relay;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Does what functions on the server request. Called by one thread at a time. */
public interface RequestHandler {

    /** The function on the server that waits for a reply, as far as the handler needs to know it. */
    interface Requester {

        /**
         * Returns as long as the function still waits.
         *
         * @throws SQLException 57014 when it has given up
         */
        void checkWanted() throws SQLException;

        /**
         * Queries the server over a connection of the driver's own, because the session's connection is busy.
         *
         * @param parameters texts for the parameters of the query
         * @return the first value, null when there is no row
         */
        String ask(String sql, String... parameters) throws SQLException;

        /**
         * To be called every second or so by the thread that serves, while it waits for something else: finds out
         * whether the connection for answers was lost, and has another one take its place.
         *
         * @throws SQLException when the server accepts no other one; 57014 when the function has given up
         */
        void stayInTouch() throws SQLException;

        /** The pid of the backend in which the function runs. */
        int launcher();
    }

    /**
     * Does what a call requests.
     *
     * @throws SQLException what the function is to raise
     */
    Reply perform(RemoteCall call, Requester requester) throws SQLException;

    /** The digest of the session's description that was received last; empty when there was none. */
    String sessionDigest();

    /** What a call returns. */
    sealed interface Reply {
    }

    /**
     * The values of one row, null for NULL; no values for a function that returns nothing.
     *
     * @param undo is run when the function did not wait for the reply; null when there is nothing to undo
     */
    record Values(List<String> values, Runnable undo) implements Reply {

        public Values {
            values = Collections.unmodifiableList(new ArrayList<>(values));
        }
    }

    /**
     * Rows.
     *
     * @param tags whether they are command tags, not rows of a query
     */
    record Table(boolean tags, RowSource rows) implements Reply {
    }
}
