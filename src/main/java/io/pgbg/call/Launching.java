package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.job.JobRequest;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.session.Setting;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.JobText;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;

/** Makes the request for a job of a session, however the call has come. */
public final class Launching {

    private Launching() {
    }

    /**
     * What is to be launched.
     *
     * @param queueSize as the caller gave it, in bytes
     * @param label what the caller calls the job, or null
     * @param submitted whether its rows are not wanted
     * @param launch what the session says of itself
     * @throws SQLException 22023 for a queue size out of range
     */
    public static JobRequest request(Session session, String sql, int queueSize, String label, boolean submitted,
            SessionQuery.Launch launch) throws SQLException {
        session.inherited().forget(launch.unsetSettings());
        checkQueueSize(queueSize);
        JobText text = JobText.read(sql, Dialect.of(session.scripts().conformingStrings(), false));
        return new JobRequest(sql, text, queueSize, launch.timeoutMillis(), launch.state().currentUser(),
                launch.userId(), label, submitted, submitted, false);
    }

    private static void checkQueueSize(int size) throws SQLException {
        if (size < Setting.QueueSize.MINIMUM) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, "queue size must be at least %d bytes",
                    Setting.QueueSize.MINIMUM).toException();
        }
        if (size > Setting.QueueSize.MAXIMUM) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, "queue size must not exceed %d bytes",
                    Setting.QueueSize.MAXIMUM)
                    .hint("Rows that the reader has not taken yet do not need a larger queue: the job waits.")
                    .toException();
        }
    }
}
