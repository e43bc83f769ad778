package io.pgbg.job;

import io.pgbg.ErrorInfo;
import io.pgbg.JobState;
import io.pgbg.SQLState;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How a job ended. Made once, by the thread that ran the job, counted by the observers, and only then shown to others,
 * so that everyone who sees the end sees all of it. Immutable.
 *
 * @param ending what the job counts as
 * @param state what SQL shows, which differs for a job that its caller no longer waited for
 * @param tags the command tags; empty after an error
 * @param rowCount how many rows the last statement returned or affected, as far as the server has told
 * @param failure what the reader of the job gets, or null
 * @param error the same for those who only ask what went wrong, or null
 * @param finishedAt when it ended
 * @param elapsedNanos how long it ran; from the launch on if its text was never sent
 */
public record JobEnd(Ending ending, JobState state, List<String> tags, long rowCount, SQLException failure,
        ErrorInfo error, Instant finishedAt, long elapsedNanos) {

    /**
     * The end of a job that has done its work.
     *
     * @param fetchedRows how many rows of the last statement have come
     */
    static JobEnd completed(List<String> tags, long fetchedRows, long elapsedNanos) {
        long rowCount = Math.max(fetchedRows, CommandTags.count(last(tags)));
        return new JobEnd(Ending.COMPLETED, JobState.STOPPED, List.copyOf(tags), rowCount, null, null,
                Instant.now(), elapsedNanos);
    }

    /**
     * The end of a job that has failed.
     *
     * @param reason why the job was cancelled, or null
     * @param timeoutMillis the job's time limit, which the server watches as well; 0 for none
     */
    static JobEnd failed(SQLException failure, CancelReason reason, long timeoutMillis, long fetchedRows,
            long elapsedNanos) {
        Ending ending = Ending.FAILED;
        JobState state = JobState.ERROR;
        boolean canceled = SQLState.QUERY_CANCELED.isStateOf(failure);
        if (reason != null && (canceled || SQLState.isSessionEnd(failure.getSQLState()))) {
            ending = reason.ending();
            state = reason.state();
        } else if (reason == null && canceled) {
            // without a request of ours: the server's clock was quicker than ours, or its administrator has cancelled
            boolean late = timeoutMillis > 0 && elapsedNanos >= TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
            ending = late ? Ending.TIMED_OUT : Ending.CANCELED;
            state = late ? JobState.ERROR : JobState.CANCELED;
        }
        return new JobEnd(ending, state, List.of(), fetchedRows, failure, ErrorInfo.of(failure), Instant.now(),
                elapsedNanos);
    }

    /** The last statement's command tag; null after an error, and for an empty text. */
    String commandTag() {
        return last(tags);
    }

    private static String last(List<String> tags) {
        return tags.isEmpty() ? null : tags.get(tags.size() - 1);
    }
}
