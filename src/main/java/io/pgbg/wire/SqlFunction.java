package io.pgbg.wire;

import java.sql.SQLException;

/** A function that may fail with an {@link SQLException}. */
@FunctionalInterface
public interface SqlFunction<A, T> {

    T apply(A argument) throws SQLException;
}
