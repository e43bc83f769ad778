package io.pgbg.testcontainers;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** Containers of the class that only Testcontainers 2 has. */
@Timeout(180)
class NewerClassIT {

    @Test
    void itsUrlNeedsAnotherPrefixOnly() throws SQLException {
        try (PostgreSQLContainer plain = new PostgreSQLContainer(Jobs.IMAGE).withUrlParam("pgbgMaxWorkers", "1")) {
            plain.start();
            Jobs.assertWorksWithAnotherPrefix(plain);
        }
    }
}
