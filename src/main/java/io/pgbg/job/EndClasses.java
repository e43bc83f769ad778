package io.pgbg.job;

import io.pgbg.ErrorInfo;
import io.pgbg.JobState;
import io.pgbg.Outcome;
import io.pgbg.wire.AnswerClasses;
import java.util.List;
import java.util.Objects;

/**
 * The classes that are needed only when a job ends. A container may have stopped the application by then, and load no class
 * for it any more; so they are loaded before the first job begins. Thread-safe.
 */
final class EndClasses {

    private EndClasses() {
    }

    /** Loads them. */
    static void load() {
        JobEnd.completed(List.of(""), 0, 0);
        // naming a class loads it
        Objects.requireNonNull(List.of(CancelReason.class, CommandTags.class, ErrorInfo.class, JobEnd.class,
                JobFailure.class, JobState.class, Outcome.class, ProgressNotice.class, RowHandover.Standing.class));
        AnswerClasses.load();
    }
}
