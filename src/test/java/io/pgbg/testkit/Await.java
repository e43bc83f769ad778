package io.pgbg.testkit;

import java.time.Duration;

/** Waits until something holds, so that no test has to guess how long to sleep. */
public final class Await {

    private static final Duration PAUSE = Duration.ofMillis(5);

    private Await() {
    }

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /**
     * Asks again and again until the condition holds.
     *
     * @param what what is waited for, for the error
     * @param timeout after which time the test fails
     */
    public static void until(String what, Duration timeout, Condition condition) throws Exception {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Not within " + timeout + ": " + what);
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    /** What is asserted. */
    @FunctionalInterface
    public interface Assertion {
        void check() throws Exception;
    }

    /**
     * Asserts again and again until no assertion fails any more.
     *
     * @param timeout after which time the last failure is thrown
     */
    public static void untilAsserted(Duration timeout, Assertion assertion) throws Exception {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                assertion.check();
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }
}
