package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CapacityTest {

    private final Lock lock = new Lock();
    private final Capacity capacity = new Capacity(1, lock);

    private static Wait untilCancelled() {
        return new Wait(Wait.FOREVER, Wait.Watch.NEVER);
    }

    @Test
    void countsBeyondTheLimit() {
        try (var held = lock.hold()) {
            assertThat(capacity.hasRoom()).isTrue();
            capacity.reserve();
            assertThat(capacity.hasRoom()).isFalse();
            assertThat(capacity.isExceeded()).isFalse();
            capacity.reserve();
            assertThat(capacity.isExceeded()).isTrue();
            capacity.release();
            capacity.release();
            assertThat(capacity.open()).isZero();
        }
    }

    private CompletableFuture<Void> waits(Capacity.Place place) {
        int seen = capacity.changes();
        return CompletableFuture.runAsync(() -> {
            try {
                capacity.await(place, seen, untilCancelled(), Wait.FOREVER);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void wakesTheLaunchThatCameFirst() throws Exception {
        Capacity.Place first;
        Capacity.Place second;
        try (var held = lock.hold()) {
            capacity.reserve();
            assertThat(capacity.isFirst(null)).isTrue();
            first = capacity.join();
            second = capacity.join();
            assertThat(capacity.isFirst(null)).isFalse();
            assertThat(capacity.isFirst(first)).isTrue();
            assertThat(capacity.isFirst(second)).isFalse();
        }
        CompletableFuture<Void> launch = waits(first);

        try (var held = lock.hold()) {
            capacity.release();
        }
        capacity.tell();

        launch.get();
        try (var held = lock.hold()) {
            capacity.leave(first);
            assertThat(capacity.isFirst(second)).isTrue();
        }
    }

    @Test
    void countsWhatIsExpectedForThoseThatCameBefore() {
        try (var held = lock.hold()) {
            assertThat(capacity.isExpectedFor(null, 0)).as("there is room").isTrue();
            capacity.reserve();
            assertThat(capacity.isExpectedFor(null, 0)).isFalse();
            capacity.expectBack();
            assertThat(capacity.isExpectedFor(null, 0)).isTrue();
            Capacity.Place first = capacity.join();
            assertThat(capacity.isExpectedFor(first, 0)).isTrue();
            assertThat(capacity.isExpectedFor(null, 0)).isFalse();
            assertThat(capacity.isExpectedFor(null, 1)).isTrue();
            capacity.cameBack();
            assertThat(capacity.isExpectedFor(first, 0)).isFalse();
            assertThat(capacity.isExpectedFor(first, 1)).isTrue();
        }
    }

    @Test
    void waitsNoLongerThanAsked() throws SQLException {
        capacity.awaitChange(capacity.changes(), untilCancelled(), TimeUnit.MILLISECONDS.toNanos(5));
    }

    @Test
    void waitsNoLongerThanTheStatement() {
        Wait cancelled = untilCancelled();
        cancelled.cancel();

        assertThatThrownBy(() -> capacity.awaitChange(capacity.changes(), cancelled, Wait.FOREVER))
                .isInstanceOfSatisfying(SQLException.class,
                        e -> assertThat(SQLState.QUERY_CANCELED.isStateOf(e)).isTrue());
    }

    @Test
    void countsAReturnAsAChange() {
        capacity.expectBack();
        assertThat(capacity.expectsAny()).isTrue();

        try (var held = lock.hold()) {
            int before = capacity.changes();
            capacity.cameBack();
            assertThat(capacity.changes()).isNotEqualTo(before);
        }

        assertThat(capacity.expectsAny()).isFalse();
    }
}
