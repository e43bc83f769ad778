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

    @Test
    void wakesALaunchThatWaitsForRoom() throws Exception {
        try (var held = lock.hold()) {
            capacity.reserve();
        }
        CompletableFuture<Boolean> launch = CompletableFuture.supplyAsync(() -> {
            try {
                return capacity.await(untilCancelled(), Wait.FOREVER, capacity::hasRoom);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        TimeUnit.MILLISECONDS.sleep(20);
        assertThat(launch).isNotDone();

        try (var held = lock.hold()) {
            capacity.release();
        }

        assertThat(launch.get()).isTrue();
    }

    @Test
    void waitsNoLongerThanAsked() throws SQLException {
        assertThat(capacity.await(untilCancelled(), TimeUnit.MILLISECONDS.toNanos(5), capacity::isExceeded)).isFalse();
    }

    @Test
    void waitsNoLongerThanTheStatement() {
        Wait cancelled = untilCancelled();
        cancelled.cancel();

        assertThatThrownBy(() -> capacity.await(cancelled, Wait.FOREVER, capacity::isExceeded))
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
