package io.pgbg.job;

import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.Worker;
import io.pgbg.worker.WorkerPool;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cancels a job and does not give up before it has ended. A single cancel request may be lost: it may arrive before the
 * statement does, or not at all, and nobody is told. A job that does not heed cancel requests for its time of grace
 * loses its session; no process is killed.
 *
 * <p>Each attempt runs on a thread of the driver; {@link #allow} is called by any.
 */
final class Cancellation {

    private static final Logger LOG = LoggerFactory.getLogger(Cancellation.class);

    /** The pause after the first attempt; each is twice as long as the one before it. */
    private static final long FIRST_PAUSE_MILLIS = 2;

    private static final long LONGEST_PAUSE_MILLIS = 1000;

    /** After so many requests of the protocol, ask for a cancel in SQL. */
    private static final int PROTOCOL_ATTEMPTS = 12;

    private final Job job;
    private final Worker worker;
    private final WorkerPool pool;
    private volatile long graceEnd;
    private int attempts;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

    Cancellation(Job job, Worker worker, WorkerPool pool, long graceMillis) {
        this.job = job;
        this.worker = worker;
        this.pool = pool;
        this.graceEnd = endOf(graceMillis);
    }

    private static long endOf(long graceMillis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMillis);
    }

    /** Somebody else wants the job cancelled, and gives it so much time; the shortest time counts. */
    void allow(long graceMillis) {
        long end = endOf(graceMillis);
        if (end - graceEnd < 0) {
            graceEnd = end;
        }
    }

    void attempt() {
        if (job.isOver()) {
            return;
        }
        attempts++;
        try {
            if (graceEnd - System.nanoTime() <= 0) {
                ask("SELECT pg_catalog.pg_terminate_backend(?)");
            } else if (attempts <= PROTOCOL_ATTEMPTS) {
                worker.cancel();
            } else {
                ask("SELECT pg_catalog.pg_cancel_backend(?)");
            }
        } catch (SQLException e) {
            LOG.warn("{} - job cannot be cancelled, will be tried again: {}", job.pid(), e.getMessage());
        }
        DriverThreads.runAfter(pause(), TimeUnit.MILLISECONDS, this::attempt);
        pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
    }

    /** Not past the end of the grace. */
    private long pause() {
        long grace = TimeUnit.NANOSECONDS.toMillis(graceEnd - System.nanoTime()) + 1;
        return grace > 0 ? Math.min(pauseMillis, grace) : pauseMillis;
    }

    private void ask(String sql) throws SQLException {
        try (Connection other = pool.connect(); PreparedStatement statement = other.prepareStatement(sql)) {
            statement.setInt(1, job.pid());
            statement.execute();
        }
    }
}
