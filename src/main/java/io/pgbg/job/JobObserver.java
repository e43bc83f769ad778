package io.pgbg.job;

import java.util.List;

/** Told once of the launch and once of the end of each job, by any thread. Must neither block nor fail. */
public interface JobObserver {

    default void launched(Job job) {
    }

    /** Called just before the end is shown to others. */
    default void ended(Job job, JobEnd end) {
    }

    /** A job is to be cancelled, for the first time; its end is told as well. */
    default void canceled(Job job, CancelReason reason) {
    }

    /** Tells several observers, in their order. */
    static JobObserver all(JobObserver... observers) {
        List<JobObserver> several = List.of(observers);
        return new JobObserver() {
            @Override
            public void launched(Job job) {
                several.forEach(observer -> observer.launched(job));
            }

            @Override
            public void ended(Job job, JobEnd end) {
                several.forEach(observer -> observer.ended(job, end));
            }

            @Override
            public void canceled(Job job, CancelReason reason) {
                several.forEach(observer -> observer.canceled(job, reason));
            }
        };
    }
}
