package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.wire.Lock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class IdleQueueTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    private final Lock lock = new Lock();
    private final AtomicLong keptNanos = new AtomicLong(LONG);
    private final List<String> expired = new CopyOnWriteArrayList<>();
    private final IdleQueue<String> queue = new IdleQueue<>(lock, keptNanos::get, () -> { }, expired::addAll);

    private void add(String connection) {
        try (var held = lock.hold()) {
            queue.add(connection);
        }
    }

    private boolean isEmpty() {
        try (var held = lock.hold()) {
            return queue.isEmpty();
        }
    }

    @Test
    void givesTheConnectionThatWasUsedLast() {
        add("first");
        add("second");
        add("third");

        try (var held = lock.hold()) {
            assertThat(queue.poll().connection()).isEqualTo("third");
            assertThat(queue.take("first"::equals)).isEqualTo("first");
            assertThat(queue.take("first"::equals)).isNull();
            assertThat(queue.size()).isEqualTo(1);
            assertThat(queue.take(any -> true)).isEqualTo("second");
            assertThat(queue.poll()).isNull();
        }
    }

    @Test
    void givesUpTheConnectionThatHasBeenIdleLongest() {
        add("first");
        add("second");

        try (var held = lock.hold()) {
            assertThat(queue.takeOldest()).isEqualTo("first");
            assertThat(queue.takeOldest()).isEqualTo("second");
            assertThat(queue.isEmpty()).isTrue();
        }
    }

    @Test
    void handsOverWhatHasExpiredTheOldestFirst() throws Exception {
        keptNanos.set(TimeUnit.MILLISECONDS.toNanos(20));
        add("first");
        add("second");

        Await.until("an empty queue", SOON, this::isEmpty);

        Await.until("expiry", SOON, () -> expired.size() == 2);
        assertThat(expired).containsExactly("first", "second");
    }

    @Test
    void looksEarlierWhenConnectionsAreKeptForLessTime() throws Exception {
        add("first");
        keptNanos.set(0);
        add("second");

        Await.until("expiry", SOON, () -> expired.size() == 2);
        assertThat(isEmpty()).isTrue();
    }

    @Test
    void keepsWhatHasNotExpired() throws Exception {
        keptNanos.set(0);
        add("gone");
        Await.until("expiry", SOON, () -> expired.size() == 1);

        keptNanos.set(LONG);
        add("kept");
        TimeUnit.MILLISECONDS.sleep(50);

        assertThat(isEmpty()).isFalse();
        assertThat(expired).containsExactly("gone");
    }
}
