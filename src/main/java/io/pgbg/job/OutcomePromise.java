package io.pgbg.job;

import io.pgbg.Outcome;
import io.pgbg.worker.DriverThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** A job's outcome for those who do not wait for it themselves; made when one of them first asks. Thread-safe. */
final class OutcomePromise {

    private final AtomicReference<CompletableFuture<Outcome>> promise = new AtomicReference<>();

    /** A future of the caller's own; completing it does nothing to the others. */
    CompletableFuture<Outcome> expect() {
        return promise.updateAndGet(present -> present == null ? new CompletableFuture<>() : present).copy();
    }

    /** Keeps the promise, if it was made, on a thread of the driver's: what its callers hang on it may take long. */
    void keep(Supplier<Outcome> outcome) {
        CompletableFuture<Outcome> made = promise.get();
        if (made != null) {
            made.completeAsync(outcome, DriverThreads::run);
        }
    }

    /** Keeps the promise at once: the job had ended before it was made. */
    void keepNow(Supplier<Outcome> outcome) {
        promise.get().complete(outcome.get());
    }
}
