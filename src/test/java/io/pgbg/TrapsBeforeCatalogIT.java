package io.pgbg;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.TestDatabase;
import java.sql.SQLException;

/** The same where everybody's search_path has a schema of an ordinary role in front of pg_catalog. */
@NotAmongTraps("has traps anyway")
class TrapsBeforeCatalogIT extends DatabaseFullOfTrapsIT {

    @Override
    TestDatabase create() throws SQLException {
        return TestDatabase.createTrappedBeforeCatalog();
    }
}
