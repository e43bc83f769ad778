package io.pgbg.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cancels a job and does not give up before it has ended. A single cancel request may be lost: it may arrive before the
 * statement does, or not at all, and nobody is told.
 *
 * <p>Each attempt runs on a thread of the driver.
 */
final class Cancellation {

    private static final Logger LOG = LoggerFactory.getLogger(Cancellation.class);

    /** The pause after the first attempt; each is twice as long as the one before it. */
    private static final long FIRST_PAUSE_MILLIS = 2;

    private static final long LONGEST_PAUSE_MILLIS = 1000;

    /** After so many requests of the protocol, ask for a cancel in SQL. */
    private static final int PROTOCOL_ATTEMPTS = 12;

    /** After so many attempts, ask for the end of the backend. */
    private static final int CANCEL_ATTEMPTS = 20;

    private final Job job;
    private final Worker worker;
    private final WorkerPool pool;
    private int attempts;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

    Cancellation(Job job, Worker worker, WorkerPool pool) {
        this.job = job;
        this.worker = worker;
        this.pool = pool;
    }

    void attempt() {
        if (job.isOver()) {
            return;
        }
        attempts++;
        try {
            if (attempts <= PROTOCOL_ATTEMPTS) {
                worker.cancel();
            } else if (attempts <= CANCEL_ATTEMPTS) {
                ask("SELECT pg_catalog.pg_cancel_backend(?)");
            } else {
                ask("SELECT pg_catalog.pg_terminate_backend(?)");
            }
        } catch (SQLException e) {
            LOG.warn("{} - job cannot be cancelled, will be tried again: {}", job.pid(), e.getMessage());
        }
        JobThreads.runAfter(pauseMillis, TimeUnit.MILLISECONDS, this::attempt);
        pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
    }

    private void ask(String sql) throws SQLException {
        try (Connection other = pool.connect(); PreparedStatement statement = other.prepareStatement(sql)) {
            statement.setInt(1, job.pid());
            statement.execute();
        }
    }
}
