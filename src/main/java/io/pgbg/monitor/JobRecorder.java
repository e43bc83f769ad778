package io.pgbg.monitor;

import io.pgbg.job.JobObserver;

/** Records what happens to jobs, for Java Flight Recorder where that is present. Thread-safe. */
interface JobRecorder extends JobObserver {

    /** The recorder of this JVM. */
    static JobRecorder get() {
        return Holder.RECORDER;
    }

    /** Loads the recorder when the first job is launched. */
    final class Holder {

        private static final JobRecorder RECORDER = load();

        private Holder() {
        }

        private static JobRecorder load() {
            try {
                // the module jdk.jfr may be missing
                Class.forName("jdk.jfr.Event", false, JobRecorder.class.getClassLoader());
                return new FlightRecorder();
            } catch (ClassNotFoundException | LinkageError e) {
                return new JobRecorder() { };
            }
        }
    }

    /** There was no room for a worker. */
    default void exhausted(String source, String limit) {
    }
}
