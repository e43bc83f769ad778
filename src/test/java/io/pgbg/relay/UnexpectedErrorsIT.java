package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.worker.Wait;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What goes wrong in the driver itself while a function waits is told to the function's caller as what it is. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class UnexpectedErrorsIT {

    private static final String FUNCTION = "pg_background_cancel_all";
    private static final Consumer<SQLWarning> NOBODY = notice -> { };

    private final TestDatabase database;
    private JobSession session;

    UnexpectedErrorsIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void open() throws SQLException {
        session = JobSession.open(database);
    }

    @AfterEach
    void close() throws SQLException {
        session.close();
    }

    private interface Work {
        List<String> perform();
    }

    private static RequestHandler handler(Work work, Runnable digest) {
        return new RequestHandler() {
            @Override
            public Reply perform(RemoteCall call, Requester requester) {
                return new Values(work.perform(), null);
            }

            @Override
            public String sessionDigest() {
                digest.run();
                return "";
            }
        };
    }

    private String call(RequestHandler handler, Consumer<SQLWarning> reader) throws SQLException {
        SessionRelay relay = session.session().relay();
        relay.preparation().ofSession(List.of(FUNCTION), new Wait(Wait.FOREVER, Wait.Watch.NEVER));
        try (Statement statement = session.connection().createStatement()) {
            Conversation conversation = relay.listening().begin(NoticeSource.of(statement), Thread.currentThread(),
                    true, reader, handler, () -> { });
            try (ResultSet row = statement.executeQuery("SELECT pg_temp." + FUNCTION + "()")) {
                row.next();
                return row.getString(1);
            } catch (SQLException e) {
                throw conversation.explain(e);
            } finally {
                conversation.end();
            }
        }
    }

    private void assertTold(String state, String message, RequestHandler handler) throws SQLException {
        SQLException failure = catchThrowableOfType(SQLException.class, () -> call(handler, NOBODY));
        assertThat(failure.getSQLState()).as(failure.getMessage()).isEqualTo(state);
        assertThat(failure.getMessage()).contains(message);
        assertThat(call(handler(() -> List.of("7"), () -> { }), NOBODY)).isEqualTo("7");
    }

    @Test
    void noMemoryForWhatIsAsked() throws SQLException {
        assertTold("53200", "Java heap space", handler(() -> {
            throw new OutOfMemoryError("Java heap space");
        }, () -> { }));
    }

    @Test
    void noMemoryForTheReply() throws SQLException {
        int[] attempts = new int[1];
        assertTold("53200", "Java heap space", handler(() -> List.of("1"), () -> {
            if (attempts[0]++ == 0) {
                throw new OutOfMemoryError("Java heap space");
            }
        }));
    }

    @Test
    void aReplyThatCanNeverBeWritten() throws SQLException {
        assertTold("99999", "broken", handler(() -> List.of("1"), () -> {
            throw new IllegalStateException("broken");
        }));
    }
}
