package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the server's administrator sees a job's session called. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class JobNameIT {

    private static final String ASK = "SELECT pg_catalog.current_setting(''application_name'')";
    private static final String LABELLED = "pg_background_launch_v2('" + ASK + "', 0, 'nightly')";
    private static final String UNLABELLED = "pg_background_launch_v2('" + ASK + "', 0)";

    private final TestDatabase database;

    JobNameIT(TestDatabase database) {
        this.database = database;
    }

    private static String nameOf(Connection connection, String launch) throws SQLException {
        String handle = Sql.value(connection, "SELECT pg_catalog.concat(pid, ', ', cookie) FROM " + launch);
        return Sql.value(connection, "SELECT * FROM pg_background_result_v2(" + handle + ") AS (name text)");
    }

    private static String pidOf(Connection connection) throws SQLException {
        return Sql.value(connection, "SELECT pg_catalog.pg_backend_pid()");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "''|job of PID: nightly - shop|shop",
        "pgbgJobName=label|job of PID: nightly - shop|shop",
        "pgbgJobName=all|job of PID: nightly - shop|job of PID - shop",
        "pgbgJobName=none|shop|shop",
        "pgbgInheritSettings=none|job of PID: nightly|shop",
        "pgbgInheritSettings=none&pgbgJobName=all|job of PID: nightly|job of PID"})
    void namesLauncherAndLabel(String parameters, String labelled, String unlabelled) throws SQLException {
        try (Connection connection = database.connect("ApplicationName=shop", parameters)) {
            String pid = pidOf(connection);
            assertThat(nameOf(connection, LABELLED)).isEqualTo(labelled.replace("PID", pid));
            assertThat(nameOf(connection, UNLABELLED)).isEqualTo(unlabelled.replace("PID", pid));
        }
    }

    /** The server cuts it. */
    @Test
    void whatIsTooLongLosesTheLaunchersOwnNameFirst() throws SQLException {
        try (Connection connection = database.connect("ApplicationName=" + "x".repeat(60))) {
            assertThat(nameOf(connection, LABELLED)).startsWith("job of " + pidOf(connection) + ": nightly - xxx")
                    .hasSize(63);
        }
    }
}
