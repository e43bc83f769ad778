package io.pgbg.testkit;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Something that runs on a thread of its own while the test does something to it. Thread-safe.
 *
 * @param <T> what it gives
 */
public final class Running<T> {

    private final CompletableFuture<T> outcome = new CompletableFuture<>();

    private Running() {
    }

    /** What is to be run. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws Exception;
    }

    /** Starts a thread that runs it. */
    public static <T> Running<T> start(Work<T> work) {
        Running<T> running = new Running<>();
        Thread thread = new Thread(() -> {
            try {
                running.outcome.complete(work.run());
            } catch (Throwable e) {
                running.outcome.completeExceptionally(e);
            }
        }, "pgbg test");
        thread.setDaemon(true);
        thread.start();
        return running;
    }

    /** Whether it has ended, in whatever way. */
    public boolean isDone() {
        return outcome.isDone();
    }

    /** Waits for what it gives; its own error is thrown, and a {@code TimeoutException} when it does not end. */
    public T get(Duration timeout) throws Exception {
        try {
            return outcome.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Waits for the SQLException that it must end with. */
    public SQLException failure(Duration timeout) throws Exception {
        try {
            throw new AssertionError("It does not fail, but gives " + get(timeout));
        } catch (SQLException e) {
            return e;
        }
    }
}
