package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.SQLState;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WaitTest {

    private final Signal changed = new Signal();
    private final CountDownLatch broken = new CountDownLatch(1);
    private final AtomicInteger breaks = new AtomicInteger();

    private void breakCall() {
        breaks.incrementAndGet();
        broken.countDown();
    }

    /** A call that blocks until it is broken, and then fails as one over a closed socket does. */
    private Object block() throws SQLException {
        try {
            broken.await();
        } catch (InterruptedException e) {
            // the wait is what looks at interrupts
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        throw SQLState.CONNECTION_FAILURE.exception("The socket is closed.");
    }

    private static void assertState(SQLState state, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo(state.code()));
    }

    private static void soon(Runnable action) {
        DriverThreads.runAfter(20, TimeUnit.MILLISECONDS, action);
    }

    @Test
    void waitsForACondition() throws SQLException {
        AtomicBoolean done = new AtomicBoolean();
        soon(() -> {
            done.set(true);
            changed.raise();
        });

        new Wait(Wait.FOREVER, Wait.Watch.NEVER).until(done::get, changed);

        assertThat(done).isTrue();
    }

    @Test
    void isEndedByItsTimeout() {
        Wait wait = new Wait(TimeUnit.MILLISECONDS.toNanos(20), Wait.Watch.NEVER);

        assertState(SQLState.QUERY_CANCELED, () -> wait.until(() -> false, changed));
        assertState(SQLState.QUERY_CANCELED, () -> wait.breakable(this::breakCall, () -> "never called"));
    }

    @Test
    void getsNothingOnceItWasCancelled() {
        Wait cancelled = new Wait(Wait.FOREVER, Wait.Watch.NEVER);
        cancelled.cancel();
        assertState(SQLState.QUERY_CANCELED, () -> cancelled.until(() -> true, changed));
    }

    @Test
    void getsNothingThatComesBeforeItsThreadIsAwake() {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);
        AtomicBoolean come = new AtomicBoolean();
        soon(() -> {
            come.set(true);
            wait.cancel();
        });

        assertState(SQLState.QUERY_CANCELED, () -> wait.until(come::get, changed));
    }

    @Test
    void isEndedByClosingTheConnection() {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);
        soon(wait::connectionClosed);

        assertState(SQLState.CONNECTION_FAILURE, () -> wait.until(() -> false, changed));
    }

    @Test
    void cancelBreaksOffACall() {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);
        soon(wait::cancel);

        assertState(SQLState.QUERY_CANCELED, () -> wait.breakable(this::breakCall, this::block));
        assertThat(breaks).hasValue(1);
    }

    @Test
    void theTimeoutBreaksOffACall() {
        Wait wait = new Wait(TimeUnit.MILLISECONDS.toNanos(50), Wait.Watch.NEVER);

        assertState(SQLState.QUERY_CANCELED, () -> wait.breakable(this::breakCall, this::block));
        assertThat(breaks).hasValue(1);
    }

    @Test
    void theWatchBreaksOffACall() {
        Wait wait = new Wait(Wait.FOREVER, waited -> {
            throw SQLState.DEADLOCK_DETECTED.exception("A deadlock was detected.");
        });

        assertState(SQLState.DEADLOCK_DETECTED, () -> wait.breakable(this::breakCall, this::block));
        assertThat(breaks).hasValue(1);
    }

    @Test
    void aCallThatHasReturnedIsNotBrokenOff() throws Exception {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);

        assertThat(wait.<String>breakable(this::breakCall, () -> "result")).isEqualTo("result");
        wait.cancel();
        TimeUnit.MILLISECONDS.sleep(50);

        assertThat(breaks).hasValue(0);
    }

    @Test
    void anErrorOfTheCallItselfStays() {
        Wait wait = new Wait(Wait.FOREVER, Wait.Watch.NEVER);

        assertState(SQLState.SYNTAX_ERROR, () -> wait.breakable(this::breakCall, () -> {
            throw SQLState.SYNTAX_ERROR.exception("There is a syntax error.");
        }));
        assertThat(breaks).hasValue(0);
    }
}
