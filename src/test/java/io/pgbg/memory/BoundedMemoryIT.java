package io.pgbg.memory;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows and texts that would fill the memory if they were kept fit into a JVM of 64 MB, each case into its own. */
@ExtendWith(PostgresExtension.class)
@Timeout(300)
@Tag("long")
@NotAmongTraps("about memory; others send the same SQL")
class BoundedMemoryIT {

    private final TestDatabase database;

    BoundedMemoryIT(TestDatabase database) {
        this.database = database;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = ".*NOTICES.*")
    void fitsIntoSixtyFourMegabytes(LargeUse use) throws Exception {
        use.assertFits(database);
    }
}
