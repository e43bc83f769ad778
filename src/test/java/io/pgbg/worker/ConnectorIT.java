package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.Driver;

@ExtendWith(PostgresExtension.class)
@NotAmongTraps("sends nothing of the driver's own")
class ConnectorIT {

    /** A pool would close the caller's connection, which has not ended. */
    @Test
    void theEndOfASessionThatIsBeingOpenedIsNotTheCallersOwn(TestDatabase database) {
        Properties properties = Driver.parseURL(database.rawUrl(), new Properties());

        assertThatThrownBy(() -> Connector.open(properties, new Wait(Wait.FOREVER, Wait.Watch.NEVER),
                (connection, socket) -> Sql.value(connection,
                        "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())")))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("58000"));
    }
}
