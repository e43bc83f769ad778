package io.pgbg.relay;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Does what functions on the server ask for. Called by one thread at a time. */
public interface Answerer {

    /**
     * A call of a function, by somebody who may act as the login.
     *
     * @param operation the word under which the functions on the server ask for it
     * @param role the role in whose name it is called
     * @param digest of what the session says of itself; null when that does not matter
     * @param session what it says of itself, an array; null when it says the same as before
     * @param arguments its arguments as text, null for NULL
     */
    record Call(String operation, String role, String digest, String session, List<String> arguments) {

        public Call {
            arguments = Collections.unmodifiableList(new ArrayList<>(arguments));
        }
    }

    /** The one who asks, as far as the answerer needs to know. */
    interface Asker {

        /**
         * Goes on only as long as the function waits.
         *
         * @throws SQLException 57014 when it does not
         */
        void checkWanted() throws SQLException;

        /**
         * Asks the server something over a connection of the driver's own; the asker's is busy.
         *
         * @param parameters texts for the parameters of the query
         * @return the first value, null when there is none
         */
        String ask(String sql, String... parameters) throws SQLException;

        /** Pid of the asker's backend. */
        int launcher();
    }

    /**
     * Does what a call asks for.
     *
     * @throws SQLException what the function is to raise
     */
    Reply perform(Call call, Asker asker) throws SQLException;

    /** The digest of what the session said of itself when it was asked last; empty when it was not. */
    String sessionDigest();

    /** What a call gives. */
    sealed interface Reply {
    }

    /**
     * The values of one row, null for NULL; none where there is nothing to tell.
     *
     * @param undo what to do when the function is not there any more to take them; null when nothing
     */
    record Values(List<String> values, Runnable undo) implements Reply {

        public Values {
            values = Collections.unmodifiableList(new ArrayList<>(values));
        }
    }

    /** Rows. */
    record Table(boolean tags, RowSource rows) implements Reply {
    }
}
