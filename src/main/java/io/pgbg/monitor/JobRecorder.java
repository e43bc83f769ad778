package io.pgbg.monitor;

import io.pgbg.job.Job;

/** Writes down what happens to jobs, for Java Flight Recorder where there is one. Thread-safe. */
interface JobRecorder {

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

    default void launched(Job job) {
    }

    default void ended(Job job) {
    }

    default void canceled(Job job, String reason) {
    }

    /** No worker was to be had. */
    default void exhausted(String source, String limit) {
    }
}
