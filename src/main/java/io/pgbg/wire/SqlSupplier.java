package io.pgbg.wire;

import java.sql.SQLException;

/** A supplier that may fail with an {@link SQLException}. */
@FunctionalInterface
public interface SqlSupplier<T> {

    T get() throws SQLException;
}
