package io.pgbg.wire;

import java.sql.SQLException;

/** Makes something of something else, and may fail as JDBC does. */
@FunctionalInterface
public interface SqlFunction<A, T> {

    T apply(A argument) throws SQLException;
}
