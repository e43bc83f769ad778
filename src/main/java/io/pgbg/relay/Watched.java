package io.pgbg.relay;

import java.sql.SQLException;
import java.sql.SQLWarning;

/** Something of the application's that the server executes, and that may call functions without showing it. */
public interface Watched {

    /** The first notice that has come, others behind it; null when there is none. */
    SQLWarning firstNotice() throws SQLException;

    /** A function asks for something: from now on its notices are listened to. Called by a thread of the driver's. */
    void asked() throws SQLException;
}
