package io.pgbg.wire;

import java.sql.SQLException;

/** Gives something, and may fail as JDBC does. */
@FunctionalInterface
public interface SqlSupplier<T> {

    T get() throws SQLException;
}
