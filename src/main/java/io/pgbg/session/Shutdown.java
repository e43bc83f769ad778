package io.pgbg.session;

import io.pgbg.job.DriverEnd;
import io.pgbg.monitor.JobMonitor;
import io.pgbg.relay.SessionRelay;
import io.pgbg.wire.OpenSockets;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.WorkerPools;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends all that the driver has at work when it is deregistered, as a container does when it stops an application whose
 * class loader is to go: connections that nobody has closed, jobs, idle workers, threads, what JMX shows. Connections
 * that are opened afterwards work as before. Stateless.
 *
 * <p>Takes a few seconds at the most, however silent a server is. When it returns no class is needed any more, because
 * such a class loader loads none from then on.
 */
public final class Shutdown {

    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    /** How long servers and their network may take to let connections close in good order. */
    private static final long CLOSING_MILLIS = 1000;

    /** How long threads may take to end whose connections are closed. */
    private static final long THREADS_NANOS = TimeUnit.SECONDS.toNanos(2);

    private Shutdown() {
    }

    /** Ends everything. */
    public static void run() {
        inTime(SessionEnd.open().stream().<Runnable>map(session -> session::endWithDriver).toList());
        inTime(SessionRelay.releases());
        DriverEnd.leave(JobMonitor.INSTANCE.running());
        inTime(List.of(WorkerPools::closeAll));
        OpenSockets.closeAll();
        try {
            if (!DriverThreads.end(THREADS_NANOS)) {
                LOG.debug("threads of the driver are still at work after its end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Does several things at the same time, and waits for that, but not for long. */
    private static void inTime(List<Runnable> closings) {
        CompletableFuture<?>[] all = closings.stream()
                .map(closing -> CompletableFuture.runAsync(closing, DriverThreads::run))
                .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(all).get(CLOSING_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("not all is closed in good order: {}", e.toString());
        }
    }
}
