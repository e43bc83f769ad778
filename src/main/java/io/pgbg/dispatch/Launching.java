package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.job.Job;
import io.pgbg.job.JobRequest;
import io.pgbg.job.Waiting;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.JobText;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;

/** Launches a job for a session, however the call has come. */
final class Launching {

    private Launching() {
    }

    /**
     * Launches and attaches.
     *
     * @param queueSize as the caller gave it, in bytes
     * @param launch what the session says of itself
     * @throws SQLException 22023 for a queue size out of range, 53400 when there are too many jobs, what connecting and
     *     taking on the session gave
     */
    static Job launch(LauncherSession session, String sql, int queueSize, SessionQuery.Launch launch, Waiting waiting)
            throws SQLException {
        JobRequest request = request(session, sql, queueSize, null, false, launch);
        return session.jobs().launch(session.launchContext(launch), request, waiting);
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
    static JobRequest request(LauncherSession session, String sql, int queueSize, String label, boolean submitted,
            SessionQuery.Launch launch) throws SQLException {
        session.forget(launch.unsetSettings());
        checkQueueSize(queueSize);
        JobText text = JobText.read(sql, Dialect.of(session.conformingStrings(), false));
        return new JobRequest(sql, text, queueSize, launch.timeoutMillis(), launch.state().currentUser(),
                launch.userId(), label, submitted);
    }

    private static void checkQueueSize(int size) throws SQLException {
        if (size < Setting.QueueSize.MINIMUM) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, "queue size must be at least %d bytes",
                    Setting.QueueSize.MINIMUM).toException();
        }
        if (size > Setting.QueueSize.MAXIMUM) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, "queue size must not exceed %d bytes",
                    Setting.QueueSize.MAXIMUM).toException();
        }
    }
}
