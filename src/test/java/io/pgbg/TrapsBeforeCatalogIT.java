package io.pgbg;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.TestDatabase;
import java.sql.SQLException;

/** The same where everybody's search_path has a schema of an ordinary role in front of pg_catalog. */
@NotAmongTraps("has traps anyway")
@SinceRelease(value = 12, because = "the traps can be planted")
class TrapsBeforeCatalogIT extends DatabaseFullOfTrapsIT {

    @Override
    TestDatabase create() throws SQLException {
        return TestDatabase.createTrappedBeforeCatalog();
    }
}
