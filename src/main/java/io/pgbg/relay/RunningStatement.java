package io.pgbg.relay;

import java.sql.SQLException;

/**
 * A statement of the application's, or a fetch of its rows, that may call functions although its text shows no call.
 */
public interface RunningStatement extends NoticeSource {

    /**
     * A function has sent a request: from now on the statement is to be listened to. Called by a thread of the
     * driver's.
     */
    void asked() throws SQLException;
}
