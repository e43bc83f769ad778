package io.pgbg.worker;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * The driver's own threads: daemons, named after what they do, which end when they have had no work for a while. They
 * hold neither the class loader nor the thread locals of the application thread that happened to start them.
 *
 * <p>Thread-safe.
 */
public final class DriverThreads {

    private static final long IDLE_SECONDS = 10;

    private static final AtomicReference<Threads> CURRENT = new AtomicReference<>(new Threads());

    /** The threads between two calls of {@link #end}. */
    private static final class Threads {

        /** Run jobs and everything else that talks to a server; as many as there are such tasks at a time. */
        final ThreadPoolExecutor runners = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS,
                new SynchronousQueue<>(), named("pgbg worker "));

        /** Hands delayed tasks over to a runner when their time has come; never talks to a server itself. */
        final ScheduledThreadPoolExecutor timer = timer();

        boolean isAnyAlive() {
            return timer.getPoolSize() > 0 || runners.getPoolSize() > 0;
        }

        boolean end(long nanos) throws InterruptedException {
            long start = System.nanoTime();
            timer.shutdownNow();
            runners.shutdownNow();
            return timer.awaitTermination(nanos, TimeUnit.NANOSECONDS)
                    && runners.awaitTermination(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
        }
    }

    private DriverThreads() {
    }

    /** Runs a task on another thread, at once. The task may block. */
    public static void run(Runnable task) {
        withCurrent(threads -> {
            threads.runners.execute(task);
            return null;
        });
    }

    /** Runs a task on another thread, after a delay, unless it is cancelled before. The task may block. */
    public static Timeout runAfter(long delay, TimeUnit unit, Runnable task) {
        Future<?> due = withCurrent(threads -> threads.timer.schedule(() -> run(task), delay, unit));
        return due::cancel;
    }

    /** Does something with the threads, and with the next ones where these were ended at this very moment. */
    private static <T> T withCurrent(Function<Threads, T> use) {
        while (true) {
            Threads threads = CURRENT.get();
            try {
                return use.apply(threads);
            } catch (RejectedExecutionException e) {
                if (CURRENT.get() == threads) {
                    throw e;
                }
            }
        }
    }

    /**
     * Ends the threads: at once those that have no work, others as soon as they can; they are interrupted. Forgets the
     * tasks whose time has not come. Whatever is to be run after that gets new threads.
     *
     * @param nanos how long to wait until no thread is left
     * @return whether none is left
     */
    public static boolean end(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        do {
            Threads ended = CURRENT.getAndSet(new Threads());
            if (!ended.end(nanos - (System.nanoTime() - start))) {
                return false;
            }
            // the last thing that a task did may have been to plan another one
        } while (CURRENT.get().isAnyAlive());
        return true;
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
