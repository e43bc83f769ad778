package io.pgbg.execution;

import io.pgbg.relay.Conversation;
import io.pgbg.relay.NoticeSource;
import io.pgbg.session.Session;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;

/**
 * What is listened to of something that the server executes, from the moment that a function asks the driver on. Its
 * notices are those that are none of the driver's, and what the functions have to tell of their jobs.
 *
 * <p>As thread-safe as an {@link Execution}.
 */
public final class LateConversation {

    private final Execution execution;
    private final Conversation conversation;

    /**
     * @param owner pgjdbc's statement that is executed, or whose rows are fetched
     * @param notices where pgjdbc puts the notices
     * @param caller the thread that executes
     */
    public LateConversation(Session session, Statement owner, NoticeSource notices, Thread caller) throws SQLException {
        this.execution = new Execution(session, owner);
        this.conversation = execution.converse(notices, caller);
    }

    /** The error of what was executed, as the caller is to see it. */
    public SQLException explain(SQLException error) {
        return conversation.explain(error);
    }

    /** The server has executed it. */
    public void end() {
        conversation.end();
        execution.settle();
    }

    /** Adds what was heard elsewhere, while rows were fetched. */
    public void warn(SQLWarning warning) {
        execution.warn(warning);
    }

    public SQLWarning warnings() {
        return execution.warnings();
    }

    public void clearWarnings() throws SQLException {
        execution.clearWarnings();
    }
}
