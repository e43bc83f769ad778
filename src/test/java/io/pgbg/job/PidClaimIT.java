package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two servers may give their processes the same pid; of one session's jobs it names one. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class PidClaimIT {

    private static final SQLException GIVEN_UP = new SQLException("the launch was given up");

    private final TestDatabase database;

    PidClaimIT(TestDatabase database) {
        this.database = database;
    }

    /** Tries to launch a job whose process has a pid. */
    private static boolean isFree(AttachedJobs attached, int pid) {
        boolean[] free = new boolean[1];
        try {
            attached.launch(16, pids -> {
                free[0] = pids.claim(pid);
                if (free[0]) {
                    // as for another launch in this moment
                    assertThat(isFree(attached, pid)).isFalse();
                }
                throw GIVEN_UP;
            });
        } catch (SQLException e) {
            assertThat((Throwable) e).isSameAs(GIVEN_UP);
        }
        return free[0];
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPidIsTakenAsLongAsItsJobIsAttached(boolean shared) throws SQLException {
        JobSession.Builder builder = JobSession.of(database);
        try (JobSession session = (shared ? builder.shared() : builder).open();
                JobSession other = (shared ? builder.shared() : builder).open()) {
            PgbgJob job = session.jobs().launch("SELECT 1");
            int pid = job.handle().pid();
            assertThat(isFree(session.session().jobs().attached(), pid)).isFalse();
            assertThat(isFree(other.session().jobs().attached(), pid)).isEqualTo(!shared);
            assertThat(isFree(session.session().jobs().attached(), pid + 1_000_000)).isTrue();
            job.await();
            job.detach();
            assertThat(isFree(session.session().jobs().attached(), pid)).isTrue();
        }
    }
}
