package io.pgbg.proxy;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The metadata an application reads, the PostgreSQL driver's own answers: frameworks choose their dialect by the
 * driver's name and the URL. Only where it leads back to the connection does it differ.
 *
 * <p>One for each connection, as safe for use by several threads as the object behind it.
 */
@Delegating
abstract class ProxyDatabaseMetaData implements DatabaseMetaData {

    final DatabaseMetaData delegate;

    private final ProxyConnection connection;

    ProxyDatabaseMetaData(ProxyConnection connection, DatabaseMetaData delegate) {
        this.connection = connection;
        this.delegate = delegate;
    }

    static ProxyDatabaseMetaData wrap(ProxyConnection connection, DatabaseMetaData delegate) {
        throw Unbuilt.error();
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || delegate.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : delegate.unwrap(type);
    }

    ResultSet adopt(ResultSet raw) throws SQLException {
        return connection.adopt(raw);
    }
}
