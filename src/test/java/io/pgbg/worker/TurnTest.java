package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.Running;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final Turn turn = new Turn();
    private final List<Thread> waiting = new CopyOnWriteArrayList<>();

    /** Starts a thread that takes the turn, and waits until it is parked. */
    private Running<Void> next(Running.Work<Void> work) throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        Running<Void> running = Running.start(() -> {
            thread.set(Thread.currentThread());
            return work.run();
        });
        Await.until("it waits", SOON, () -> thread.get() != null
                && (thread.get().getState() == Thread.State.TIMED_WAITING
                || thread.get().getState() == Thread.State.WAITING));
        waiting.add(thread.get());
        return running;
    }

    private static Wait forever() {
        return new Wait(Wait.FOREVER, Wait.Watch.NEVER);
    }

    @Test
    void goesRoundInOrder() throws Exception {
        turn.take(forever());
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Running<Void>> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int number = i;
            all.add(next(() -> {
                if (number % 2 == 0) {
                    turn.take(forever());
                } else {
                    turn.take();
                }
                order.add(number);
                turn.leave();
                return null;
            }));
        }

        turn.leave();

        for (Running<Void> one : all) {
            one.get(SOON);
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void mayBeTakenAgainByWhoHasIt() throws Exception {
        turn.take(forever());
        turn.take();
        turn.leave();
        Running<Void> other = next(() -> {
            turn.take(forever());
            turn.leave();
            return null;
        });
        assertThat(other.isDone()).isFalse();

        turn.leave();

        other.get(SOON);
    }

    @Test
    void whoDoesNotWaitAnyMoreIsLeftOut() throws Exception {
        turn.take(forever());
        AtomicReference<Wait> given = new AtomicReference<>();
        Running<Void> first = next(() -> {
            given.set(forever());
            turn.take(given.get());
            return null;
        });
        Running<Void> second = next(() -> {
            turn.take(forever());
            turn.leave();
            return null;
        });

        given.get().cancel();
        assertThat(first.failure(SOON).getSQLState()).isEqualTo("57014");
        turn.leave();

        second.get(SOON);
    }

    @Test
    void whoseWaitHasEndedGetsNothingAndHoldsUpNobody() throws SQLException {
        Wait ended = forever();
        ended.cancel();
        for (int i = 0; i < 2; i++) {
            try {
                turn.take(ended);
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("57014");
                continue;
            }
            throw new AssertionError("it has the turn");
        }
        turn.take(forever());
        turn.leave();
    }

    @Test
    void anInterruptStaysSetAndEndsNoWaitThatHasNoEnd() throws Exception {
        turn.take(forever());
        Running<Void> other = next(() -> {
            turn.take();
            turn.leave();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            return null;
        });
        waiting.get(0).interrupt();
        assertThat(other.isDone()).isFalse();

        turn.leave();

        other.get(SOON);
    }
}
