package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.SQLState;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Signal;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The state between a job and its reader, without a server. */
class RowHandoverTest {

    private static final Rows A = Rows.texts("x", List.of("a"));
    private static final Rows B = Rows.texts("x", List.of("b"));
    private static final Rows C = Rows.texts("x", List.of("c"));

    private final AtomicInteger wentOn = new AtomicInteger();
    private final AtomicBoolean unread = new AtomicBoolean();
    private final RowHandover handover = new RowHandover(7, new Signal(), wentOn::incrementAndGet);
    /** Every step that is expected not to wait fails after a while if it does. */
    private final Wait wait = new Wait(TimeUnit.SECONDS.toNanos(10), Wait.Watch.NEVER);

    private static JobEnd completed() {
        return JobEnd.completed(List.of("SELECT 3"), 3, 0);
    }

    private static JobEnd failed() {
        return JobEnd.failed(ServerError.error(SQLState.IO_ERROR, "broken").toException(), null, 0, 0, 0);
    }

    private static List<String> texts(Rows rows) {
        return rows == null ? null : rows.firstColumn();
    }

    private List<String> next() throws SQLException {
        return texts(handover.takeNext(wait));
    }

    private static void assertState(ThrowingCallable step, String state) {
        assertThatThrownBy(step).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo(state));
    }

    @Test
    void pausesWithAFullWindowAndGoesOnWhenItIsTaken() throws SQLException {
        assertThat(handover.mayPause()).isTrue();
        assertThat(handover.offer(A)).isTrue();
        assertThat(wentOn).hasValue(0);

        RowHandover.First first = handover.takeFirst(wait);
        assertThat(texts(first.rows())).containsExactly("a");
        assertThat(first.end()).isNull();
        assertThat(wentOn).hasValue(1);

        assertThat(handover.offer(B)).isTrue();
        assertThat(next()).containsExactly("b");
        assertThat(wentOn).hasValue(2);

        JobEnd end = completed();
        assertThat(handover.keepBehindOthers(C)).isFalse();
        handover.end(end, C, () -> unread.set(true));
        assertThat(unread).isFalse();
        assertThat(next()).containsExactly("c");
        assertThat(next()).isNull();
        assertThat(handover.end()).isSameAs(end);
    }

    @Test
    void handsOverAShortResultWithTheEnd() throws SQLException {
        JobEnd end = completed();
        assertThat(handover.keepBehindOthers(A)).isFalse();
        handover.end(end, A, () -> unread.set(true));

        RowHandover.First first = handover.takeFirst(wait);
        assertThat(texts(first.rows())).containsExactly("a");
        assertThat(first.end()).isSameAs(end);
        assertState(() -> handover.takeFirst(wait), "42704");
    }

    @Test
    void handsOverTheEndAloneWithoutRows() throws SQLException {
        handover.end(completed(), null, () -> unread.set(true));

        assertThat(handover.takeFirst(wait).rows()).isNull();
        assertThat(handover.isTaken()).isTrue();
    }

    @Test
    void keepsAllRowsInTheirOrderWhenItIsHurried() throws SQLException {
        assertThat(handover.offer(A)).isTrue();
        handover.hurry();
        assertThat(wentOn).hasValue(1);
        assertThat(handover.mayPause()).isFalse();

        assertThat(handover.offer(B)).isFalse();
        assertThat(handover.keepBehindOthers(C)).isTrue();
        handover.end(completed(), null, () -> unread.set(true));

        RowHandover.First first = handover.takeFirst(wait);
        assertThat(texts(first.rows())).containsExactly("a");
        assertThat(first.end()).as("more follows").isNull();
        assertThat(next()).containsExactly("b");
        assertThat(next()).containsExactly("c");
        assertThat(next()).isNull();
    }

    @Test
    void fillsTheWindowWithoutAPauseWhenItIsHurriedBefore() throws SQLException {
        handover.hurry();

        assertThat(handover.offer(A)).isFalse();
        assertThat(texts(handover.takeFirst(wait).rows())).containsExactly("a");
        assertThat(wentOn).hasValue(0);
    }

    @Test
    void throwsRowsAwayAfterTheDetach() throws SQLException {
        assertThat(handover.offer(A)).isTrue();
        assertThat(handover.detach()).isFalse();
        assertThat(wentOn).hasValue(1);

        assertThat(handover.offer(B)).isFalse();
        assertThat(handover.keepBehindOthers(C)).isFalse();
        handover.end(completed(), C, () -> {
            assertThat(handover.end()).as("not to be seen yet").isNull();
            unread.set(true);
        });
        assertThat(unread).isTrue();
        assertState(() -> handover.takeFirst(wait), "42704");
        assertState(() -> handover.takeNext(wait), "42704");
        assertThat(handover.detach()).isTrue();
    }

    @Test
    void wakesACancelledJobThatPauses() throws SQLException {
        AtomicInteger marked = new AtomicInteger();
        handover.offer(A);

        assertThat(handover.cancel(CancelReason.OVERRUN, marked::incrementAndGet))
                .isEqualTo(RowHandover.Standing.PAUSED);
        assertThat(wentOn).hasValue(1);
        assertThat(handover.cancel(CancelReason.REQUESTED, marked::incrementAndGet))
                .isEqualTo(RowHandover.Standing.AT_WORK);
        assertThat(handover.cancelReason()).as("the first").isEqualTo(CancelReason.OVERRUN);
        assertState(handover::checkCancelled, "57014");
        assertThat(handover.offer(B)).isFalse();

        handover.end(failed(), null, () -> unread.set(true));
        assertThat(handover.cancel(CancelReason.REQUESTED, marked::incrementAndGet))
                .isEqualTo(RowHandover.Standing.OVER);
        assertThat(marked).as("never after the end").hasValue(2);
    }

    @Test
    void givesUpUnreadRowsWhenTheJobFails() throws SQLException {
        handover.hurry();
        handover.offer(A);
        handover.offer(B);
        handover.end(failed(), null, () -> unread.set(true));

        RowHandover.First first = handover.takeFirst(wait);
        assertThat(first.rows()).isNull();
        assertThat(first.end().failure().getMessage()).contains("broken");
    }

    @Test
    void endsAStreamWhenTheJobFails() throws SQLException {
        handover.hurry();
        handover.offer(A);
        handover.offer(B);
        handover.takeFirst(wait);
        handover.end(failed(), null, () -> unread.set(true));

        assertThat(next()).isNull();
    }

    @Test
    void staysPausedIfThereIsNoThread() throws SQLException {
        AtomicInteger threads = new AtomicInteger();
        RowHandover starved = new RowHandover(7, new Signal(), () -> {
            if (threads.getAndIncrement() == 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
        });
        starved.offer(A);

        assertThatThrownBy(() -> starved.takeFirst(wait)).isInstanceOf(OutOfMemoryError.class);
        assertThat(starved.isTaken()).isFalse();

        assertThat(texts(starved.takeFirst(wait).rows())).containsExactly("a");
        assertThat(threads).hasValue(2);
    }
}
