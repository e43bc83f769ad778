package io.pgbg.relay;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Does what functions on the server ask for. Called by one thread at a time. */
public interface Answerer {

    /**
     * A call of a function.
     *
     * @param function the word under which the functions on the server ask for it
     * @param role the role in whose name it is called
     * @param arguments its arguments as text, null for NULL
     */
    record Call(String function, String role, List<String> arguments) {

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
         * @return the first value, null when there is none
         */
        String ask(String sql) throws SQLException;

        /** Pid of the asker's backend. */
        int launcher();
    }

    /**
     * A function is called, by whom is not proven yet. Waits for what it has to wait for, and changes nothing.
     *
     * @return a query of one text about the calling session that is needed to go on, or null
     * @throws SQLException what the function is to raise
     */
    String prepare(Call call, Asker asker) throws SQLException;

    /**
     * The call is proven: does it.
     *
     * @param session what the query of {@link #prepare} gave
     * @throws SQLException what the function is to raise
     */
    Reply perform(Call call, String session, Asker asker) throws SQLException;

    /** What a call gives. */
    sealed interface Reply {
    }

    /**
     * The values of one row, null for NULL; none where there is nothing to tell.
     *
     * @param undo what to do when the function is not there any more to take them
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
