package io.pgbg.job;

import java.util.List;

/**
 * Told once of the launch and once of the end of each job. Must neither block nor fail; called by any thread.
 */
interface JobObserver {

    void launched(Job job);

    void ended(Job job);

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
        };
    }
}
