package io.pgbg.worker;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The driver's threads: daemons, named after what they do, gone when there is nothing to do. They hold neither the
 * class loader nor the thread locals of the application thread that happened to start them.
 */
public final class DriverThreads {

    private static final long IDLE_SECONDS = 10;

    /** Runs jobs and everything else that talks to a server; as many threads as there are jobs at work. */
    private static final ThreadPoolExecutor RUNNERS = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS,
            TimeUnit.SECONDS, new SynchronousQueue<>(), named("pgbg worker "));

    /** Starts things at their time; never talks to a server itself. */
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private DriverThreads() {
    }

    /** Runs a task that may take its time, now. */
    public static void run(Runnable task) {
        RUNNERS.execute(task);
    }

    /** Runs a task that may take its time, after a while, unless it was cancelled before. */
    public static Timeout runAfter(long delay, TimeUnit unit, Runnable task) {
        return TIMER.schedule(() -> RUNNERS.execute(task), delay, unit)::cancel;
    }

    /** A task that has a time. */
    @FunctionalInterface
    public interface Timeout {

        Timeout NONE = interrupt -> false;

        boolean cancel(boolean interrupt);

        /** Takes the task back if its time has not come. */
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
