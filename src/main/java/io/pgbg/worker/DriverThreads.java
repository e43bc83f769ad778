package io.pgbg.worker;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The driver's own threads: daemons, named after what they do, which end when they have had no work for a while. They
 * hold neither the class loader nor the thread locals of the application thread that happened to start them.
 *
 * <p>Thread-safe.
 */
public final class DriverThreads {

    private static final long IDLE_SECONDS = 10;

    /** Run jobs and everything else that talks to a server; there are as many as there are such tasks at a time. */
    private static final ThreadPoolExecutor RUNNERS = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS,
            TimeUnit.SECONDS, new SynchronousQueue<>(), named("pgbg worker "));

    /** Hands delayed tasks over to a runner when their time has come; never talks to a server itself. */
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private DriverThreads() {
    }

    /** Runs a task on another thread, at once. The task may block. */
    public static void run(Runnable task) {
        RUNNERS.execute(task);
    }

    /** Runs a task on another thread, after a delay, unless it is cancelled before. The task may block. */
    public static Timeout runAfter(long delay, TimeUnit unit, Runnable task) {
        return TIMER.schedule(() -> RUNNERS.execute(task), delay, unit)::cancel;
    }

    /** A task that waits for its time. */
    @FunctionalInterface
    public interface Timeout {

        /** No task. */
        Timeout NONE = interrupt -> false;

        /** As {@link java.util.concurrent.Future#cancel}. */
        boolean cancel(boolean interrupt);

        /** Cancels the task if its time has not come. */
        default void cancel() {
            cancel(false);
        }
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named("pgbg timer "));
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(null, task, prefix + number.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(DriverThreads.class.getClassLoader());
            return thread;
        };
    }
}
