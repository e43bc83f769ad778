package io.pgbg.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.function.Function;
import io.pgbg.job.Job;
import io.pgbg.job.JobObserver;
import io.pgbg.job.JobResult;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.Waiting;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.LauncherPosition;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the functions do in a session without jobs: no server is needed to know that. */
class OperationTest {

    /** A caller whose session has no jobs, and who may not launch any. */
    private static final class NoJobs implements Operation.Caller {

        private final SessionJobs jobs = new SessionJobs((job, own) -> { }, new JobObserver() { });

        @Override
        public Session session() {
            throw new AssertionError("nothing is to be asked of the session");
        }

        @Override
        public SessionJobs jobs() {
            return jobs;
        }

        @Override
        public Waiting waiting() {
            return new Waiting() {
                @Override
                public <T> T during(Collection<Job> awaited,
                        SqlFunction<Wait, T> step) throws SQLException {
                    return step.apply(new Wait(Wait.FOREVER, Wait.Watch.NEVER));
                }
            };
        }

        @Override
        public SessionQuery.Launch launch() {
            throw new AssertionError("nothing is to be launched");
        }

        @Override
        public LauncherPosition position() {
            throw new AssertionError("nothing is to be launched elsewhere");
        }

        @Override
        public int maxWorkers() {
            return 16;
        }

        @Override
        public void notice(SQLWarning notice) {
            throw new AssertionError("there is no job that could tell something");
        }

        @Override
        public JobResult read(Job job) {
            throw new AssertionError("there is no job to be read");
        }

        @Override
        public boolean changePrivileges(Function function, String role, String printCommands) {
            return function == Function.GRANT;
        }
    }

    private static Operation.Given perform(String function, String arguments) throws SQLException {
        List<String> texts = arguments == null ? List.of() : Arrays.stream(arguments.split(" ; "))
                .map(text -> "NULL".equals(text) ? null : text).toList();
        return new Operation(Function.valueOf(function), texts, new NoJobs()).perform();
    }

    @ParameterizedTest(name = "{0}({1})")
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "LIST             | -            | []",
        "LIST_V2          | -            | []",
        "STATS            | -            | [[0, 0, 0, 0, 0, 0, 0, 16]]",
        "STATS_V2         | -            | [[0, 0, 0, 0, 0, 0, 16]]",
        "CANCEL_ALL       | -            | [[0]]",
        "DETACH_ALL       | -            | [[0]]",
        "PURGE            | -            | [[0]]",
        "CANCEL_BY_LABEL  | night% ; 0   | [[0]]",
        "DRAIN            | {} ; 0       | []",
        "GRANT            | app ; f      | [[t]]",
        "REVOKE           | app ; f      | [[f]]",
        "GET_PROGRESS     | 4711 ; 7     | [[null, null]]",
    })
    void gives(String function, String arguments, String rows) throws SQLException {
        assertThat(perform(function, arguments)).isInstanceOfSatisfying(Operation.Given.Rows.class,
                given -> assertThat(given.rows()).hasToString(rows));
    }

    @ParameterizedTest(name = "{0}({1})")
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "RESULT           | 4711                    | 42704 | PID 4711 is not attached to this session",
        "RESULT_V2        | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "DETACH           | 4711                    | 42704 | PID 4711 is not attached to this session",
        "DETACH_V2        | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "CANCEL           | 4711 ; 7 ; 0            | 42704 | PID 4711 is not attached to this session",
        "CANCEL_V2        | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "WAIT             | 4711 ; 7 ; 0            | 42704 | PID 4711 is not attached to this session",
        "WAIT_V2          | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "WAIT_V2_TIMEOUT  | 4711 ; 7 ; 10           | 42704 | PID 4711 is not attached to this session",
        "RESULT_INFO      | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "ERROR_INFO       | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "FULL_SQL         | 4711 ; 7                | 42704 | PID 4711 is not attached to this session",
        "PROGRESS         | 50 ; half               | 0A000 | can only be called from a background worker",
        "DRAIN            | {{\"(1,2)\"}} ; 0       | 22P02 | an array of handles must have one dimension",
        "DRAIN            | {} ; soon               | 22P02 | did not come in a form that the driver can read",
        "WAIT_ANY         | {\"(1,x)\"} ; 0         | 22P02 | did not come in a form that the driver can read",
        "WAIT_ANY         | {\"(99999999999,1)\"} ; 0 | 22P02 | did not come in a form that the driver can read",
        "DETACH           | 99999999999x            | 22P02 | did not come in a form that the driver can read",
    })
    void fails(String function, String arguments, String state, String message) {
        assertThatThrownBy(() -> perform(function, arguments)).isInstanceOfSatisfying(SQLException.class, e -> {
            assertThat(e.getSQLState()).isEqualTo(state);
            assertThat(e.getMessage()).contains(message);
        });
    }
}
