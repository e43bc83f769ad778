package io.pgbg.monitor;

import io.pgbg.ErrorInfo;
import io.pgbg.job.CancelReason;
import io.pgbg.job.Job;
import io.pgbg.job.JobEnd;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * The events of Java Flight Recorder. Loaded only where that is present; costs nothing while there is no recording.
 * Never writes a job's SQL, which may hold data. Stateless.
 */
final class FlightRecorder implements JobRecorder {

    FlightRecorder() {
        // an application that has been stopped may load no class when its last job ends
        new FinishEvent().shouldCommit();
        new CancelEvent().shouldCommit();
    }

    @Override
    public void launched(Job job) {
        LaunchEvent event = new LaunchEvent();
        if (event.shouldCommit()) {
            event.pid = job.pid();
            event.server = job.facts().server();
            event.jobLabel = job.request().label();
            event.submitted = job.request().submitted();
            event.commit();
        }
    }

    @Override
    public void ended(Job job, JobEnd end) {
        FinishEvent event = new FinishEvent();
        if (event.shouldCommit()) {
            ErrorInfo error = end.error();
            event.pid = job.pid();
            event.server = job.facts().server();
            event.jobLabel = job.request().label();
            event.ending = end.ending().name();
            event.sqlState = error == null ? null : error.sqlState();
            event.rows = end.rowCount();
            event.elapsed = end.elapsedNanos();
            event.commit();
        }
    }

    @Override
    public void canceled(Job job, CancelReason reason) {
        CancelEvent event = new CancelEvent();
        if (event.shouldCommit()) {
            event.pid = job.pid();
            event.server = job.facts().server();
            event.reason = reason.name();
            event.commit();
        }
    }

    @Override
    public void exhausted(String source, String limit) {
        ExhaustionEvent event = new ExhaustionEvent();
        if (event.shouldCommit()) {
            event.source = source;
            event.limit = limit;
            event.commit();
        }
    }

    /** A job is launched. */
    @Name("io.pgbg.JobLaunch")
    @Label("Job Launch")
    @Category({"PostgreSQL", "pgbg"})
    @StackTrace(false)
    static final class LaunchEvent extends Event {

        @Label("Process Id")
        private int pid;

        @Label("Server")
        @Description("Host and port of the server that has the job at this time")
        private String server;

        @Label("Label")
        private String jobLabel;

        @Label("Submitted")
        private boolean submitted;
    }

    /** A job has ended. */
    @Name("io.pgbg.JobFinish")
    @Label("Job Finish")
    @Category({"PostgreSQL", "pgbg"})
    @StackTrace(false)
    static final class FinishEvent extends Event {

        @Label("Process Id")
        private int pid;

        @Label("Server")
        @Description("Host and port of the server that has the job at this time")
        private String server;

        @Label("Label")
        private String jobLabel;

        @Label("Ending")
        private String ending;

        @Label("SQLSTATE")
        private String sqlState;

        @Label("Rows")
        private long rows;

        @Label("Elapsed")
        @Timespan(Timespan.NANOSECONDS)
        private long elapsed;
    }

    /** A job is to be cancelled, for the first time. */
    @Name("io.pgbg.JobCancel")
    @Label("Job Cancel")
    @Category({"PostgreSQL", "pgbg"})
    static final class CancelEvent extends Event {

        @Label("Process Id")
        private int pid;

        @Label("Server")
        @Description("Host and port of the server that has the job at this time")
        private String server;

        @Label("Reason")
        private String reason;
    }

    /** There was no room for a job's worker. */
    @Name("io.pgbg.WorkerExhaustion")
    @Label("Worker Exhaustion")
    @Category({"PostgreSQL", "pgbg"})
    static final class ExhaustionEvent extends Event {

        @Label("Source")
        private String source;

        @Label("Limit")
        @Description("What left no room: pgbgMaxWorkers or the server")
        private String limit;
    }
}
