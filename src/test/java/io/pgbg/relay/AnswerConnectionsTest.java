package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.pgbg.SQLState;
import io.pgbg.testkit.Running;
import io.pgbg.wire.Wire;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens between two connections of a server that plays along. */
@Timeout(30)
class AnswerConnectionsTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final SpareConnections source = mock(SpareConnections.class);
    private Wire first;
    private Wire second;

    @BeforeEach
    void connections() throws SQLException {
        first = wire();
        second = wire();
        when(source.maxAnswerers()).thenReturn(8);
        when(source.take(any())).thenReturn(first);
        when(source.open(any())).thenReturn(second);
    }

    /** Its server process answers what an answering connection asks first, and one value to all else. */
    private static Wire wire() throws SQLException {
        Wire wire = mock(Wire.class);
        Connection jdbc = mock(Connection.class);
        PreparedStatement statement = mock(PreparedStatement.class);
        ResultSet rows = mock(ResultSet.class);
        when(wire.jdbc()).thenReturn(jdbc);
        when(jdbc.prepareStatement(anyString())).thenReturn(statement);
        when(statement.execute()).thenReturn(true);
        when(statement.getResultSet()).thenReturn(rows);
        when(rows.next()).thenReturn(true, true, true, true, false);
        when(rows.getString(1)).thenReturn("4711", "off", "true", "false");
        return wire;
    }

    private static Wait patiently() {
        return new Wait(Wait.FOREVER, Wait.Watch.NEVER);
    }

    /** What has not been read of an answer would be taken for that to the next question, perhaps another session's. */
    @Test
    void aConnectionOnWhichSomethingUnexpectedHasHappenedIsNotUsedAgain() throws Exception {
        AnswerConnection shared = AnswerConnections.join(source, patiently());
        assertThatThrownBy(() -> shared.with(usable -> usable.talk(wire -> {
            throw new OutOfMemoryError("in the middle of an answer");
        }), patiently())).isInstanceOf(OutOfMemoryError.class);
        Wire used = shared.with(usable -> usable.talk(wire -> wire), patiently());
        assertThat(used).isSameAs(second);
        verify(first.jdbc()).close();
        AnswerConnections.leave(source, shared);
        verify(source, never()).giveBack(first);
        verify(source).giveBack(second);
    }

    @Test
    void aConnectionThatCannotBeLeftInOrderIsClosed() throws Exception {
        AnswerConnection shared = AnswerConnections.join(source, patiently());
        when(first.jdbc().prepareStatement(anyString())).thenThrow(new IllegalStateException("unexpected"));
        assertThatThrownBy(() -> AnswerConnections.leave(source, shared)).isInstanceOf(IllegalStateException.class);
        verify(first.jdbc()).close();
        verify(source, never()).giveBack(first);
    }

    @Test
    void aSessionWithoutRoomWaitsForTheConnectionThatIsBeingMade() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        when(source.take(any())).thenAnswer(call -> {
            begun.countDown();
            slow.await();
            return first;
        });
        when(source.takeIfRoom(any())).thenThrow(SQLState.INSUFFICIENT_RESOURCES.exception("no room"));
        Running<AnswerConnection> joining = Running.start(() -> AnswerConnections.join(source, patiently()));
        begun.await();
        AnswerConnection other = Running.start(() -> AnswerConnections.join(source, patiently())).get(SOON);
        verify(source, times(1)).takeIfRoom(any());
        slow.countDown();
        AnswerConnection shared = joining.get(SOON);
        assertThat(other).isSameAs(shared);
        AnswerConnections.leave(source, other);
        verify(source, never()).giveBack(any());
        AnswerConnections.leave(source, shared);
        verify(source).giveBack(first);
    }
}
