package io.pgbg.job;

import java.util.List;

/**
 * Told once of the launch and once of the end of each job. Must neither block nor fail; called by any thread.
 */
public interface JobObserver {

    void launched(Job job);

    void ended(Job job);

    /** Somebody wants a job to end, for the first time. */
    default void canceled(Job job, CancelReason reason) {
        // how it ends is told anyway
    }

    /** Tells several. */
    static JobObserver all(JobObserver... observers) {
        List<JobObserver> several = List.of(observers);
        return new JobObserver() {
            @Override
            public void launched(Job job) {
                several.forEach(observer -> observer.launched(job));
            }

            @Override
            public void ended(Job job) {
                several.forEach(observer -> observer.ended(job));
            }

            @Override
            public void canceled(Job job, CancelReason reason) {
                several.forEach(observer -> observer.canceled(job, reason));
            }
        };
    }
}
