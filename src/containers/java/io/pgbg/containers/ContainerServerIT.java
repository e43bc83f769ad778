package io.pgbg.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** That the other tests have the server that was asked for. */
@Timeout(60)
@EnabledIfSystemProperty(named = "pgbg.test.starter", matches = ".+", disabledReason = "only with -Pcontainers")
@AlsoAmongTraps
class ContainerServerIT extends WithConnection {

    @Test
    void theServerIsInAContainer() throws SQLException {
        assertThat(Sql.result(connection, Sql.launch(connection, "SHOW port"))).containsExactly("5432");
        assertThat(database.rawUrl()).as("the port under which an engine shows it").doesNotContain(":5432/");
    }
}
